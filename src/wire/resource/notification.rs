//! Notification (protocol 4.8). `channel` and `readTime` are the only members of any resource that may be `null`.
use super::{Channel, Message, Renderer, Seat, Text, User, time};
use domain::notifications::{self, Words};
use model::{
    Timestamp, channel::ChannelView, message::MessageView, notification::NotificationKind, user::UserView,
};
use serde::Serialize;

/// What a notification is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotificationParts<'a> {
    /// Identifier.
    pub id: model::NotificationId,
    /// Why.
    pub kind: NotificationKind,
    /// The recipient has muted the channel.
    pub muted: bool,
    /// When.
    pub created_time: Timestamp,
    /// When the recipient read the message, if so.
    pub read_time: Option<Timestamp>,
    /// Who is notified.
    pub recipient: &'a UserView,
    /// Of what.
    pub message: &'a MessageView,
    /// What it replies to.
    pub parent: Option<&'a MessageView>,
    /// Where.
    pub channel: &'a ChannelView,
    /// The channel it mentions.
    pub mentioned_channel: Option<&'a ChannelView>,
    /// What the recipient is in the channel.
    pub seat: Seat,
}

/// A notification for its recipient.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification<'a> {
    id: u64,
    title: String,
    body: String,
    channel: Channel<'a>,
    data: Data<'a>,
    muted: bool,
    created_time: Text<Timestamp>,
    read_time: Option<Text<Timestamp>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    r#type: &'static str,
    recipient: User<'a>,
    message: Message<'a>,
    channel_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mentioned_user: Option<User<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mentioned_channel: Option<Channel<'a>>,
}

impl Renderer {
    /// A notification.
    pub fn notification<'a>(&'a self, it: &NotificationParts<'a>) -> Notification<'a> {
        let Words { title, body } = notifications::words(it.message, it.channel);
        let mentions_recipient = it.kind == NotificationKind::MentionedUser;
        let member = Seat { member: true, ..Seat::NONE };
        Notification {
            id: it.id.0,
            title,
            body,
            channel: self.channel(it.channel, it.seat),
            data: Data {
                r#type: it.kind.as_str(),
                recipient: self.user(it.recipient),
                message: self.message(it.message),
                channel_id: it.channel.channel.id.0,
                parent: it.parent.map(|parent| self.message(parent)),
                mentioned_user: mentions_recipient.then(|| self.user(it.recipient)),
                mentioned_channel: it.mentioned_channel.map(|channel| self.channel(channel, member)),
            },
            muted: it.muted,
            created_time: time(it.created_time),
            read_time: it.read_time.map(time),
        }
    }
}

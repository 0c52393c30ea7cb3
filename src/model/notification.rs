//! Notifications: messages that reach members who are not looking at the channel.
use crate::{
    ChannelId, NotificationId, Timestamp, UserId, channel::ChannelView, message::MessageView, user::UserView,
};
use serde::{Deserialize, Serialize};

/// Why somebody is notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotificationKind {
    /// `USER:SENT:MESSAGE`
    UserSent,
    /// `SYSTEM:SENT:MESSAGE`
    SystemSent,
    /// `USER:REPLIED_TO:MESSAGE`: the recipient wrote the parent.
    Replied,
    /// `USER:MENTIONED:USER`: the recipient is mentioned.
    MentionedUser,
    /// `USER:MENTIONED:CHANNEL`: a channel of the recipient is mentioned.
    MentionedChannel(ChannelId),
}

impl NotificationKind {
    /// `data.type` on the wire, and the word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserSent => "USER:SENT:MESSAGE",
            Self::SystemSent => "SYSTEM:SENT:MESSAGE",
            Self::Replied => "USER:REPLIED_TO:MESSAGE",
            Self::MentionedUser => "USER:MENTIONED:USER",
            Self::MentionedChannel(_) => "USER:MENTIONED:CHANNEL",
        }
    }

    /// Inverse of [`NotificationKind::as_str`]; a mention of a channel needs it.
    pub fn parse(text: &str, channel: Option<ChannelId>) -> Option<Self> {
        [Self::UserSent, Self::SystemSent, Self::Replied, Self::MentionedUser]
            .into_iter()
            .chain(channel.map(Self::MentionedChannel))
            .find(|kind| kind.as_str() == text)
    }
}

/// Somebody is notified of the message of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notified {
    /// Identifier of the notification.
    pub id: NotificationId,
    /// The recipient.
    pub user: UserId,
    /// Why.
    pub kind: NotificationKind,
    /// The recipient has muted the channel.
    pub muted: bool,
}

/// A notification with what its resource shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationView {
    /// Identifier.
    pub id: NotificationId,
    /// Why.
    pub kind: NotificationKind,
    /// The channel was muted by the recipient.
    pub muted: bool,
    /// When.
    pub created_time: Timestamp,
    /// When the recipient read the message, if so.
    pub read_time: Option<Timestamp>,
    /// Who is notified.
    pub recipient: UserView,
    /// The message.
    pub message: MessageView,
    /// The message it replies to.
    pub parent: Option<MessageView>,
    /// The channel of the message.
    pub channel: ChannelView,
    /// The channel it mentions, for [`NotificationKind::MentionedChannel`].
    pub mentioned_channel: Option<ChannelView>,
}

//! Channel (protocol 4.4).
use super::{Links, Message, Renderer, Text, User, properties, time};
use crate::destination::{Action, ChannelTopic, Relay, Topic};
use model::{
    ChannelId, Timestamp, UserId,
    channel::{ChannelKind, ChannelView},
    message::MessageView,
};
use serde::Serialize;
use serde_json::value::RawValue;

/// What the viewer is in a channel. Decides which permission keys the resource shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// A member.
    pub member: bool,
    /// A moderator, or the creator.
    pub moderator: bool,
    /// Kept out: may not become a member, also of a PUBLIC channel.
    pub barred: bool,
}

impl Seat {
    /// Not a member, and not kept out.
    pub const NONE: Self = Self { member: false, moderator: false, barred: false };
    /// Kept out.
    pub const BARRED: Self = Self { member: false, moderator: false, barred: true };

    /// A member's seat; the creator moderates as well.
    pub fn of_member(view: &ChannelView, user: UserId, moderator: bool) -> Self {
        Self { member: true, moderator: moderator || view.channel.creator == Some(user), barred: false }
    }
}

/// A channel as one viewer sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel<'a> {
    id: u64,
    r#type: &'static str,
    name: &'a str,
    display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<User<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_received_message: Option<Box<Message<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<User<'a>>>,
    created_time: Text<Timestamp>,
    properties: &'a RawValue,
    #[serde(rename = "_relays")]
    relays: Links<Relay, 12>,
    #[serde(rename = "_topics")]
    topics: Links<Topic, 11>,
    #[serde(rename = "_actions")]
    actions: Links<Action, 17>,
    #[serde(rename = "_streams")]
    streams: Links<Text<MessagesStream>, 1>,
}

#[derive(Clone, Copy)]
struct MessagesStream(ChannelId);

impl std::fmt::Display for MessagesStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/v1/streams/channels/{}/messages", self.0.0)
    }
}

impl Renderer {
    /// A channel for a viewer with this seat, without what was said last in it.
    pub fn channel<'a>(&'a self, view: &'a ChannelView, seat: Seat) -> Channel<'a> {
        self.channel_with(view, seat, None)
    }

    /// A channel for a viewer with this seat, and the last message they are shown.
    pub fn channel_with<'a>(
        &'a self,
        view: &'a ChannelView,
        seat: Seat,
        last_message: Option<&'a MessageView>,
    ) -> Channel<'a> {
        let channel = &view.channel;
        let is_direct = channel.kind == ChannelKind::Direct;
        Channel {
            id: channel.id.0,
            r#type: channel.kind.as_str(),
            name: &channel.name,
            display_name: &channel.display_name,
            creator: view.creator.as_ref().map(|creator| self.user(creator)),
            last_received_message: last_message.map(|message| Box::new(self.message(message))),
            members: is_direct.then(|| view.direct_members.iter().map(|member| self.user(member)).collect()),
            created_time: time(channel.created_time),
            properties: properties(&channel.properties),
            relays: relays(channel.id),
            topics: topics(channel.id),
            actions: actions(channel.id, channel.kind, seat),
            streams: Links([("messages", Some(Text(MessagesStream(channel.id))))]),
        }
    }
}

fn relays(id: ChannelId) -> Links<Relay, 12> {
    Links([
        ("self", Some(Relay::Channel(id))),
        ("messages", Some(Relay::ChannelMessages(id))),
        ("messagesCount", Some(Relay::MessagesCount(id))),
        ("lastReceivedMessage", Some(Relay::LastReceivedMessage(id))),
        ("lastReadMessage", Some(Relay::LastReadMessage(id))),
        ("unread", Some(Relay::ChannelUnread(id))),
        ("members", Some(Relay::ChannelMembers(id))),
        ("threads", Some(Relay::Threads(id))),
        ("calls", Some(Relay::ChannelCalls(id))),
        ("context", Some(Relay::ChannelContext(id))),
        ("moderators", Some(Relay::Moderators(id))),
        ("blockRecords", Some(Relay::BlockRecords(id))),
    ])
}

fn topics(id: ChannelId) -> Links<Topic, 11> {
    let topic = |key| Some(Topic::Channel(id, key));
    Links([
        ("self", topic(ChannelTopic::Own)),
        ("messages", topic(ChannelTopic::Messages)),
        ("keystrokes", topic(ChannelTopic::Keystrokes)),
        ("typing", topic(ChannelTopic::Typing)),
        ("participants", topic(ChannelTopic::Participants)),
        ("readReceipts", topic(ChannelTopic::ReadReceipts)),
        ("reactions", topic(ChannelTopic::Reactions)),
        ("events", topic(ChannelTopic::Events)),
        ("members", topic(ChannelTopic::Members)),
        ("blockRecords", topic(ChannelTopic::BlockRecords)),
        ("moderators", topic(ChannelTopic::Moderators)),
    ])
}

/// The clients throw when `join`, `leave`, `invite`, `addModerator` or `deleteModerator` is missing: their presence
/// is the permission. The others are always there.
fn actions(id: ChannelId, kind: ChannelKind, seat: Seat) -> Links<Action, 17> {
    let is_open_ended = kind != ChannelKind::Direct;
    let may_join = kind == ChannelKind::Public && !seat.member && !seat.barred;
    let may_leave = is_open_ended && seat.member;
    let may_moderate = may_leave && seat.moderator;
    Links([
        ("message", Some(Action::SendMessage(id))),
        ("keystrokes", Some(Action::SendKeystrokes(id))),
        ("read", Some(Action::ReadChannel(id))),
        ("mute", Some(Action::MuteChannel(id))),
        ("call", Some(Action::StartCall(id))),
        ("triggerEvent", Some(Action::TriggerEvent(id))),
        ("update", Some(Action::UpdateChannel(id))),
        ("delete", Some(Action::DeleteChannel(id))),
        ("clearHistory", Some(Action::ClearHistory(id))),
        ("hide", Some(Action::HideChannel(id))),
        ("createThread", Some(Action::CreateThread(id))),
        ("join", may_join.then_some(Action::JoinChannel(id))),
        ("leave", may_leave.then_some(Action::LeaveChannel(id))),
        ("invite", may_leave.then_some(Action::InviteUser(id))),
        ("addModerator", may_moderate.then_some(Action::AddModerator(id))),
        ("deleteModerator", may_moderate.then_some(Action::DeleteModerator(id))),
        ("block", Some(Action::BlockChannelUser(id))),
    ])
}

//! What happened: the only way anything reaches another session.
//!
//! [`Event`] was committed and carries all the data its receivers need, so that delivering it reads no database.
//! [`Notice`] is not stored: presence and call signals matter only now.
use crate::{
    AppId, CallId, ChannelId, Properties, SessionKey, ThreadId, Timestamp, UserId,
    block::{ChannelBlock, UserBlock},
    call::{CallView, SignalKind, Source},
    channel::{ChannelView, Member},
    message::{MessageReport, MessageView},
    notification::Notified,
    reaction::Reaction,
    receipt::ReadMessage,
    thread::Thread,
    user::{MediaSettings, UserView},
};
use serde::{Deserialize, Serialize};

/// The action that caused an event: lets the gateway put `receipt-id` on the acting session's copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The acting session.
    pub session: SessionKey,
    /// The `receipt` header of the SEND frame.
    pub receipt: String,
}

/// One committed event with its place in its channel's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// The tenant.
    pub app: AppId,
    /// The channel it belongs to and its gap-free number there; `None` for events outside channels.
    pub place: Option<(ChannelId, u64)>,
    /// When it was committed.
    pub time: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Something that happened and was committed. Closed: a new variant makes the compiler list every place to update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Profile, presence status or properties changed.
    UserUpdated {
        /// The user after the change.
        user: UserView,
    },
    /// A channel was created; `joined` are its first members, the creator among them.
    ChannelCreated {
        /// The channel.
        channel: ChannelView,
        /// Who started as a member.
        joined: Vec<UserId>,
    },
    /// A user became a member.
    ChannelJoined {
        /// The channel.
        channel: ChannelView,
        /// The new member.
        user: UserView,
        /// Who invited them; `None` when they joined by themselves.
        invited_by: Option<UserId>,
    },
    /// A user is no longer a member.
    ChannelLeft {
        /// The channel.
        channel: ChannelView,
        /// The former member.
        user: UserView,
    },
    /// A call was started and rings at `invited`.
    CallCreated {
        /// The call.
        call: CallView,
        /// Who is invited, the creator not among them.
        invited: Vec<UserId>,
    },
    /// A participant became ready: the creator, an invitee who accepts, or somebody who joins a running call.
    CallAccepted {
        /// The call after the change.
        call: CallView,
        /// The newcomer.
        user: UserView,
        /// The session that answered; the user's other sessions stop ringing.
        session: SessionKey,
        /// All other ready participants' sessions, for the copies that go to them only.
        others: Vec<SessionKey>,
        /// The call became `ACTIVE` by this: everyone in it learns so.
        activated: bool,
    },
    /// An invitee said no.
    CallDeclined {
        /// The call after the change.
        call: CallView,
        /// Who declined.
        user: UserView,
    },
    /// Invitees who did not answer within the ring time of a call that goes on without them: their devices stop ringing.
    CallMissed {
        /// The call after the change.
        call: CallView,
        /// Who missed it.
        users: Vec<UserId>,
    },
    /// A participant left.
    CallLeft {
        /// The call after the change.
        call: CallView,
        /// Who left.
        user: UserView,
    },
    /// The call is over; nobody rings any more.
    CallEnded {
        /// The call with its end reason and all outcomes.
        call: CallView,
    },
    /// A user switched microphone or camera.
    MediaSettingsUpdated {
        /// Whose settings.
        user: UserView,
        /// The settings after the change.
        settings: MediaSettings,
        /// The call they are in, if any: its other participants are told.
        call: Option<CallId>,
    },
    /// A user is gone for good.
    UserDeleted {
        /// As it was. Its sessions are to end.
        user: UserView,
        /// The PUBLIC and PRIVATE channels it was a member of.
        channels: Vec<ChannelId>,
    },
    /// Somebody does not want to hear from somebody.
    UserBlocked {
        /// Who blocks.
        blocker: UserId,
        /// Who is blocked.
        block: UserBlock,
    },
    /// Somebody is off a block list again.
    UserUnblocked {
        /// Who blocked.
        blocker: UserId,
        /// Who is no longer blocked.
        user: UserView,
    },
    /// Name, display name or properties of a channel changed.
    ChannelUpdated(Box<ChannelChange>),
    /// A member may moderate from now on.
    ModeratorAdded {
        /// The channel; `members` after the change.
        change: Box<ChannelChange>,
        /// The new moderator.
        user: UserView,
    },
    /// A member may no longer moderate.
    ModeratorRemoved {
        /// The channel; `members` after the change.
        change: Box<ChannelChange>,
        /// The former moderator.
        user: UserView,
    },
    /// A channel is gone for good, with everything in it.
    ChannelDeleted {
        /// As it was, with its last members.
        change: Box<ChannelChange>,
        /// Who deleted it; may have been no member.
        by: Option<UserId>,
    },
    /// A moderator removed a member; blocked members are [`Event::ChannelUserBlocked`] instead.
    ChannelMemberRemoved {
        /// The channel.
        channel: ChannelView,
        /// The former member.
        user: UserView,
        /// Who removed them.
        by: UserId,
    },
    /// A user is kept out of a channel.
    ChannelUserBlocked {
        /// The channel.
        channel: ChannelView,
        /// Who is kept out.
        block: ChannelBlock,
        /// The moderator.
        by: UserId,
        /// The user was a member until now.
        was_member: bool,
    },
    /// A user may join a channel again.
    ChannelUserUnblocked {
        /// The channel.
        channel: ChannelView,
        /// Who was kept out.
        block: ChannelBlock,
        /// The moderator.
        by: UserId,
    },
    /// What a channel is to one member changed: only their own sessions learn it.
    ChannelSeatChanged {
        /// The channel.
        channel: ChannelView,
        /// What is now the last message this member is shown.
        last_message: Option<Box<MessageView>>,
        /// The member.
        member: Member,
        /// What changed.
        change: SeatChange,
    },
    /// A message of any kind was sent.
    MessageCreated(Box<MessageCreated>),
    /// Body, properties or link previews changed.
    MessageUpdated {
        /// After the change.
        message: Box<MessageView>,
        /// Who changed it; `None`: the server, which has found previews.
        by: Option<UserId>,
    },
    /// Deleted for everybody.
    MessageDeleted {
        /// As it was.
        message: Box<MessageView>,
        /// The message it replied to, with one reply less.
        parent: Option<Box<MessageView>>,
        /// Who deleted it.
        by: Option<UserId>,
    },
    /// Deleted for one user only.
    MessageHidden {
        /// As it is to all others.
        message: Box<MessageView>,
        /// Who does not want to see it.
        user: UserId,
    },
    /// A user reported a message. Nobody else learns it.
    MessageReported {
        /// The report.
        report: MessageReport,
    },
    /// A user reacted to a message.
    ReactionAdded {
        /// The reaction.
        reaction: Reaction,
        /// The message with it.
        message: Box<MessageView>,
    },
    /// A user took a reaction back.
    ReactionRemoved {
        /// The reaction, as it was.
        reaction: Reaction,
        /// The message without it.
        message: Box<MessageView>,
    },
    /// A user read messages: one receipt each.
    MessagesRead(Box<ReadChange>),
    /// A user made messages unread again: their receipts are gone.
    MessagesUnread(Box<ReadChange>),
    /// A standalone thread was made.
    ThreadCreated {
        /// The thread.
        thread: Thread,
        /// Who made it.
        by: UserId,
    },
    /// An application's own event.
    ChannelEventTriggered {
        /// The channel.
        channel: ChannelId,
        /// The application's word for it.
        kind: String,
        /// Who triggered it; `None`: the application.
        user: Option<UserView>,
        /// Free JSON object.
        properties: Properties,
    },
}

impl Event {
    /// Does it make its channel the most recently active one in lists? Reading, reacting and housekeeping do not.
    pub fn is_activity(&self) -> bool {
        match self {
            Self::ChannelCreated { .. }
            | Self::ChannelJoined { .. }
            | Self::ChannelLeft { .. }
            | Self::ChannelMemberRemoved { .. }
            | Self::CallCreated { .. }
            | Self::CallAccepted { .. }
            | Self::CallDeclined { .. }
            | Self::CallMissed { .. }
            | Self::CallLeft { .. }
            | Self::CallEnded { .. }
            | Self::MediaSettingsUpdated { .. }
            | Self::UserUpdated { .. }
            | Self::MessageCreated(_)
            | Self::ThreadCreated { .. } => true,
            Self::UserDeleted { .. }
            | Self::UserBlocked { .. }
            | Self::UserUnblocked { .. }
            | Self::ChannelUpdated(_)
            | Self::ModeratorAdded { .. }
            | Self::ModeratorRemoved { .. }
            | Self::ChannelDeleted { .. }
            | Self::ChannelUserBlocked { .. }
            | Self::ChannelUserUnblocked { .. }
            | Self::ChannelSeatChanged { .. }
            | Self::MessageUpdated { .. }
            | Self::MessageDeleted { .. }
            | Self::MessageHidden { .. }
            | Self::MessageReported { .. }
            | Self::ReactionAdded { .. }
            | Self::ReactionRemoved { .. }
            | Self::MessagesRead(_)
            | Self::MessagesUnread(_)
            | Self::ChannelEventTriggered { .. } => false,
        }
    }
}

/// A channel that changed for everybody in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelChange {
    /// After the change.
    pub channel: ChannelView,
    /// The last message said in it.
    pub last_message: Option<MessageView>,
    /// Every member, in joining order: each of them is told, as they may see it.
    pub members: Vec<Member>,
}

/// What changed for one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatChange {
    /// Notifications come muted.
    Muted,
    /// Notifications come unmuted.
    Unmuted,
    /// Out of the member's lists.
    Hidden,
    /// In the member's lists again.
    Unhidden,
    /// Everything said so far is not shown to the member any more.
    HistoryCleared,
}

/// A new message and everything that follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageCreated {
    /// The message. Channels that somebody is notified about are among its mentions.
    pub message: MessageView,
    /// Its channel.
    pub channel: ChannelView,
    /// The message it replies to, this reply counted.
    pub parent: Option<MessageView>,
    /// Who is notified.
    pub notified: Vec<Notified>,
    /// Members who had hidden the channel: it is in their lists again.
    pub unhidden: Vec<UserId>,
}

/// Messages of a channel that a user has read, or has no longer read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadChange {
    /// The channel.
    pub channel: ChannelId,
    /// The reader.
    pub user: UserView,
    /// The messages, oldest first. Empty: nothing new was read, and the position moved only.
    pub messages: Vec<ReadMessage>,
    /// Whose own topics learn it: the reader, the authors, and in channels that are not large every member.
    pub audience: Vec<UserId>,
}

/// Something that happened and is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A user came online, went offline, or its call status changed. For every other online user of the application.
    PresenceChanged {
        /// The tenant.
        app: AppId,
        /// The user with its new presence.
        user: UserView,
    },
    /// A call signal for exactly one session (protocol 7.4, 7.5). `peer: None` means the SFU.
    Signal {
        /// The call.
        call: CallId,
        /// The receiving session.
        to: SessionKey,
        /// Signal type.
        kind: SignalKind,
        /// The other side, from the receiver's point of view.
        peer: Option<UserView>,
        /// What it carries; absent for server-made signals.
        payload: Option<SignalPayload>,
        /// When.
        time: Timestamp,
    },
    /// `call.self.ended` for one session only: it came too late, or another device of the user owns the call.
    CallOver {
        /// The call.
        call: CallView,
        /// The receiving session.
        to: SessionKey,
    },
    /// Which received media section carries whose track: a full snapshot for one session of an SFU call.
    MediaTracks {
        /// The call.
        call: CallId,
        /// The receiving session.
        to: SessionKey,
        /// Grows with every snapshot of this session; older ones are to be ignored.
        version: u64,
        /// Every received track.
        tracks: Vec<ReceivedTrack>,
        /// Spare receive sections the client should add by renegotiating.
        wanted: WantedSections,
    },
    /// Somebody is writing, letter by letter. For everybody in the chat, the writer included.
    Keystrokes {
        /// Where.
        place: TypingPlace,
        /// Who.
        user: UserView,
        /// What they have written so far.
        keys: String,
    },
    /// Somebody began to write.
    TypingStarted(Typing),
    /// Somebody no longer writes.
    TypingStopped(Typing),
    /// A user's first chat session in a channel began, or the last one ended. For the others in the chat.
    ParticipantChanged {
        /// The channel.
        channel: ChannelId,
        /// Who came or went.
        user: UserView,
        /// Came?
        active: bool,
    },
}

/// Where somebody writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypingPlace {
    /// The channel.
    pub channel: ChannelId,
    /// The thread.
    pub thread: ThreadId,
    /// It is the channel's main thread: told on the channel's topics. Others are told on the thread's.
    pub main: bool,
}

/// Somebody begins or ends writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    /// Where. Everybody in the chat is told, the typist included.
    pub place: TypingPlace,
    /// Who.
    pub user: UserView,
    /// Members who are told wherever they are, the typist not among them; none in large channels.
    pub audience: Vec<UserId>,
}

/// What a call signal carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalPayload {
    /// JSON of the sender, unchanged.
    Json(String),
    /// SDP of the SFU's answer.
    Answer(String),
}

/// One track a session receives from the SFU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedTrack {
    /// The media section of the receiver's own SDP.
    pub mid: String,
    /// Who publishes it.
    pub user: UserView,
    /// The publishing session: tells two devices of one user apart.
    pub session: SessionKey,
    /// What it shows.
    pub source: Source,
}

/// How many more receive sections of each kind a session needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WantedSections {
    /// `recvonly` audio sections to add.
    pub audio: u32,
    /// `recvonly` video sections to add.
    pub video: u32,
}

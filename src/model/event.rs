//! What happened: the only way anything reaches another session.
//!
//! [`Event`] was committed and carries all the data its receivers need, so that delivering it reads no database.
//! [`Notice`] is not stored: presence and call signals matter only now.
use crate::{
    AppId, CallId, ChannelId, SessionKey, Timestamp, UserId,
    call::{CallView, SignalKind, Source},
    channel::ChannelView,
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

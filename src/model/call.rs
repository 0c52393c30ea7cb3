//! Calls and who took part, as stored and queried.
use crate::{AppId, CallId, ChannelId, Properties, Timestamp, UserId, user::UserView};
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire and in SQL.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Inverse of `as_str`.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(
    /// Call type on the wire.
    CallKind {
        /// Everyone publishes and receives.
        Conference = "CONFERENCE",
        /// Few publish, many watch.
        Presenter = "PRESENTER",
    }
);

words!(
    /// Where a call is in its life.
    CallState {
        /// Ringing: fewer than two participants have been ready.
        Pending = "PENDING",
        /// Two participants have been ready at the same time.
        Active = "ACTIVE",
        /// Over, for good.
        Ended = "ENDED",
    }
);

words!(
    /// Why a call ended. Exactly one per ended call.
    EndReason {
        /// People talked, then left.
        Completed = "COMPLETED",
        /// Everyone invited said no.
        Declined = "DECLINED",
        /// The caller hung up before anyone answered.
        Cancelled = "CANCELLED",
        /// Nobody answered in time.
        Missed = "MISSED",
        /// Everyone invited was in another call.
        Busy = "BUSY",
        /// The server stopped or lost the call.
        Failed = "FAILED",
    }
);

words!(
    /// What became of one participant.
    Outcome {
        /// Rings; no answer yet.
        Invited = "INVITED",
        /// In the call.
        Accepted = "ACCEPTED",
        /// Said no.
        Declined = "DECLINED",
        /// Did not answer before the ring time was over.
        Missed = "MISSED",
        /// Was in another call.
        Busy = "BUSY",
        /// The caller hung up before an answer (for the caller: hung up before anyone answered).
        Cancelled = "CANCELLED",
        /// Was in the call and left, or was in it when it ended.
        Left = "LEFT",
        /// Lost: the connection or the server went away.
        Failed = "FAILED",
    }
);

/// A call as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Identifier.
    pub id: CallId,
    /// Tenant.
    pub app: AppId,
    /// The channel it belongs to.
    pub channel: ChannelId,
    /// Type.
    pub kind: CallKind,
    /// Who started it.
    pub creator: UserId,
    /// State.
    pub state: CallState,
    /// Media goes between the devices (`true`) or through the SFU (`false`). Fixed at the start.
    pub p2p: bool,
    /// Free JSON object of the start request.
    pub properties: Properties,
    /// When it was started.
    pub created_time: Timestamp,
    /// When two participants were ready for the first time.
    pub active_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// Why it ended; `Some` exactly when `state` is `Ended`.
    pub end_reason: Option<EndReason>,
}

/// One user's part in a call, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The user.
    pub user: UserId,
    /// What became of them.
    pub outcome: Outcome,
    /// When they were invited (the creator: when the call started).
    pub invited_time: Timestamp,
    /// When they were ready for the first time.
    pub joined_time: Option<Timestamp>,
    /// When they left, declined, or missed it.
    pub left_time: Option<Timestamp>,
}

/// A call with what its resource shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallView {
    /// The stored call.
    pub call: Call,
    /// Who started it.
    pub creator: UserView,
    /// Everyone invited or taking part, in invitation order.
    pub participants: Vec<Participant>,
}

/// Signal types that clients send to each other (protocol 4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignalKind {
    /// Server-made: make an offer for `peer`.
    CreateOffer,
    /// Server-made: expect an offer of `peer`.
    AnswerOffer,
    /// Server-made: close the connection to `peer`.
    DisconnectPeer,
    /// SDP.
    SendDescription,
    /// ICE candidate.
    AddCandidate,
}

impl SignalKind {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateOffer => "CREATE_OFFER",
            Self::AnswerOffer => "ANSWER_OFFER",
            Self::DisconnectPeer => "DISCONNECT_PEER",
            Self::SendDescription => "SEND_DESCRIPTION",
            Self::AddCandidate => "ADD_CANDIDATE",
        }
    }
}

/// Which half of an SDP exchange a description is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Description {
    /// Waits for an answer.
    Offer,
    /// Answers an offer, provisionally or for good.
    Answer,
}

/// What a published track carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Source {
    /// Audio from a microphone.
    Microphone,
    /// Video from a camera.
    Camera,
    /// Video of a screen.
    Screen,
    /// Audio of a shared screen.
    ScreenAudio,
}

impl Source {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::ScreenAudio => "screenAudio",
        }
    }

    /// Inverse of [`Source::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenAudio]
            .into_iter()
            .find(|s| s.as_str() == text)
    }

    /// Audio or video?
    pub fn is_audio(self) -> bool {
        matches!(self, Self::Microphone | Self::ScreenAudio)
    }
}

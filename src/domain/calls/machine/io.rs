//! What goes into the machine and what comes out.
use model::{SessionKey, UserId};
use std::time::Duration;

/// Who may be in a call, and what ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Shape {
    /// A DIRECT channel of two: over as soon as either side is gone.
    OneToOne,
    /// Everything else: over when nobody is left to talk to. Whoever left may come back.
    Group,
}

/// What a call begins with.
#[derive(Clone, Debug)]
pub(in crate::calls) struct Setup {
    pub(in crate::calls) shape: Shape,
    /// Who started it, and on which device: expected to become ready.
    pub(in crate::calls) creator: (UserId, SessionKey),
    /// Everybody else who rings.
    pub(in crate::calls) invited: Vec<UserId>,
    /// How long.
    pub(in crate::calls) ring: Duration,
}

/// Why a device is no longer part of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::calls) enum Departure {
    /// It hung up.
    HungUp,
    /// Its session was lost.
    Lost,
    /// Its session lives, its media was lost: it has to be told.
    Unreachable,
    /// The server took it out of a call that it may think it is in: it has to be told.
    Dropped,
}

/// How an invitee says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Refusal {
    /// No.
    Declined,
    /// In another call.
    Busy,
}

/// What came of a `ready`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Readiness {
    /// The device takes part from now on.
    Joined,
    /// It did before.
    Already,
    /// The call is over, or another device of the user takes part.
    Over,
    /// Too many took part already.
    Full,
}

/// What others have to be told. Devices are those of the moment of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::calls) enum Output {
    /// A device takes part; the user's other devices stop ringing.
    Accepted {
        user: UserId,
        device: SessionKey,
        /// All other devices that take part.
        others: Vec<SessionKey>,
        /// These are the first two.
        activated: bool,
    },
    /// A user said no on some device; all of them stop ringing.
    Declined { user: UserId },
    /// The ring time is over and the call goes on; the devices of these users stop ringing.
    Missed { users: Vec<UserId> },
    /// A participant is gone.
    Left {
        user: UserId,
        device: SessionKey,
        /// Devices that take part and have met this one; none when it never was ready.
        paired_with: Vec<SessionKey>,
    },
    /// The call goes on without this device, which does not know.
    Over { device: SessionKey },
    /// The call is over; everything stops.
    Ended,
}

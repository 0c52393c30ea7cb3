//! What a call waits for besides answers: patience with lost media, with devices that forgot to hang up, and with a
//! store that fails.
use super::machine::Departure;
use model::{SessionKey, Timestamp, UserId};
use std::{collections::BTreeMap, time::Duration};

/// How long a device may be without media before it is taken out of its call.
pub(super) const MEDIA_GRACE: Duration = Duration::from_secs(15);
/// How long a device of a lost user may watch the call before it is `ready`, or told that it is over.
pub(super) const READY_GRACE: Duration = Duration::from_secs(10);
/// How long to wait after the store failed.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// What happens when the wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The media plane lost the device, and it has made no new offer.
    MediaLost(SessionKey),
    /// The user was lost, a session of theirs watches again and has not become ready: most likely a client that came
    /// back and believes that it is still in the call (protocol 7.8).
    NotReady(SessionKey),
    /// A device left, and that could not be stored.
    Leave(SessionKey, Departure),
    /// A user left the channel, and that could not be stored.
    Remove(UserId),
}

/// Everything that is waited for in one call.
#[derive(Debug, Default)]
pub(super) struct Grace {
    waits: BTreeMap<Due, Timestamp>,
}

impl Grace {
    /// Waits until `until`; what is waited for already keeps its time.
    pub(super) fn wait(&mut self, due: Due, until: Timestamp) {
        self.waits.entry(due).or_insert(until);
    }

    /// It came, or does not matter any more.
    pub(super) fn cancel(&mut self, due: Due) {
        self.waits.remove(&due);
    }

    /// The session takes part from now on: whatever was held against it is forgotten.
    pub(super) fn forgive(&mut self, session: SessionKey) {
        self.waits.retain(|due, _| match due {
            Due::MediaLost(of) | Due::NotReady(of) | Due::Leave(of, _) => *of != session,
            Due::Remove(_) => true,
        });
    }

    /// What has been waited for long enough. It stays until cancelled.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Due> {
        self.waits.iter().filter(|(_, until)| **until <= now).map(|(due, _)| *due).collect()
    }

    /// When the next wait is over.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.waits.values().min().copied()
    }
}

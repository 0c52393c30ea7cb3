//! What a session watches.
//!
//! ```text
//!   begin ─▶ opening (permission is being checked; events are held) ─▶ finish: RECEIPT, held events, Live
//!   socket lost: all Unconfirmed ─▶ confirm: RECEIPT, replay, Live
//! ```
use super::{Link, Session, State};
use crate::{
    close::CloseReason,
    outgoing::{Item, Subscription, Urgency},
    replay::Ring,
};
use model::{Timestamp, limits};
use std::{mem, sync::Arc};
use stomp::encode::{self, SharedMessage};
use wire::destination::Topic;

/// Events that may be held while a permission is checked. The check takes a moment; more in that time means that
/// something is wrong with it, and the client had better come back.
pub(super) const MAX_HELD_EVENTS: usize = 4096;

/// One subscription of the session.
pub(super) struct Watched {
    pub(super) subscription: Arc<Subscription>,
    pub(super) phase: Phase,
    /// Counts as a chat session of the user (protocol 5.3).
    pub(super) in_chat: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Events go out.
    Live,
    /// The client has a new socket, or none, and has not subscribed again yet: events are kept.
    Unconfirmed,
}

/// A subscription whose permission is being checked. It is in the hub already, so that nothing is missed, and events
/// wait here, so that none overtakes the RECEIPT.
pub(super) struct Opening {
    subscription: Arc<Subscription>,
    held: Vec<Parcel>,
}

/// An event for one subscription.
pub(super) struct Parcel {
    pub(super) message: SharedMessage,
    pub(super) receipt: Option<Arc<str>>,
    pub(super) ring: Option<Ring>,
    pub(super) urgency: Urgency,
}

/// A subscription that is no more.
pub(crate) struct Removed {
    /// What it was.
    pub(crate) subscription: Arc<Subscription>,
    /// It counted as a chat session.
    pub(crate) in_chat: bool,
}

impl From<Watched> for Removed {
    fn from(watched: Watched) -> Self {
        Self { subscription: watched.subscription, in_chat: watched.in_chat }
    }
}

/// The session holds as many subscriptions as it may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Session {
    /// The subscription with this id, and whether it must still be confirmed on this socket.
    pub(crate) fn find(&self, id: &str) -> Option<(Arc<Subscription>, bool)> {
        let state = self.state.lock();
        let found = state.watched.iter().find(|watched| &*watched.subscription.id == id)?;
        Some((found.subscription.clone(), found.phase == Phase::Unconfirmed))
    }

    /// Does it watch nothing?
    pub(crate) fn is_fresh(&self) -> bool {
        self.state.lock().watched.is_empty()
    }

    /// Does it watch the topic?
    pub(crate) fn watches(&self, topic: Topic) -> bool {
        self.state.lock().watched.iter().any(|watched| watched.subscription.topic == topic)
    }

    /// Holds events of a new subscription until [`Self::finish`] or [`Self::abandon`].
    pub(crate) fn begin(&self, subscription: &Arc<Subscription>) -> Result<(), TooMany> {
        let mut state = self.state.lock();
        if state.watched.len() >= limits::MAX_SUBSCRIPTIONS {
            return Err(TooMany);
        }
        state.opening = Some(Opening { subscription: subscription.clone(), held: Vec::new() });
        Ok(())
    }

    /// The client may watch: RECEIPT, then what was held. `false`: the subscription was revoked meanwhile.
    pub(crate) fn finish(
        &self,
        subscription: &Arc<Subscription>,
        receipt: Option<&str>,
        now: Timestamp,
    ) -> bool {
        let mut state = self.state.lock();
        if !state.is_opening(subscription) {
            return false;
        }
        let held = mem::take(&mut state.opening).map_or_else(Vec::new, |opening| opening.held);
        let phase =
            if matches!(state.link, Link::Attached { .. }) { Phase::Live } else { Phase::Unconfirmed };
        state.watched.push(Watched { subscription: subscription.clone(), phase, in_chat: false });
        state.push_receipt(receipt);
        let position = state.watched.len() - 1;
        for parcel in held {
            state.put(position, parcel, &self.metrics, now);
        }
        true
    }

    /// The client may not watch, or need not: forgets what was held.
    pub(crate) fn abandon(&self) {
        self.state.lock().opening = None;
    }

    /// The client has subscribed again with the same id: RECEIPT again; on a new socket, what it missed follows.
    pub(crate) fn confirm(
        &self,
        subscription: &Arc<Subscription>,
        receipt: Option<&str>,
        now: Timestamp,
    ) -> bool {
        let mut state = self.state.lock();
        let Some(position) = state.position(subscription) else { return false };
        let Link::Attached { queue, .. } = &state.link else { return true };
        let queue = queue.clone();
        state.push_receipt(receipt);
        if mem::replace(&mut state.watched[position].phase, Phase::Live) == Phase::Live {
            return true;
        }
        for outgoing in state.replay.take_for(subscription, now) {
            self.metrics.replayed_total.inc();
            if queue.push_again(Item::Event(outgoing.clone())).is_err() {
                let waiting = state.returned_bytes;
                state.replay.give_back(outgoing, waiting, now);
            }
        }
        true
    }

    /// Forgets the subscription with this id.
    pub(crate) fn remove(&self, id: &str) -> Option<Removed> {
        let mut state = self.state.lock();
        let position = state.watched.iter().position(|watched| &*watched.subscription.id == id)?;
        Some(state.remove(position))
    }

    /// Takes the subscription away from the client, also while it is being opened.
    pub(crate) fn revoke(&self, subscription: &Arc<Subscription>) -> Option<Removed> {
        let mut state = self.state.lock();
        if state.is_opening(subscription) {
            state.opening = None;
        }
        let position = state.position(subscription)?;
        Some(state.remove(position))
    }

    /// Forgets what the client did not confirm after it had resumed.
    pub(crate) fn remove_unconfirmed(&self) -> Vec<Removed> {
        let mut state = self.state.lock();
        if !matches!(state.link, Link::Attached { .. }) {
            return Vec::new();
        }
        let mut removed = Vec::new();
        while let Some(position) =
            state.watched.iter().position(|watched| watched.phase == Phase::Unconfirmed)
        {
            removed.push(state.remove(position));
        }
        removed
    }

    /// Counts the subscription as a chat session. `false`: it is gone, or counts already.
    pub(crate) fn enter_chat(&self, subscription: &Arc<Subscription>) -> bool {
        let mut state = self.state.lock();
        let Some(position) = state.position(subscription) else { return false };
        !mem::replace(&mut state.watched[position].in_chat, true)
    }

    /// Its subscriptions no longer count as chat sessions.
    pub(crate) fn leave_chats(&self) {
        for watched in &mut self.state.lock().watched {
            watched.in_chat = false;
        }
    }
}

impl State {
    pub(super) fn is_opening(&self, subscription: &Arc<Subscription>) -> bool {
        self.opening.as_ref().is_some_and(|opening| Arc::ptr_eq(&opening.subscription, subscription))
    }

    pub(super) fn opening_topic(&self) -> Option<Topic> {
        self.opening.as_ref().map(|opening| opening.subscription.topic)
    }

    /// Holds an event of the subscription that is being opened.
    pub(super) fn hold_event(&mut self, parcel: Parcel) {
        let Some(opening) = &mut self.opening else { return };
        if opening.held.len() < MAX_HELD_EVENTS {
            opening.held.push(parcel);
        } else if let Link::Attached { queue, .. } = &self.link {
            queue.close(CloseReason::Slow);
        }
    }

    fn push_receipt(&self, receipt: Option<&str>) {
        if let (Link::Attached { queue, .. }, Some(receipt)) = (&self.link, receipt) {
            // A closed queue ends its connection; the client will subscribe again.
            drop(queue.push(Item::Frame(encode::receipt(receipt))));
        }
    }

    fn remove(&mut self, position: usize) -> Removed {
        let removed = Removed::from(self.watched.remove(position));
        self.replay.forget(&removed.subscription);
        removed
    }
}

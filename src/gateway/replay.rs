//! Events that a session has not acknowledged: what it gets again after it lost its socket.
//!
//! ```text
//!   retain ─▶ entries, oldest first ─▶ acknowledge | forget
//!                    └─ resumed, subscription confirmed ─▶ take_for: once more, in order
//! ```
//!
//! Invariants
//! - Numbers grow from front to back.
//! - An event is written to a socket at most twice.
//! - What waits in the send queue is bounded there; everything else here is bounded by `limit`. On overflow the oldest
//!   go, and the session is not lossless until it acknowledges something newer: clients handle messages in order, so
//!   such an ACK proves that they had the dropped ones.
use crate::outgoing::{Outgoing, Subscription};
use model::{CallId, Timestamp};
use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use stomp::AckMode;

/// How often an event may be written.
const MAX_SENDS: u8 = 2;
/// The rule for clients that no longer handle what they get (protocol 8.6): so many events, in so long a time, none of
/// them acknowledged although some were sent long enough ago.
const DEAF_EVENTS: usize = 20;
const DEAF_WINDOW: Duration = Duration::from_secs(120);
const DEAF_PATIENCE: Duration = Duration::from_secs(10);

/// Does the event make devices ring, or stop?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ring {
    /// `user.call.invited`
    Starts(CallId),
    /// Whatever ends the ringing.
    Stops(CallId),
}

#[derive(Debug)]
struct Entry {
    outgoing: Outgoing,
    ring: Option<Ring>,
    /// How often it was handed to a socket.
    sends: u8,
    /// When it was handed to a socket or retained last.
    time: Timestamp,
}

/// The unacknowledged events of one session.
#[derive(Debug)]
pub(crate) struct Replay {
    entries: VecDeque<Entry>,
    bytes: usize,
    limit: usize,
    /// The newest event that was dropped and may not have arrived; 0: none.
    dropped_through: u64,
    last_ack: Option<Timestamp>,
}

impl Replay {
    /// `limit`: bytes kept beyond those that wait in the send queue.
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, limit, dropped_through: 0, last_ack: None }
    }

    /// Keeps an event. `is_queued`: it is in the send queue now. `waiting`: bytes in the send queue. Returns how many
    /// old events were dropped for it.
    pub(crate) fn retain(
        &mut self,
        outgoing: Outgoing,
        ring: Option<Ring>,
        is_queued: bool,
        waiting: usize,
        now: Timestamp,
    ) -> u64 {
        self.bytes += outgoing.cost();
        let entry = Entry { outgoing, ring, sends: u8::from(is_queued), time: now };
        // Leftovers of a queue come back with numbers that lie between others.
        let position = self.entries.partition_point(|other| other.outgoing.number < entry.outgoing.number);
        self.entries.insert(position, entry);
        self.shrink(self.limit.saturating_add(waiting))
    }

    /// An event that was handed to a socket came back unwritten. Events that nobody acknowledges were not kept while they
    /// were sent: they are from now on. Others that are not here were dropped, which is known.
    pub(crate) fn give_back(&mut self, outgoing: Outgoing, waiting: usize, now: Timestamp) -> u64 {
        match self.position(outgoing.number) {
            Some(position) => {
                let entry = &mut self.entries[position];
                entry.sends = entry.sends.saturating_sub(1);
                0
            }
            None if outgoing.subscription.ack == AckMode::Auto => {
                self.retain(outgoing, None, false, waiting, now)
            }
            None => 0,
        }
    }

    /// The client has handled this event; with cumulative acknowledgement all earlier ones of its subscription too.
    pub(crate) fn acknowledge(&mut self, number: u64, now: Timestamp) {
        self.last_ack = Some(now);
        if number > self.dropped_through {
            self.dropped_through = 0;
        }
        let Some(position) = self.position(number) else { return };
        let subscription = self.entries[position].outgoing.subscription.clone();
        match subscription.ack {
            AckMode::Client => self.remove_where(|entry| {
                entry.outgoing.number <= number && Arc::ptr_eq(&entry.outgoing.subscription, &subscription)
            }),
            AckMode::Auto | AckMode::ClientIndividual => self.remove_at(position),
        }
    }

    /// The subscription is no more.
    pub(crate) fn forget(&mut self, subscription: &Arc<Subscription>) {
        self.remove_where(|entry| Arc::ptr_eq(&entry.outgoing.subscription, subscription));
    }

    /// What the subscription gets again, in order. Those events count as sent once more; the ones that were sent often
    /// enough are dropped. Ringing that began and ended while the client was away is left out.
    pub(crate) fn take_for(&mut self, subscription: &Arc<Subscription>, now: Timestamp) -> Vec<Outgoing> {
        let over = self.rings_that_are_over(subscription);
        let is_of = |entry: &Entry| Arc::ptr_eq(&entry.outgoing.subscription, subscription);
        self.remove_where(|entry| {
            let missed_it = match entry.ring {
                Some(Ring::Starts(call) | Ring::Stops(call)) => over.contains(&call),
                None => false,
            };
            is_of(entry) && (entry.sends >= MAX_SENDS || missed_it)
        });
        let mut again = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| is_of(entry)) {
            entry.sends += 1;
            entry.time = now;
            again.push(entry.outgoing.clone());
        }
        if subscription.ack == AckMode::Auto {
            // Nobody will acknowledge them: they count as handled once they are written.
            self.forget(subscription);
        }
        again
    }

    /// Can the session be resumed without having lost anything?
    pub(crate) fn is_lossless(&self) -> bool {
        self.dropped_through == 0
    }

    /// Does the client send but no longer handle what it gets? Only for clients that did acknowledge once.
    pub(crate) fn is_deaf(&self, now: Timestamp) -> bool {
        let Some(last_ack) = self.last_ack else { return false };
        if self.entries.len() < DEAF_EVENTS || now.saturating_since(last_ack) < DEAF_WINDOW {
            return false;
        }
        let recent = self.entries.iter().filter(|entry| {
            let is_expected = entry.outgoing.subscription.ack != AckMode::Auto;
            entry.sends > 0 && is_expected && now.saturating_since(entry.time) <= DEAF_WINDOW
        });
        let ages: Vec<_> = recent.map(|entry| now.saturating_since(entry.time)).collect();
        ages.len() >= DEAF_EVENTS && ages.iter().any(|age| *age >= DEAF_PATIENCE)
    }

    /// Calls whose invitation was never written and that have stopped ringing since.
    fn rings_that_are_over(&self, subscription: &Arc<Subscription>) -> HashSet<CallId> {
        let mut unheard = HashSet::new();
        let mut over = HashSet::new();
        for entry in &self.entries {
            match entry.ring {
                _ if !Arc::ptr_eq(&entry.outgoing.subscription, subscription) => {}
                Some(Ring::Starts(call)) if entry.sends == 0 => {
                    unheard.insert(call);
                }
                Some(Ring::Stops(call)) if unheard.contains(&call) => {
                    over.insert(call);
                }
                _ => {}
            }
        }
        over
    }

    fn position(&self, number: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&number, |entry| entry.outgoing.number).ok()
    }

    fn remove_at(&mut self, position: usize) {
        if let Some(entry) = self.entries.remove(position) {
            self.bytes -= entry.outgoing.cost();
        }
        self.give_back_room();
    }

    fn remove_where(&mut self, mut goes: impl FnMut(&Entry) -> bool) {
        let bytes = &mut self.bytes;
        self.entries.retain(|entry| {
            let stays = !goes(entry);
            if !stays {
                *bytes -= entry.outgoing.cost();
            }
            stays
        });
        self.give_back_room();
    }

    fn shrink(&mut self, limit: usize) -> u64 {
        let mut dropped = 0;
        while self.bytes > limit {
            let Some(entry) = self.entries.pop_front() else { break };
            self.bytes -= entry.outgoing.cost();
            // What was never sent has not arrived, whatever is acknowledged later.
            let never_sent = entry.sends == 0 || self.dropped_through == u64::MAX;
            self.dropped_through = if never_sent { u64::MAX } else { entry.outgoing.number };
            dropped += 1;
        }
        dropped
    }

    /// The room of a burst is given back: an idle session must stay small.
    fn give_back_room(&mut self) {
        const KEPT_CAPACITY: usize = 4;
        if self.entries.is_empty() && self.entries.capacity() > KEPT_CAPACITY {
            self.entries = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests;

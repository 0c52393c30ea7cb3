//! One order for everything that happens in a channel.
//!
//! Many write to a channel at once, and their commits share one sync; so each learns of its own commit at some moment
//! after it, in no particular order. What they announce passes through here and leaves in the order of its numbers:
//!
//! ```text
//!   let turn = order.enter(channel);        before the write
//!   let write = store.…(events).await?;     on failure the turn is dropped: it announces nothing
//!   turn.publish(write.events, origin)      returns once it is announced
//! ```
//!
//! An event waits while a smaller number may still come: until its predecessor was announced, or everybody who had entered
//! when it arrived is done. Nobody can therefore be stuck: a turn ends when it is published or dropped, and whoever enters
//! later gets larger numbers.
//!
//! Invariants
//! - Between entering and publishing there is nothing but the write: no locks, no other turn.
//! - A line exists exactly while a turn of its channel is open.
use crate::ports::Bus;
use model::{
    ChannelId,
    event::{Committed, Origin},
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    sync::Arc,
    task::{Poll, Waker},
};

/// Enough that channels rarely share a lock.
const SHARDS: u64 = 32;

/// The lines of all channels in which somebody is writing.
pub(crate) struct Order {
    bus: Arc<dyn Bus>,
    shards: Vec<Mutex<BTreeMap<ChannelId, Line>>>,
}

/// What waits in one channel.
#[derive(Default)]
struct Line {
    next_ticket: u64,
    open: BTreeSet<u64>,
    /// The last number that was announced while this line exists.
    announced: Option<u64>,
    /// By first number.
    held: BTreeMap<u64, Held>,
}

/// Events of one write that were stored, and not announced yet.
struct Held {
    events: Vec<Committed>,
    origin: Option<Origin>,
    /// Turns with smaller tickets may have smaller numbers.
    after: u64,
    announced: Arc<Mutex<Announced>>,
}

#[derive(Default)]
struct Announced {
    done: bool,
    waiting: Option<Waker>,
}

/// The right to announce what one write stores.
pub(crate) struct Turn<'o> {
    order: &'o Order,
    channel: ChannelId,
    ticket: u64,
    open: bool,
}

impl Order {
    pub(crate) fn new(bus: Arc<dyn Bus>) -> Self {
        Self { bus, shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// Takes a turn, right before a write to the channel.
    pub(crate) fn enter(&self, channel: ChannelId) -> Turn<'_> {
        let mut lines = self.shard(channel).lock();
        let line = lines.entry(channel).or_default();
        let ticket = line.next_ticket;
        line.next_ticket += 1;
        line.open.insert(ticket);
        Turn { order: self, channel, ticket, open: true }
    }

    fn shard(&self, channel: ChannelId) -> &Mutex<BTreeMap<ChannelId, Line>> {
        let shard = usize::try_from(channel.0 % SHARDS).expect("invariant: SHARDS fits every usize");
        self.shards.get(shard).expect("invariant: one shard per remainder")
    }

    /// Ends a turn, keeps what it has to say, and announces everything whose time has come. Announcing happens under the
    /// line's lock, so that nobody overtakes.
    fn end(&self, channel: ChannelId, ticket: u64, said: Option<(u64, Held)>) {
        let mut lines = self.shard(channel).lock();
        let Some(line) = lines.get_mut(&channel) else { return };
        line.open.remove(&ticket);
        if let Some((first, held)) = said {
            line.held.insert(first, Held { after: line.next_ticket, ..held });
        }
        line.announce(&*self.bus);
        if line.open.is_empty() {
            lines.remove(&channel);
        }
    }
}

impl Line {
    fn announce(&mut self, bus: &dyn Bus) {
        while let Some(entry) = self.held.first_entry() {
            let next_in_order = self.announced.is_some_and(|last| last + 1 == *entry.key());
            let oldest_open = self.open.first().copied().unwrap_or(u64::MAX);
            if !next_in_order && oldest_open < entry.get().after {
                return;
            }
            let (first, held) = entry.remove_entry();
            self.announced = Some(held.last_number().unwrap_or(first));
            let (marked, rest) = held.events.split_at(held.events.len().min(1));
            bus.publish(marked, held.origin.as_ref());
            if !rest.is_empty() {
                bus.publish(rest, None);
            }
            let mut announced = held.announced.lock();
            announced.done = true;
            if let Some(waker) = announced.waiting.take() {
                waker.wake();
            }
        }
    }
}

impl Held {
    fn last_number(&self) -> Option<u64> {
        self.events.iter().rev().find_map(|event| event.place).map(|(_, number)| number)
    }
}

impl Turn<'_> {
    /// Announces the events of one write, in their order; `origin` marks the first. Returns once that has happened. Whoever
    /// stops waiting has it announced all the same.
    pub(crate) async fn publish(mut self, events: Vec<Committed>, origin: Option<&Origin>) {
        let first = events.iter().find_map(|event| event.place);
        debug_assert!(first.is_none_or(|(channel, _)| channel == self.channel), "a turn of another channel");
        let Some((_, first)) = first else {
            // Nothing of the channel's order.
            self.order.bus.publish(&events, origin);
            return;
        };
        let announced = Arc::new(Mutex::new(Announced::default()));
        let held = Held { events, origin: origin.cloned(), after: 0, announced: Arc::clone(&announced) };
        self.open = false;
        self.order.end(self.channel, self.ticket, Some((first, held)));
        poll_fn(|context| {
            let mut announced = announced.lock();
            if announced.done {
                return Poll::Ready(());
            }
            announced.waiting = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.open {
            self.order.end(self.channel, self.ticket, None);
        }
    }
}

#[cfg(test)]
mod tests;

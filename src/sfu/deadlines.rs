//! When which peer wants its timer: one heap for all peers of an [`Sfu`](crate::Sfu).
//!
//! Entries are never moved. A peer that wants an earlier time gets a second entry; one whose time moved to later is
//! woken once too early and says so. So a packet that changes nothing costs nothing here.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Index of a call, index of a peer in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PeerId {
    /// Index in the table of calls.
    pub(crate) call: usize,
    /// Index in the call's table of peers.
    pub(crate) peer: usize,
}

/// The heap.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: BinaryHeap<Reverse<(Instant, PeerId)>>,
}

impl Deadlines {
    /// Wakes `peer` at `at`.
    pub(crate) fn push(&mut self, at: Instant, peer: PeerId) {
        self.heap.push(Reverse((at, peer)));
    }

    /// Earliest time.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// An entry whose time has come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Instant, PeerId)> {
        self.next().filter(|at| *at <= now)?;
        self.heap.pop().map(|Reverse(entry)| entry)
    }
}

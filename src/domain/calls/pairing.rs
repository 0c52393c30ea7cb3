//! When ICE candidates may pass between two participants of a peer-to-peer call (protocol 7.5).
//!
//! ```text
//!   lane A ─▶ B:   Undescribed ── A offers ──▶ Offered ── B answers ──▶ Open
//!                       └───────── A answers ──────────────────────────▶ Open
//! ```
//!
//! A candidate that reaches a peer before the description it belongs to is lost for good, and clients send candidates
//! first. So candidates wait in their lane until the description has gone ahead and, if that is an offer, until its
//! answer has come back. A new offer closes the lane again.
//!
//! A lane holds `MAX_BUFFERED_CANDIDATES`, all lanes of a sender `MAX_HELD_CANDIDATE_BYTES`. Whatever does not fit
//! pushes out the oldest of its lane: addresses on the own machine come first, those that pass every firewall last.
use model::{
    UserId,
    call::{Description, SignalKind},
    limits,
};
use std::collections::{BTreeMap, VecDeque};

/// A signal on its way to `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relayed {
    pub(super) from: UserId,
    pub(super) to: UserId,
    pub(super) kind: SignalKind,
    pub(super) payload: String,
}

/// Lanes between all participants, both ways.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// By sender and receiver; a lane that was never used is absent.
    lanes: BTreeMap<(UserId, UserId), Lane>,
    /// By sender. Invariant: the sum over its lanes.
    held_bytes: BTreeMap<UserId, usize>,
}

#[derive(Debug, Default)]
struct Lane {
    gate: Gate,
    held: VecDeque<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gate {
    #[default]
    Undescribed,
    Offered,
    Open,
}

impl Pairing {
    /// A description passes at once, followed by the candidates that waited for it, on both lanes.
    pub(super) fn describe(
        &mut self,
        (from, to): (UserId, UserId),
        description: Description,
        payload: String,
    ) -> Vec<Relayed> {
        let mut relayed = vec![Relayed { from, to, kind: SignalKind::SendDescription, payload }];
        match description {
            Description::Offer => self.lanes.entry((from, to)).or_default().gate = Gate::Offered,
            Description::Answer => {
                self.open((from, to), &mut relayed);
                if self.lanes.get(&(to, from)).is_some_and(|lane| lane.gate == Gate::Offered) {
                    self.open((to, from), &mut relayed);
                }
            }
        }
        relayed
    }

    /// A candidate passes, or waits.
    pub(super) fn candidate(&mut self, (from, to): (UserId, UserId), payload: String) -> Option<Relayed> {
        let lane = self.lanes.entry((from, to)).or_default();
        if lane.gate == Gate::Open {
            return Some(Relayed { from, to, kind: SignalKind::AddCandidate, payload });
        }
        let bytes = self.held_bytes.entry(from).or_default();
        while lane.held.len() >= limits::MAX_BUFFERED_CANDIDATES
            || *bytes + payload.len() > limits::MAX_HELD_CANDIDATE_BYTES
        {
            // Other lanes are full of this sender's candidates: this one goes.
            *bytes -= lane.held.pop_front()?.len();
        }
        *bytes += payload.len();
        lane.held.push_back(payload);
        None
    }

    /// A participant is gone: whoever comes back starts anew.
    pub(super) fn forget(&mut self, user: UserId) {
        for ((from, _), lane) in self.lanes.extract_if(.., |(from, to), _| *from == user || *to == user) {
            let held: usize = lane.held.iter().map(String::len).sum();
            if let Some(bytes) = self.held_bytes.get_mut(&from) {
                *bytes -= held;
            }
        }
        self.held_bytes.remove(&user);
    }

    fn open(&mut self, (from, to): (UserId, UserId), relayed: &mut Vec<Relayed>) {
        let lane = self.lanes.entry((from, to)).or_default();
        lane.gate = Gate::Open;
        for payload in lane.held.drain(..) {
            if let Some(bytes) = self.held_bytes.get_mut(&from) {
                *bytes -= payload.len();
            }
            relayed.push(Relayed { from, to, kind: SignalKind::AddCandidate, payload });
        }
    }
}

#[cfg(test)]
mod tests;

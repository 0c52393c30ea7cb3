//! One call as a state machine: who rings, who takes part, when and why it is over.
//!
//! ```text
//!             ┌────── ready ──────┐   ready again (group calls)
//!   Ringing ──┤                   ▼   ┌───────────────┐
//!   Connecting┘ (the creator)   Ready ┤               │
//!       │                             ▼ leave, lost   │
//!       └── decline, deadline, leave ─▶ Gone ─────────┘
//! ```
//!
//! Sans-IO: no store, no clock. The service clones the machine, feeds it one input, stores the result with the events
//! that the outputs stand for, and only then lets the clone take the machine's place.
//!
//! Invariants (explored exhaustively in `machine/explore.rs`)
//! - A user takes part with at most one device: the first that is ready.
//! - Every ringing user stops ringing by exactly one of `Accepted`, `Declined`, `Missed`, `Ended`.
//! - An ended call has one end reason and never changes.
//! - There is a deadline exactly while somebody rings or the creator is awaited.
mod end;
mod io;

use model::{
    SessionKey, Timestamp, UserId,
    call::{CallState, EndReason, Outcome, Participant},
    limits,
};
use std::collections::VecDeque;

pub(super) use io::{Departure, Output, Readiness, Refusal, Setup, Shape};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// An invitee who has not answered.
    Ringing { until: Timestamp },
    /// The creator, before it is ready.
    Connecting { device: SessionKey, until: Timestamp },
    /// Takes part.
    Ready { device: SessionKey },
    /// Does not, or no longer.
    Gone { outcome: Outcome, since: Timestamp },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seat {
    user: UserId,
    invited: Timestamp,
    /// The first time the user was ready.
    joined: Option<Timestamp>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Pending,
    Active { since: Timestamp },
    Ended { active: Option<Timestamp>, at: Timestamp, reason: EndReason },
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    shape: Shape,
    life: Life,
    /// In invitation order, the creator first. Invariant: never empty, no user twice.
    seats: Vec<Seat>,
    /// The latest time seen: a clock that jumps back does not make history run backwards.
    latest: Timestamp,
    outputs: VecDeque<Output>,
}

impl Machine {
    /// A call that rings at everybody invited. The creator rings nowhere: it is awaited for as long.
    pub(super) fn new(setup: Setup, now: Timestamp) -> Self {
        let until = now + setup.ring;
        let seat = |user, phase| Seat { user, invited: now, joined: None, phase };
        let (creator, device) = setup.creator;
        let mut seats = vec![seat(creator, Phase::Connecting { device, until })];
        seats.extend(setup.invited.into_iter().map(|user| seat(user, Phase::Ringing { until })));
        Self { shape: setup.shape, life: Life::Pending, seats, latest: now, outputs: VecDeque::new() }
    }

    /// A device wants to take part: the first of its user does. Whoever was not invited may join a running group call.
    pub(super) fn handle_ready(&mut self, user: UserId, device: SessionKey, now: Timestamp) -> Readiness {
        let now = self.advance(now);
        if self.is_over() {
            return Readiness::Over;
        }
        let phase = self.seat(user).map(|seat| seat.phase);
        match phase {
            Some(Phase::Ready { device: winner }) if winner == device => return Readiness::Already,
            Some(Phase::Ready { .. }) => return Readiness::Over,
            Some(Phase::Ringing { .. } | Phase::Connecting { .. } | Phase::Gone { .. }) => {}
            // The creator has a seat beside the invited.
            None if self.seats.len() > limits::MAX_CALL_PARTICIPANTS => return Readiness::Full,
            None => {
                let phase = Phase::Ringing { until: now };
                self.seats.push(Seat { user, invited: now, joined: None, phase });
            }
        }
        let others = self.ready_devices();
        if let Some(seat) = self.seat_mut(user) {
            seat.phase = Phase::Ready { device };
            seat.joined.get_or_insert(now);
        }
        let activated = self.life == Life::Pending && !others.is_empty();
        if activated {
            self.life = Life::Active { since: now };
        }
        self.outputs.push_back(Output::Accepted { user, device, others, activated });
        if let Some(Phase::Connecting { device: dialing, .. }) = phase
            && dialing != device
        {
            self.outputs.push_back(Output::Over { device: dialing });
        }
        Readiness::Joined
    }

    /// An invitee says no, on any device. Returns whether that changed anything: only whoever rings can decline.
    pub(super) fn handle_decline(&mut self, user: UserId, refusal: Refusal, now: Timestamp) -> bool {
        let now = self.advance(now);
        let Some(seat) = self.seat_mut(user).filter(|seat| matches!(seat.phase, Phase::Ringing { .. }))
        else {
            return false;
        };
        let outcome = match refusal {
            Refusal::Declined => Outcome::Declined,
            Refusal::Busy => Outcome::Busy,
        };
        seat.phase = Phase::Gone { outcome, since: now };
        self.outputs.push_back(Output::Declined { user });
        self.end_if_nobody_is_left(now);
        true
    }

    /// A device is no longer part of the call; any other device changes nothing.
    pub(super) fn handle_leave(&mut self, device: SessionKey, why: Departure, now: Timestamp) {
        let now = self.advance(now);
        let Some(user) = self.user_of(device) else { return };
        let was_ready = self.ready_device(user).is_some();
        let gave_up = self.is_creator(user) && self.life == Life::Pending;
        let outcome = match why {
            Departure::Lost | Departure::Unreachable => Outcome::Failed,
            Departure::HungUp | Departure::Dropped if gave_up => Outcome::Cancelled,
            Departure::HungUp | Departure::Dropped => Outcome::Left,
        };
        self.leave(user, outcome, now);
        let paired_with = if was_ready { self.ready_devices() } else { Vec::new() };
        self.outputs.push_back(Output::Left { user, device, paired_with });
        self.end_if_nobody_is_left(now);
        let knows = matches!(why, Departure::HungUp | Departure::Lost);
        if !knows && !self.is_over() {
            self.outputs.push_back(Output::Over { device });
        }
    }

    /// A user may not take part any more: whoever rings says no by that, whoever takes part is taken out.
    pub(super) fn handle_removed(&mut self, user: UserId, now: Timestamp) {
        match self.seat(user).map(|seat| seat.phase) {
            Some(Phase::Ringing { .. }) => {
                self.handle_decline(user, Refusal::Declined, now);
            }
            Some(Phase::Connecting { device, .. } | Phase::Ready { device }) => {
                self.handle_leave(device, Departure::Dropped, now);
            }
            Some(Phase::Gone { .. }) | None => {}
        }
    }

    /// Whoever has rung for long enough has missed the call; a creator who never came has given it up.
    pub(super) fn handle_timeout(&mut self, now: Timestamp) {
        let now = self.advance(now);
        let mut missed = Vec::new();
        let mut gave_up = None;
        for seat in &mut self.seats {
            match seat.phase {
                Phase::Ringing { until } if until <= now => {
                    missed.push(seat.user);
                    seat.phase = Phase::Gone { outcome: Outcome::Missed, since: now };
                }
                Phase::Connecting { device, until } if until <= now => {
                    gave_up = Some((seat.user, device));
                    seat.phase = Phase::Gone { outcome: Outcome::Cancelled, since: now };
                }
                Phase::Ringing { .. }
                | Phase::Connecting { .. }
                | Phase::Ready { .. }
                | Phase::Gone { .. } => {}
            }
        }
        if missed.is_empty() && gave_up.is_none() {
            return;
        }
        self.end_if_nobody_is_left(now);
        if self.is_over() {
            return;
        }
        if !missed.is_empty() {
            self.outputs.push_back(Output::Missed { users: missed });
        }
        if let Some((user, device)) = gave_up {
            self.outputs.push_back(Output::Left { user, device, paired_with: Vec::new() });
            self.outputs.push_back(Output::Over { device });
        }
    }

    /// The server cannot carry the call any longer.
    pub(super) fn handle_failure(&mut self, now: Timestamp) {
        let now = self.advance(now);
        if !self.is_over() {
            self.end(EndReason::Failed, Outcome::Failed, Outcome::Failed, now);
        }
    }

    /// The next thing to tell others.
    pub(super) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Machine::handle_timeout`] has something to do.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        let deadline = |seat: &Seat| match seat.phase {
            Phase::Ringing { until } | Phase::Connecting { until, .. } => Some(until),
            Phase::Ready { .. } | Phase::Gone { .. } => None,
        };
        self.seats.iter().filter_map(deadline).min()
    }

    /// Where the call is in its life.
    pub(super) fn state(&self) -> CallState {
        match self.life {
            Life::Pending => CallState::Pending,
            Life::Active { .. } => CallState::Active,
            Life::Ended { .. } => CallState::Ended,
        }
    }

    /// When two were ready for the first time.
    pub(super) fn active_time(&self) -> Option<Timestamp> {
        match self.life {
            Life::Pending => None,
            Life::Active { since } => Some(since),
            Life::Ended { active, .. } => active,
        }
    }

    /// When and why it ended.
    pub(super) fn end_of_call(&self) -> Option<(Timestamp, EndReason)> {
        match self.life {
            Life::Pending | Life::Active { .. } => None,
            Life::Ended { at, reason, .. } => Some((at, reason)),
        }
    }

    /// Everybody who was invited or took part, in invitation order.
    pub(super) fn participants(&self) -> Vec<Participant> {
        self.seats.iter().map(Seat::participant).collect()
    }

    /// Who takes part, and with which device.
    pub(super) fn ready(&self) -> impl Iterator<Item = (UserId, SessionKey)> + '_ {
        self.seats.iter().filter_map(|seat| match seat.phase {
            Phase::Ready { device } => Some((seat.user, device)),
            Phase::Ringing { .. } | Phase::Connecting { .. } | Phase::Gone { .. } => None,
        })
    }

    /// The device a user takes part with.
    pub(super) fn ready_device(&self, user: UserId) -> Option<SessionKey> {
        self.ready().find(|(ready, _)| *ready == user).map(|(_, device)| device)
    }

    /// What became of a user so far.
    pub(super) fn outcome(&self, user: UserId) -> Option<Outcome> {
        self.seat(user).map(|seat| seat.participant().outcome)
    }

    /// Whose device is part of the call: takes part, or is awaited.
    pub(super) fn user_of(&self, device: SessionKey) -> Option<UserId> {
        self.seats.iter().find(|seat| seat.device() == Some(device)).map(|seat| seat.user)
    }

    /// Every device that is part of the call.
    pub(super) fn devices(&self) -> impl Iterator<Item = (UserId, SessionKey)> + '_ {
        self.seats.iter().filter_map(|seat| Some((seat.user, seat.device()?)))
    }

    fn ready_devices(&self) -> Vec<SessionKey> {
        self.ready().map(|(_, device)| device).collect()
    }

    fn seat(&self, user: UserId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.user == user)
    }

    fn seat_mut(&mut self, user: UserId) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.user == user)
    }

    fn leave(&mut self, user: UserId, outcome: Outcome, now: Timestamp) {
        if let Some(seat) = self.seat_mut(user) {
            seat.phase = Phase::Gone { outcome, since: now };
        }
    }

    fn advance(&mut self, now: Timestamp) -> Timestamp {
        self.latest = self.latest.max(now);
        self.latest
    }
}

impl Seat {
    /// The device that is part of the call.
    fn device(&self) -> Option<SessionKey> {
        match self.phase {
            Phase::Connecting { device, .. } | Phase::Ready { device } => Some(device),
            Phase::Ringing { .. } | Phase::Gone { .. } => None,
        }
    }

    fn participant(&self) -> Participant {
        let (outcome, left_time) = match self.phase {
            Phase::Ringing { .. } | Phase::Connecting { .. } => (Outcome::Invited, None),
            Phase::Ready { .. } => (Outcome::Accepted, None),
            Phase::Gone { outcome, since } => (outcome, Some(since)),
        };
        let Self { user, invited, joined, .. } = *self;
        Participant { user, outcome, invited_time: invited, joined_time: joined, left_time }
    }
}

#[cfg(test)]
mod explore;
#[cfg(test)]
mod tests;

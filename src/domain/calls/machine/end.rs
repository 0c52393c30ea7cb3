//! How a call ends: when, why, and what becomes of everybody (protocol 7.7).
use super::{Life, Machine, Output, Phase, Shape};
use model::{
    Timestamp, UserId,
    call::{EndReason, Outcome},
};

impl Machine {
    /// Over, for good?
    pub(in crate::calls) fn is_over(&self) -> bool {
        matches!(self.life, Life::Ended { .. })
    }

    pub(super) fn is_creator(&self, user: UserId) -> bool {
        self.seats.first().is_some_and(|creator| creator.user == user)
    }

    /// Asked whenever somebody is gone.
    pub(super) fn end_if_nobody_is_left(&mut self, now: Timestamp) {
        let count = |wanted: fn(&Phase) -> bool| self.seats.iter().filter(|seat| wanted(&seat.phase)).count();
        let is_over = match self.shape {
            Shape::OneToOne => count(|phase| matches!(phase, Phase::Gone { .. })) > 0,
            Shape::Group => {
                // A creator who is still connecting is about to be there.
                let present = count(|phase| matches!(phase, Phase::Ready { .. } | Phase::Connecting { .. }));
                let ringing = count(|phase| matches!(phase, Phase::Ringing { .. }));
                present == 0 || (present == 1 && ringing == 0)
            }
        };
        if is_over {
            // Whoever is in it leaves by this; whoever still rings is called off.
            self.end(self.reason(), Outcome::Left, Outcome::Cancelled, now);
        }
    }

    /// Why a call ended in which somebody is gone. The first row that holds:
    ///
    /// | what happened | reason |
    /// | --- | --- |
    /// | two were ready at the same time | `Completed` |
    /// | the creator hung up, was lost, or never was ready | `Cancelled` |
    /// | an invitee answered and hung up before the creator was ready | `Completed` |
    /// | an invitee answered and was lost before the creator was ready | `Failed` |
    /// | somebody did not answer | `Missed` |
    /// | somebody said no | `Declined` |
    /// | all were in other calls | `Busy` |
    fn reason(&self) -> EndReason {
        let became = |outcome| {
            self.seats.iter().any(|seat| matches!(seat.phase, Phase::Gone { outcome: o, .. } if o == outcome))
        };
        let creator_is_gone =
            self.seats.first().is_some_and(|creator| matches!(creator.phase, Phase::Gone { .. }));
        match self.life {
            Life::Active { .. } => EndReason::Completed,
            _ if creator_is_gone => EndReason::Cancelled,
            _ if became(Outcome::Left) => EndReason::Completed,
            _ if became(Outcome::Failed) => EndReason::Failed,
            _ if became(Outcome::Missed) => EndReason::Missed,
            _ if became(Outcome::Declined) => EndReason::Declined,
            _ => EndReason::Busy,
        }
    }

    /// The end: `in_it` becomes of everybody who takes part, `awaited` of everybody who rings or connects.
    pub(super) fn end(&mut self, reason: EndReason, in_it: Outcome, awaited: Outcome, now: Timestamp) {
        for seat in &mut self.seats {
            let outcome = match seat.phase {
                Phase::Ready { .. } => in_it,
                Phase::Ringing { .. } | Phase::Connecting { .. } => awaited,
                Phase::Gone { .. } => continue,
            };
            seat.phase = Phase::Gone { outcome, since: now };
        }
        self.life = Life::Ended { active: self.active_time(), at: now, reason };
        self.outputs.push_back(Output::Ended);
    }
}

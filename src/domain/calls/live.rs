//! A call that has not ended: what is stored of it, and what only memory knows.
use super::{grace::Grace, machine::Machine, pairing::Pairing};
use model::{
    AppId, CallId, ChannelId, SessionKey, Timestamp, UserId,
    call::{Call, Participant},
    user::User,
};
use std::collections::BTreeMap;

/// A running call. What never changes can be read without waiting.
pub(super) struct LiveCall {
    pub(super) id: CallId,
    pub(super) app: AppId,
    pub(super) channel: ChannelId,
    pub(super) p2p: bool,
    /// Held over every decision and until what follows from it is published.
    pub(super) state: async_lock::Mutex<Live>,
}

/// What changes in a call.
pub(super) struct Live {
    /// As last stored.
    pub(super) call: Call,
    pub(super) machine: Machine,
    pub(super) pairing: Pairing,
    pub(super) grace: Grace,
    /// The creator and everybody who did something, as stored when they last did.
    pub(super) people: BTreeMap<UserId, User>,
    /// After the store failed, nothing is tried before this.
    pub(super) retry_at: Option<Timestamp>,
}

impl Live {
    /// The row that the call becomes with `next`.
    pub(super) fn row(&self, next: &Machine) -> (Call, Vec<Participant>) {
        let end = next.end_of_call();
        let call = Call {
            state: next.state(),
            active_time: next.active_time(),
            end_time: end.map(|(time, _)| time),
            end_reason: end.map(|(_, reason)| reason),
            ..self.call.clone()
        };
        (call, next.participants())
    }

    /// When the call needs to be looked at.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let deadline = [self.machine.poll_timeout(), self.grace.deadline()].into_iter().flatten().min();
        deadline.map(|deadline| self.retry_at.map_or(deadline, |retry| retry.max(deadline)))
    }

    /// Does the user take part with this session?
    pub(super) fn is_ready(&self, user: UserId, session: SessionKey) -> bool {
        self.machine.ready_device(user) == Some(session)
    }
}

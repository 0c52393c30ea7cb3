//! Which calls run, where they are found, and when they need to be looked at.
//!
//! Invariants
//! - Every entry is a call that has not ended; at most one per channel.
//! - The indexes say what the entries say. An entry changes only under its call's lock, through [`Registry::update`].
//! - Nothing here waits, and nothing foreign is called while `index` is locked.
use super::live::{Live, LiveCall};
use model::{CallId, ChannelId, SessionKey, Timestamp, UserId};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// All running calls.
#[derive(Default)]
pub(super) struct Registry {
    index: Mutex<Index>,
    /// Held over a change of who is in calls and its announcement: they happen in the same order.
    pub(super) order: Mutex<()>,
}

#[derive(Default)]
struct Index {
    calls: BTreeMap<CallId, Entry>,
    by_channel: BTreeMap<ChannelId, CallId>,
    by_session: BTreeSet<(SessionKey, CallId)>,
    by_ready_user: BTreeSet<(UserId, CallId)>,
    deadlines: BTreeSet<(Timestamp, CallId)>,
}

struct Entry {
    live: Arc<LiveCall>,
    /// Devices that take part or are awaited.
    sessions: BTreeSet<SessionKey>,
    ready: BTreeSet<UserId>,
    deadline: Option<Timestamp>,
}

impl Registry {
    /// A call begins. The caller holds its lock and calls [`Registry::update`] next.
    pub(super) fn insert(&self, live: Arc<LiveCall>) {
        let mut index = self.index.lock();
        index.by_channel.insert(live.channel, live.id);
        let (sessions, ready) = (BTreeSet::new(), BTreeSet::new());
        index.calls.insert(live.id, Entry { live, sessions, ready, deadline: None });
    }

    /// The call has changed, or ended. Returns who takes part since, and who no longer does.
    pub(super) fn update(&self, id: CallId, live: &Live) -> Vec<UserId> {
        let mut index = self.index.lock();
        match live.machine.is_over() {
            true => {
                let changed = index.set(id, BTreeSet::new(), BTreeSet::new(), None);
                index.remove(id);
                changed
            }
            false => {
                let sessions = live.machine.devices().map(|(_, device)| device).collect();
                let ready = live.machine.ready().map(|(user, _)| user).collect();
                index.set(id, sessions, ready, live.deadline())
            }
        }
    }

    /// A running call.
    pub(super) fn call(&self, id: CallId) -> Option<Arc<LiveCall>> {
        self.index.lock().calls.get(&id).map(|entry| entry.live.clone())
    }

    /// The running call of a channel.
    pub(super) fn in_channel(&self, channel: ChannelId) -> Option<Arc<LiveCall>> {
        let index = self.index.lock();
        let id = index.by_channel.get(&channel)?;
        index.calls.get(id).map(|entry| entry.live.clone())
    }

    /// All running calls, the oldest first.
    pub(super) fn all(&self) -> Vec<Arc<LiveCall>> {
        self.index.lock().calls.values().map(|entry| entry.live.clone()).collect()
    }

    /// The calls a session is part of.
    pub(super) fn of_session(&self, session: SessionKey) -> Vec<Arc<LiveCall>> {
        let index = self.index.lock();
        let ids = index.by_session.range((session, CallId(0))..=(session, CallId(u64::MAX)));
        ids.filter_map(|(_, id)| index.calls.get(id)).map(|entry| entry.live.clone()).collect()
    }

    /// Calls a user takes part in, on any device.
    pub(super) fn of_user(&self, user: UserId) -> Vec<CallId> {
        let index = self.index.lock();
        let ids = index.by_ready_user.range((user, CallId(0))..=(user, CallId(u64::MAX)));
        ids.map(|(_, id)| *id).collect()
    }

    /// The earliest deadline of all calls.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.index.lock().deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Nothing runs, and nothing is remembered of what ran.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        let Index { calls, by_channel, by_session, by_ready_user, deadlines } = &*self.index.lock();
        let nothing_runs = calls.is_empty() && by_channel.is_empty();
        nothing_runs && by_session.is_empty() && by_ready_user.is_empty() && deadlines.is_empty()
    }

    /// Calls whose deadline has come.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Arc<LiveCall>> {
        let index = self.index.lock();
        let ids = index.deadlines.range(..=(now, CallId(u64::MAX)));
        ids.filter_map(|(_, id)| index.calls.get(id)).map(|entry| entry.live.clone()).collect()
    }
}

impl Index {
    fn set(
        &mut self,
        id: CallId,
        sessions: BTreeSet<SessionKey>,
        ready: BTreeSet<UserId>,
        deadline: Option<Timestamp>,
    ) -> Vec<UserId> {
        let Some(entry) = self.calls.get_mut(&id) else { return Vec::new() };
        for session in entry.sessions.difference(&sessions) {
            self.by_session.remove(&(*session, id));
        }
        self.by_session.extend(sessions.iter().map(|session| (*session, id)));
        let moved: Vec<UserId> = entry.ready.symmetric_difference(&ready).copied().collect();
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        self.deadlines.extend(deadline.map(|deadline| (deadline, id)));
        (entry.sessions, entry.deadline) = (sessions, deadline);
        entry.ready = ready;
        for user in &moved {
            match entry.ready.contains(user) {
                true => self.by_ready_user.insert((*user, id)),
                false => self.by_ready_user.remove(&(*user, id)),
            };
        }
        moved
    }

    fn remove(&mut self, id: CallId) {
        if let Some(entry) = self.calls.remove(&id) {
            self.by_channel.remove(&entry.live.channel);
        }
    }
}

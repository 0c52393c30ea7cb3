//! Who watches which channel and call topics.
//!
//! ```text
//!   Topic ─▶ shard ─▶ [ (session, subscription), … ]
//! ```
//!
//! User topics are not here: their only watchers are the sessions of that user, which [`crate::sessions`] knows.
//! Sharded, so that sessions which come and go do not stop a fan-out of another topic. Locks: a shard's lock may be held
//! while a session's is taken, never the other way round.
use crate::{outgoing::Subscription, session::Session};
use model::{ChannelId, UserId};
use parking_lot::RwLock;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};
use wire::destination::{ChannelTopic, Topic};

const SHARDS: usize = 16;

/// One subscription of one session.
pub(crate) type Watcher = (Arc<Session>, Arc<Subscription>);

/// All channel and call topics that anybody watches.
pub(crate) struct Hub {
    shards: [RwLock<HashMap<Topic, Vec<Watcher>>>; SHARDS],
    hasher: RandomState,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| RwLock::default()), hasher: RandomState::new() }
    }

    /// Adds a watcher. User topics are ignored.
    pub(crate) fn add(&self, session: Arc<Session>, subscription: Arc<Subscription>) {
        let topic = subscription.topic;
        if !matches!(topic, Topic::User(..)) {
            self.shard(topic).write().entry(topic).or_default().push((session, subscription));
        }
    }

    /// Removes a watcher; an unknown one is ignored.
    pub(crate) fn remove(&self, subscription: &Arc<Subscription>) {
        let topic = subscription.topic;
        if !matches!(topic, Topic::User(..)) {
            self.take(topic, |(_, other)| Arc::ptr_eq(other, subscription));
        }
    }

    /// Removes every watcher of the channel's topics that belongs to the user.
    pub(crate) fn remove_user(&self, channel: ChannelId, user: UserId) -> Vec<Watcher> {
        let topics = ChannelTopic::ALL.iter().map(|key| Topic::Channel(channel, *key));
        topics.flat_map(|topic| self.take(topic, |(session, _)| session.user() == user)).collect()
    }

    /// Calls `visit` for every watcher, in the order in which they came. Nothing is added or removed meanwhile.
    pub(crate) fn for_each(&self, topic: Topic, mut visit: impl FnMut(&Arc<Session>, &Arc<Subscription>)) {
        let shard = self.shard(topic).read();
        for (session, subscription) in shard.get(&topic).into_iter().flatten() {
            visit(session, subscription);
        }
    }

    /// Does anybody watch it?
    pub(crate) fn is_watched(&self, topic: Topic) -> bool {
        self.shard(topic).read().contains_key(&topic)
    }

    /// Does anybody watch any topic here?
    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.read().is_empty())
    }

    fn take(&self, topic: Topic, goes: impl Fn(&Watcher) -> bool) -> Vec<Watcher> {
        let mut shard = self.shard(topic).write();
        let Some(watchers) = shard.get_mut(&topic) else { return Vec::new() };
        let taken = watchers.extract_if(.., |watcher| goes(watcher)).collect();
        if watchers.is_empty() {
            shard.remove(&topic);
        }
        taken
    }

    fn shard(&self, topic: Topic) -> &RwLock<HashMap<Topic, Vec<Watcher>>> {
        let hash = self.hasher.hash_one(topic);
        // The remainder is below SHARDS.
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests;

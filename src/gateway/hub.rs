//! Who watches which channel, thread and call topics.
//!
//! ```text
//!   Topic ─▶ shard ─▶ [ (session, subscription), … ]
//! ```
//!
//! User topics are not here: their only watchers are the sessions of that user, which [`crate::sessions`] knows.
//! Sharded, so that sessions which come and go do not stop a fan-out of another topic. Locks: a shard's lock may be held
//! while a session's is taken, never the other way round.
use crate::{outgoing::Subscription, session::Session};
use model::{ChannelId, ThreadId, UserId};
use parking_lot::{Mutex, RwLock};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};
use wire::destination::{ChannelTopic, ThreadTopic, Topic};

const SHARDS: usize = 16;

/// One subscription of one session.
pub(crate) type Watcher = (Arc<Session>, Arc<Subscription>);

/// All channel and call topics that anybody watches.
pub(crate) struct Hub {
    shards: [RwLock<HashMap<Topic, Vec<Watcher>>>; SHARDS],
    hasher: RandomState,
    /// The channels of threads that somebody watches, or wants to.
    homes: Mutex<HashMap<ThreadId, ChannelId>>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
            hasher: RandomState::new(),
            homes: Mutex::default(),
        }
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

    /// The thread belongs to the channel: whoever may not watch the one may not watch the other.
    pub(crate) fn set_home(&self, thread: ThreadId, channel: ChannelId) {
        self.homes.lock().insert(thread, channel);
    }

    /// Removes every watcher of the channel's topics, and of its threads', that belongs to the user.
    pub(crate) fn remove_user(&self, channel: ChannelId, user: UserId) -> Vec<Watcher> {
        let topics = self.topics_of(channel).into_iter();
        topics.flat_map(|topic| self.take(topic, |(session, _)| session.user() == user)).collect()
    }

    /// Removes every watcher of the channel's topics, and of its threads'.
    pub(crate) fn remove_channel(&self, channel: ChannelId) -> Vec<Watcher> {
        self.topics_of(channel).into_iter().flat_map(|topic| self.take(topic, |_| true)).collect()
    }

    fn topics_of(&self, channel: ChannelId) -> Vec<Topic> {
        let homes = self.homes.lock();
        let threads = homes.iter().filter(|(_, home)| **home == channel).map(|(thread, _)| *thread);
        let of_threads =
            threads.flat_map(|thread| ThreadTopic::ALL.iter().map(move |key| Topic::Thread(thread, *key)));
        ChannelTopic::ALL.iter().map(|key| Topic::Channel(channel, *key)).chain(of_threads).collect()
    }

    /// Calls `visit` for every watcher, in the order in which they came. Nothing is added or removed meanwhile.
    pub(crate) fn for_each(&self, topic: Topic, mut visit: impl FnMut(&Arc<Session>, &Arc<Subscription>)) {
        let shard = self.shard(topic).read();
        for (session, subscription) in shard.get(&topic).into_iter().flatten() {
            visit(session, subscription);
        }
    }

    /// How many watch it?
    pub(crate) fn watchers(&self, topic: Topic) -> usize {
        self.shard(topic).read().get(&topic).map_or(0, Vec::len)
    }

    /// Does anybody watch any topic here?
    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.read().is_empty())
    }

    fn take(&self, topic: Topic, goes: impl Fn(&Watcher) -> bool) -> Vec<Watcher> {
        let mut shard = self.shard(topic).write();
        let Some(watchers) = shard.get_mut(&topic) else { return Vec::new() };
        let taken = watchers.extract_if(.., |watcher| goes(watcher)).collect();
        let is_over = watchers.is_empty();
        if is_over {
            shard.remove(&topic);
        }
        drop(shard);
        if let (true, Topic::Thread(thread, _)) = (is_over, topic) {
            self.forget_home(thread);
        }
        taken
    }

    /// Unless another topic of the thread is watched.
    fn forget_home(&self, thread: ThreadId) {
        let mut homes = self.homes.lock();
        if ThreadTopic::ALL.iter().all(|key| self.watchers(Topic::Thread(thread, *key)) == 0) {
            homes.remove(&thread);
        }
    }

    fn shard(&self, topic: Topic) -> &RwLock<HashMap<Topic, Vec<Watcher>>> {
        let hash = self.hasher.hash_one(topic);
        // The remainder is below SHARDS.
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests;

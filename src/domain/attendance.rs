//! Attendance: who is looking at which channel. True right now, never stored.
//!
//! A chat session begins with a subscription of the channel's `self` topic and ends with it; a session may have several of
//! one channel. A user is present while they have at least one; only the first and the last are announced, to the others.
//! Whoever is present gets no plain notifications of the channel.
//!
//! Invariant: announcements come in the order of the changes; both happen under `order`.
use crate::{Actor, channels::Departures, chat::Shared, permission, ports::Result, typing::TypingService};
use async_trait::async_trait;
use model::{
    AppId, ChannelId, SessionKey, UserId,
    event::Notice,
    user::{User, UserView},
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

/// Who is looking at which channel of this node.
pub struct Attendance {
    shared: Arc<Shared>,
    /// Whoever leaves no longer types.
    typing: Arc<TypingService>,
    /// Held over a change and its announcement; `rooms` only over the change, so that receivers may look.
    order: Mutex<()>,
    rooms: Mutex<Rooms>,
}

#[derive(Default)]
struct Rooms {
    /// Nobody stands for an empty room or a user without sessions.
    present: BTreeMap<ChannelId, BTreeMap<UserId, Present>>,
}

struct Present {
    user: User,
    /// Chat sessions of each session, at least one.
    sessions: BTreeMap<SessionKey, u32>,
}

impl Attendance {
    pub(crate) fn new(shared: Arc<Shared>, typing: Arc<TypingService>) -> Self {
        Self { shared, typing, order: Mutex::new(()), rooms: Mutex::default() }
    }

    /// A chat session begins: one for each live subscription of the channel's `self` topic. Members only. The first one
    /// of a user is announced.
    pub async fn enter(&self, actor: Actor, channel: ChannelId) -> Result<()> {
        let (_, standing) = self.shared.standing(actor, channel).await?;
        permission::may_take_part(standing)?;
        let view = self.shared.actor(actor).await?;
        self.come(channel, actor, view);
        // Whoever was removed while entering must not stay.
        if self.shared.store.member(channel, actor.user).await?.is_none() {
            self.change(|rooms| rooms.remove(channel, actor.user).into_iter().collect());
        }
        Ok(())
    }

    fn come(&self, channel: ChannelId, actor: Actor, user: UserView) {
        let _in_order = self.order.lock();
        if self.rooms.lock().enter(channel, &user.user, actor.session) {
            self.shared.bus.announce(Notice::ParticipantChanged { channel, user, active: true });
        }
    }

    /// One chat session ends; what the session typed there ends with it. The last one of a user is announced.
    pub fn leave(&self, actor: Actor, channel: ChannelId) {
        self.typing.chat_session_ended(actor, channel);
        self.change(|rooms| rooms.leave(channel, actor.user, actor.session).into_iter().collect());
    }

    /// The session ended, or has been away for too long: so have all of its chat sessions.
    pub fn session_ended(&self, actor: Actor) {
        self.change(|rooms| {
            let channels: Vec<ChannelId> = rooms.of_user(actor.user);
            let ended = |channel| rooms.end_session(channel, actor.user, actor.session);
            channels.into_iter().filter_map(ended).collect()
        });
    }

    /// Is the user looking at the channel?
    pub fn is_present(&self, channel: ChannelId, user: UserId) -> bool {
        self.rooms.lock().present.get(&channel).is_some_and(|room| room.contains_key(&user))
    }

    /// Everybody who is looking at the channel.
    pub fn present(&self, channel: ChannelId) -> Vec<UserId> {
        self.rooms.lock().present.get(&channel).map(|room| room.keys().copied().collect()).unwrap_or_default()
    }

    /// Channels that somebody is looking at.
    pub fn channels_with_anybody(&self) -> Vec<ChannelId> {
        self.rooms.lock().present.keys().copied().collect()
    }

    fn change(&self, change: impl FnOnce(&mut Rooms) -> Vec<(ChannelId, User)>) {
        let _in_order = self.order.lock();
        let gone = change(&mut self.rooms.lock());
        for (channel, user) in gone {
            let user = self.shared.views.user(user);
            self.shared.bus.announce(Notice::ParticipantChanged { channel, user, active: false });
        }
    }
}

#[async_trait]
impl Departures for Attendance {
    async fn member_left(&self, _: AppId, channel: ChannelId, user: UserId) {
        self.change(|rooms| rooms.remove(channel, user).into_iter().collect());
    }
}

impl Rooms {
    /// Is it the user's first?
    fn enter(&mut self, channel: ChannelId, user: &User, session: SessionKey) -> bool {
        let room = self.present.entry(channel).or_default();
        let is_first = !room.contains_key(&user.id);
        let present =
            room.entry(user.id).or_insert_with(|| Present { user: user.clone(), sessions: BTreeMap::new() });
        *present.sessions.entry(session).or_default() += 1;
        is_first
    }

    /// The user, if it was the last.
    fn leave(&mut self, channel: ChannelId, user: UserId, session: SessionKey) -> Option<(ChannelId, User)> {
        let present = self.present.get_mut(&channel)?.get_mut(&user)?;
        if let Entry::Occupied(mut count) = present.sessions.entry(session) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        self.remove_if_gone(channel, user)
    }

    fn end_session(
        &mut self,
        channel: ChannelId,
        user: UserId,
        session: SessionKey,
    ) -> Option<(ChannelId, User)> {
        self.present.get_mut(&channel)?.get_mut(&user)?.sessions.remove(&session)?;
        self.remove_if_gone(channel, user)
    }

    fn remove_if_gone(&mut self, channel: ChannelId, user: UserId) -> Option<(ChannelId, User)> {
        let is_gone = self.present.get(&channel)?.get(&user)?.sessions.is_empty();
        if is_gone { self.remove(channel, user) } else { None }
    }

    fn remove(&mut self, channel: ChannelId, user: UserId) -> Option<(ChannelId, User)> {
        let room = self.present.get_mut(&channel)?;
        let present = room.remove(&user)?;
        if room.is_empty() {
            self.present.remove(&channel);
        }
        Some((channel, present.user))
    }

    fn of_user(&self, user: UserId) -> Vec<ChannelId> {
        self.present
            .iter()
            .filter(|(_, room)| room.contains_key(&user))
            .map(|(channel, _)| *channel)
            .collect()
    }
}

#[cfg(test)]
mod tests;

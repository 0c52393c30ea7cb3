//! Typing: who is writing something, letter by letter.
//!
//! - `machine` knows who types where, and until when. Pure.
//! - Here: who may type, and who is told.
mod machine;

use crate::{Actor, Ctx, Error, channels::Departures, chat::Shared, permission, ports::Result};
use async_trait::async_trait;
use machine::Machine;
use model::{
    AppId, ChannelId, ThreadId, Timestamp, UserId,
    event::{Notice, Typing, TypingPlace},
    limits,
    thread::ThreadKind,
    user::User,
};
use parking_lot::Mutex;
use std::sync::Arc;

/// Where somebody types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypingIn {
    /// The main thread of a channel.
    Channel(ChannelId),
    /// A thread.
    Thread(ThreadId),
}

/// Who types, in all applications.
pub struct TypingService {
    shared: Arc<Shared>,
    /// Held over a change and its announcement, so that both come in one order. Receivers do not ask back.
    machine: Mutex<Machine<Audience>>,
}

/// Whom to tell that somebody no longer types.
#[derive(Clone)]
struct Audience {
    user: User,
    users: Vec<UserId>,
}

impl TypingService {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, machine: Mutex::default() }
    }

    /// The actor has written so far: `Notice::Keystrokes`, before it `Notice::TypingStarted` when they did not type there.
    /// Empty `keys` end it. What belongs to a message that was just sent is ignored.
    pub async fn keystrokes(&self, ctx: &mut Ctx, to: TypingIn, keys: String) -> Result<()> {
        if keys.len() > limits::MAX_KEYSTROKES_BYTES {
            let problem = format!("at most {} bytes", limits::MAX_KEYSTROKES_BYTES);
            return Err(Error::invalid("keys", problem));
        }
        let actor = ctx.actor;
        let place = self.place(actor, to).await?;
        let view = self.shared.actor(actor).await?;
        let known = self.machine.lock().is_typing(place, actor.user);
        let audience =
            if known || keys.is_empty() { Vec::new() } else { self.audience(actor, place).await? };
        ctx.committed();
        let mut machine = self.machine.lock();
        let now = self.shared.clock.now();
        if machine.belongs_to_message(place, actor.user, now) {
            return Ok(());
        }
        if keys.is_empty() {
            if let Some(audience) = machine.stop(place, actor.user) {
                self.stopped(place, audience);
            }
            return Ok(());
        }
        let seat = Audience { user: view.user.clone(), users: audience.clone() };
        if machine.type_on(place, actor.user, actor.session, now, seat) {
            let typing = Typing { place, user: view.clone(), audience };
            self.shared.bus.announce(Notice::TypingStarted(typing));
        }
        self.shared.bus.announce(Notice::Keystrokes { place, user: view, keys });
        Ok(())
    }

    /// Whoever has sent a message there no longer types it.
    pub(crate) fn message_sent(&self, place: TypingPlace, user: UserId) {
        let mut machine = self.machine.lock();
        if let Some(audience) = machine.message_sent(place, user, self.shared.clock.now()) {
            self.stopped(place, audience);
        }
    }

    /// The session's chat session in a channel ended: it no longer types there.
    pub(crate) fn chat_session_ended(&self, actor: Actor, channel: ChannelId) {
        let mut machine = self.machine.lock();
        for (place, audience) in machine.stop_session(actor.session, Some(channel)) {
            self.stopped(place, audience);
        }
    }

    /// The session ended: it no longer types anywhere.
    pub(crate) fn session_ended(&self, actor: Actor) {
        let mut machine = self.machine.lock();
        for (place, audience) in machine.stop_session(actor.session, None) {
            self.stopped(place, audience);
        }
    }

    /// When somebody will have been silent for too long.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.machine.lock().next_deadline()
    }

    /// Whoever has been silent for too long no longer types.
    pub fn handle_timeout(&self, now: Timestamp) {
        let mut machine = self.machine.lock();
        for (place, audience) in machine.handle_timeout(now) {
            self.stopped(place, audience);
        }
    }

    fn stopped(&self, place: TypingPlace, Audience { user, users }: Audience) {
        let typing = Typing { place, user: self.shared.views.user(user), audience: users };
        self.shared.bus.announce(Notice::TypingStopped(typing));
    }

    async fn place(&self, actor: Actor, to: TypingIn) -> Result<TypingPlace> {
        let (channel, thread, main) = match to {
            TypingIn::Channel(channel) => {
                let (_, standing) = self.shared.standing(actor, channel).await?;
                permission::may_take_part(standing)?;
                (channel, self.shared.store.main_thread(channel).await?, true)
            }
            TypingIn::Thread(thread) => {
                let (thread, standing) = self.shared.thread(actor, thread).await?;
                permission::may_take_part(standing)?;
                (thread.channel, Some(thread.id), thread.kind == ThreadKind::Main)
            }
        };
        let thread = thread.ok_or(Error::NotFound { what: "thread" })?;
        Ok(TypingPlace { channel, thread, main })
    }

    /// All other members; nobody in large channels, where those in the chat are told only.
    async fn audience(&self, actor: Actor, place: TypingPlace) -> Result<Vec<UserId>> {
        let members = self.shared.small_channel_members(place.channel).await?.unwrap_or_default();
        Ok(members.into_iter().filter(|user| *user != actor.user).collect())
    }
}

#[async_trait]
impl Departures for TypingService {
    async fn member_left(&self, _: AppId, channel: ChannelId, user: UserId) {
        let mut machine = self.machine.lock();
        for (place, audience) in machine.stop_user(channel, user) {
            self.stopped(place, audience);
        }
    }
}

#[cfg(test)]
mod tests;

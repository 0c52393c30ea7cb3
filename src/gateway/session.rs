//! A user's session: it outlives its socket.
//!
//! ```text
//!   attach ─▶ Attached(queue) ─ socket lost ─▶ Away ─ resumed ─▶ Attached(other queue)
//!                   │                           ├─ grace over ─▶ offline for others, still resumable
//!                   └─ DISCONNECT ─▶ Ended ◀────┴─ resume time over
//!
//!   session/watching    subscriptions: open, confirm, remove
//!   session/delivery    events, results, receipts, failures
//! ```
//!
//! Invariants
//! - Frames of one session are handled one after the other: whoever handles one holds `turn`.
//! - `state` is locked for moments only, never across an await or a call of a service.
//! - A subscription is `Live` only if the client confirmed it on the socket that is attached now.
mod delivery;
#[cfg(test)]
pub(crate) mod tests;
mod watching;

pub(crate) use watching::{Removed, TooMany};

use crate::{
    close::CloseReason,
    metrics::GatewayMetrics,
    outgoing::{ErrorsQueue, Failure, Item, Subscription, Urgency},
    receipts::Receipts,
    replay::Replay,
    send_queue::SendQueue,
    token::Token,
};
use domain::Actor;
use model::{AppId, SessionKey, Timestamp, UserId, limits, user::User};
use parking_lot::Mutex;
use std::{collections::VecDeque, mem, sync::Arc, time::Duration};
use watching::{Opening, Phase, Watched};
use wire::destination::Dialect;

/// Who a session belongs to and what its client is: fixed at CONNECT.
pub(crate) struct Identity {
    /// Unique on this node.
    pub(crate) key: SessionKey,
    /// The user, as stored when the session began.
    pub(crate) user: User,
    /// One of our own clients.
    pub(crate) is_ours: bool,
    /// Connected the way only the oldest clients do.
    pub(crate) is_legacy: bool,
}

/// One logical session.
pub(crate) struct Session {
    key: SessionKey,
    app: AppId,
    user: UserId,
    username: Box<str>,
    is_ours: bool,
    metrics: Arc<GatewayMetrics>,
    /// Held while a frame of this session is handled, and while the session is attached or ended.
    pub(crate) turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

/// What changes.
struct State {
    link: Link,
    presence: Presence,
    /// As last heard of.
    stored: User,
    /// The user is gone: the session cannot be continued.
    is_evicted: bool,
    token: Token,
    dialect: Option<Dialect>,
    is_legacy: bool,
    /// The errors queue, as it is watched on this socket.
    errors: Option<Arc<ErrorsQueue>>,
    held_failures: VecDeque<Failure>,
    watched: Vec<Watched>,
    opening: Option<Opening>,
    last_number: u64,
    replay: Replay,
    /// Bytes that came back unwritten with the last socket: they are not counted against the replay's limit.
    returned_bytes: usize,
    receipts: Receipts,
}

enum Link {
    /// The client may be spoken to.
    Attached { queue: Arc<SendQueue>, since: Timestamp },
    /// The client has lost its socket, and may come back.
    Away { since: Timestamp },
    /// Over for good.
    Ended,
}

/// What others know of the session.
enum Presence {
    /// Nothing yet; the user is announced after the first request (protocol 3.1).
    Unknown(Box<User>),
    /// The user is here.
    Online,
    /// Away for longer than the grace.
    Offline,
}

/// The session cannot be continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unresumable {
    /// It has ended.
    Ended,
    /// Events were lost: continuing would hide that.
    Lossy,
}

/// What time has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing, and nothing is waited for.
    Settled,
    /// Nothing yet.
    Later,
    /// Others are to see the user go.
    GoOffline,
    /// It can no longer be resumed.
    End,
    /// Subscriptions that the client did not confirm after it resumed are gone.
    DropUnconfirmed,
}

impl Session {
    /// Not attached to a socket yet.
    pub(crate) fn new(
        identity: Identity,
        token: Token,
        metrics: Arc<GatewayMetrics>,
        now: Timestamp,
    ) -> Self {
        let Identity { key, user, is_ours, is_legacy } = identity;
        let state = State {
            link: Link::Away { since: now },
            token,
            dialect: None,
            is_legacy,
            errors: None,
            held_failures: VecDeque::new(),
            watched: Vec::new(),
            opening: None,
            last_number: 0,
            replay: Replay::new(limits::MAX_REPLAY_BYTES),
            returned_bytes: 0,
            receipts: Receipts::default(),
            stored: user.clone(),
            is_evicted: false,
            presence: Presence::Unknown(Box::new(user.clone())),
        };
        Self {
            key,
            app: user.app,
            user: user.id,
            username: user.name.into(),
            is_ours,
            metrics,
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn key(&self) -> SessionKey {
        self.key
    }

    pub(crate) fn app(&self) -> AppId {
        self.app
    }

    pub(crate) fn user(&self) -> UserId {
        self.user
    }

    pub(crate) fn username(&self) -> &str {
        &self.username
    }

    /// One of our own clients?
    pub(crate) fn is_ours(&self) -> bool {
        self.is_ours
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor { app: self.app, user: self.user, session: self.key }
    }

    /// The user, as last heard of.
    pub(crate) fn stored_user(&self) -> User {
        self.state.lock().stored.clone()
    }

    /// The user's profile has changed.
    pub(crate) fn set_stored_user(&self, user: &User) {
        self.state.lock().stored = user.clone();
    }

    /// Closes the socket for good, after `last` and what still waits; the session cannot be resumed.
    pub(crate) fn evict(&self, last: String) {
        let mut state = self.state.lock();
        state.is_evicted = true;
        if let Link::Attached { queue, .. } = &state.link {
            // A full or closed queue ends its connection by itself.
            drop(queue.push(Item::Frame(last)));
            queue.close(CloseReason::Refused);
        }
    }

    pub(crate) fn token(&self) -> Token {
        self.state.lock().token
    }

    /// From now on another token resumes it.
    pub(crate) fn set_token(&self, token: Token) {
        self.state.lock().token = token;
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.state.lock().dialect.unwrap_or_default()
    }

    /// The first bootstrap destination says which family the client belongs to.
    pub(crate) fn learn_dialect(&self, dialect: Dialect) {
        let mut state = self.state.lock();
        state.dialect.get_or_insert(dialect);
        state.is_legacy |= dialect == Dialect::Legacy;
    }

    /// Continues on `queue`, which gets `first` before anything else. A socket that was attached is closed. Nothing is
    /// delivered on a subscription before the client confirms it. The caller holds `turn`.
    pub(crate) fn attach(
        &self,
        queue: &Arc<SendQueue>,
        first: Option<String>,
        now: Timestamp,
    ) -> Result<(), Unresumable> {
        let mut state = self.state.lock();
        if matches!(state.link, Link::Ended) || state.is_evicted {
            return Err(Unresumable::Ended);
        }
        if !state.replay.is_lossless() {
            return Err(Unresumable::Lossy);
        }
        state.unlink(now);
        if let Some(first) = first {
            // A full or closed queue ends its connection by itself.
            drop(queue.push(Item::Frame(first)));
        }
        state.link = Link::Attached { queue: queue.clone(), since: now };
        Ok(())
    }

    /// Is it on the socket with this queue?
    pub(crate) fn is_attached_to(&self, queue: &Arc<SendQueue>) -> bool {
        self.state.lock().is_on(queue)
    }

    /// Takes the place of `fresh`, which is over without anybody noticing. Both are on the same socket, for a moment.
    pub(crate) fn inherit(&self, fresh: &Session) {
        let (dialect, is_legacy) = {
            let mut state = fresh.state.lock();
            state.link = Link::Ended;
            (state.dialect, state.is_legacy)
        };
        let mut state = self.state.lock();
        state.dialect = state.dialect.or(dialect);
        state.is_legacy |= is_legacy;
    }

    /// The socket behind `queue` is gone. `false`: the session had moved on before.
    pub(crate) fn detach(&self, queue: &Arc<SendQueue>, now: Timestamp) -> bool {
        let mut state = self.state.lock();
        let is_current = state.is_on(queue);
        if is_current {
            state.unlink(now);
        }
        is_current
    }

    /// Ends it: returns everything it watched, or `None` if it had ended before. The caller holds `turn`.
    pub(crate) fn end(&self) -> Option<Vec<Removed>> {
        let mut state = self.state.lock();
        match mem::replace(&mut state.link, Link::Ended) {
            Link::Ended => return None,
            Link::Attached { queue, .. } => queue.close(CloseReason::Done),
            Link::Away { .. } => {}
        }
        state.opening = None;
        state.replay = Replay::new(0);
        state.receipts = Receipts::default();
        Some(mem::take(&mut state.watched).into_iter().map(Removed::from).collect())
    }

    /// The user, if others are to be told now that the session is here. The caller holds `turn`.
    pub(crate) fn take_announcement(&self) -> Option<Box<User>> {
        let mut state = self.state.lock();
        if !matches!(state.link, Link::Attached { .. }) {
            return None;
        }
        match mem::replace(&mut state.presence, Presence::Online) {
            Presence::Unknown(user) => Some(user),
            Presence::Online | Presence::Offline => None,
        }
    }

    /// Marks it online again. `true`: others had seen the user go.
    pub(crate) fn mark_online(&self) -> bool {
        let mut state = self.state.lock();
        let was_offline = matches!(state.presence, Presence::Offline);
        if was_offline {
            state.presence = Presence::Online;
        }
        was_offline
    }

    /// Marks it offline. `false`: others knew, or never knew of it.
    pub(crate) fn mark_offline(&self) -> bool {
        let mut state = self.state.lock();
        let was_online = matches!(state.presence, Presence::Online);
        if was_online {
            state.presence = Presence::Offline;
        }
        was_online
    }

    /// What is to be done with it at `now`.
    pub(crate) fn due(&self, now: Timestamp, grace: Duration, resume: Duration) -> Due {
        let state = self.state.lock();
        match &state.link {
            Link::Ended => Due::Settled,
            // A session that never asked for anything has nothing to come back to.
            Link::Away { .. } if state.is_evicted || matches!(state.presence, Presence::Unknown(_)) => {
                Due::End
            }
            Link::Away { since } if now.saturating_since(*since) >= resume => Due::End,
            Link::Away { since } => {
                let is_known_away = matches!(state.presence, Presence::Offline);
                let is_late = now.saturating_since(*since) >= grace;
                if is_late && !is_known_away { Due::GoOffline } else { Due::Later }
            }
            Link::Attached { .. } if !state.awaits_confirmation() => Due::Settled,
            Link::Attached { since, .. } if now.saturating_since(*since) >= grace => Due::DropUnconfirmed,
            Link::Attached { .. } => Due::Later,
        }
    }

    /// Without a socket, and not over.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self.state.lock().link, Link::Away { .. })
    }

    /// Does the client send but no longer handle what it gets (protocol 8.6)?
    pub(crate) fn is_deaf(&self, now: Timestamp) -> bool {
        let state = self.state.lock();
        state.dialect != Some(Dialect::Core2) && state.replay.is_deaf(now)
    }
}

impl State {
    /// Takes the session off its socket, if it has one.
    fn unlink(&mut self, now: Timestamp) {
        let Link::Attached { queue, .. } = mem::replace(&mut self.link, Link::Away { since: now }) else {
            return;
        };
        queue.close(CloseReason::Replaced);
        self.errors = None;
        for watched in &mut self.watched {
            watched.phase = Phase::Unconfirmed;
        }
        let items = queue.take_all();
        self.returned_bytes = items.iter().map(Item::cost).sum();
        for item in items {
            match item {
                // Answers to relays and receipts are lost with the socket; clients ask again (protocol 1.11).
                Item::Frame(_) => {}
                Item::Failure(failure, ..) => self.hold(failure),
                Item::Event(outgoing) if outgoing.urgency == Urgency::Fleeting => {}
                Item::Event(outgoing) => {
                    self.replay.give_back(outgoing, self.returned_bytes, now);
                }
            }
        }
    }

    fn is_on(&self, queue: &Arc<SendQueue>) -> bool {
        matches!(&self.link, Link::Attached { queue: current, .. } if Arc::ptr_eq(current, queue))
    }

    fn awaits_confirmation(&self) -> bool {
        self.watched.iter().any(|watched| watched.phase == Phase::Unconfirmed)
    }

    fn hold(&mut self, failure: Failure) {
        if self.held_failures.len() >= limits::MAX_HELD_FAILURES {
            self.held_failures.pop_front();
        }
        self.held_failures.push_back(failure);
    }

    fn position(&self, subscription: &Arc<Subscription>) -> Option<usize> {
        self.watched.iter().position(|watched| Arc::ptr_eq(&watched.subscription, subscription))
    }
}

//! What becomes of sessions: lost sockets, time, the end.
//!
//! ```text
//!   socket lost ─ offline_grace ─▶ chats and calls left, offline for others ─ resume ─▶ forgotten
//!   DISCONNECT ─▶ all of that at once
//! ```
use crate::{
    Gateway,
    send_queue::SendQueue,
    session::{Due, Removed, Session},
};
use model::{ChannelId, SessionKey, Timestamp};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use wire::destination::{CallTopic, ChannelTopic, Topic};

/// How often sessions are looked at: the resolution of the grace periods.
const TICK: Duration = Duration::from_millis(250);

/// Sessions without a socket that are kept. Beyond that the youngest are given up: a flood is young.
const MAX_AWAY: usize = 65_536;

impl Gateway {
    pub(crate) async fn tick(&self) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.services.chat.handle_timeout(self.now());
            self.handle_timeout(self.now()).await;
        }
    }

    /// Does to sessions what is due at `now`. [`Gateway::run_timers`] calls it all the time.
    pub async fn handle_timeout(&self, now: Timestamp) {
        let waiting = self.sessions.waiting();
        let youngest_kept = youngest_kept(&waiting, MAX_AWAY);
        for session in waiting {
            // Whoever holds the turn is handling a frame of this session: it is not idle, the next look is soon enough.
            let Ok(turn) = session.turn.try_lock() else { continue };
            if youngest_kept.is_some_and(|youngest| session.key() > youngest) && session.is_away() {
                self.metrics.given_up_total.inc();
                self.end(&session).await;
                continue;
            }
            match session.due(now, self.settings.offline_grace, self.settings.resume) {
                Due::Settled => self.sessions.unwatch(session.key()),
                Due::Later => {}
                Due::GoOffline => self.go_offline(&session).await,
                Due::DropUnconfirmed => self.drop_unconfirmed(&session).await,
                Due::End => self.end(&session).await,
            }
            drop(turn);
        }
    }

    /// The socket behind `queue` is gone.
    pub(crate) fn lose(&self, session: &Arc<Session>, queue: &Arc<SendQueue>) {
        if session.detach(queue, self.now()) {
            self.sessions.watch(session);
        }
    }

    /// Others see the user go; the session can still be resumed. The caller holds the turn.
    async fn go_offline(&self, session: &Arc<Session>) {
        if !session.mark_offline() {
            return;
        }
        session.leave_chats();
        self.services.chat.session_ended(session.actor());
        self.services.calls.session_ended(session.actor()).await;
        self.services.presence.session_ended(session.app(), session.user(), session.key());
    }

    /// The session is over: chat sessions end, calls are left, presence is recomputed. The caller holds the turn.
    pub(crate) async fn end(&self, session: &Arc<Session>) {
        self.sessions.remove(session);
        let Some(watched) = session.end() else { return };
        self.metrics.sessions.dec();
        for removed in &watched {
            self.hub.remove(&removed.subscription);
        }
        self.services.chat.session_ended(session.actor());
        if session.mark_offline() {
            self.services.calls.session_ended(session.actor()).await;
            self.services.presence.session_ended(session.app(), session.user(), session.key());
        }
    }

    /// The client has resumed and does not want these any more: as good as an UNSUBSCRIBE. The caller holds the turn.
    pub(crate) async fn drop_unconfirmed(&self, session: &Arc<Session>) {
        for removed in session.remove_unconfirmed() {
            self.after_removal(session, removed).await;
        }
    }

    /// What follows when a subscription is no more: its chat session ends, its call is left. The caller holds the turn.
    pub(crate) async fn after_removal(&self, session: &Arc<Session>, removed: Removed) {
        self.hub.remove(&removed.subscription);
        let topic = removed.subscription.topic;
        if let (true, Some(channel)) = (removed.in_chat, chat_of(topic)) {
            self.services.chat.attendance.leave(session.actor(), channel);
        }
        if let Topic::Call(call, CallTopic::Own) = topic
            && !session.watches(topic)
        {
            self.services.calls.leave(session.actor(), call).await;
        }
    }
}

/// The channel in whose chat a watcher of this topic is.
pub(crate) fn chat_of(topic: Topic) -> Option<ChannelId> {
    match topic {
        Topic::Channel(channel, ChannelTopic::Own) => Some(channel),
        _ => None,
    }
}

/// The youngest of the oldest `most` sessions without a socket; `None`: all may stay.
fn youngest_kept(waiting: &[Arc<Session>], most: usize) -> Option<SessionKey> {
    if waiting.len() <= most {
        return None;
    }
    let mut away: Vec<_> =
        waiting.iter().filter(|session| session.is_away()).map(|session| session.key()).collect();
    (away.len() > most).then(|| *away.select_nth_unstable(most.saturating_sub(1)).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::session;

    #[test]
    fn so_many_sessions_stay_away_and_beyond_that_the_youngest_go() {
        let mut waiting: Vec<_> = [3, 1, 2].map(|key| session(key, 7)).into();
        assert_eq!(youngest_kept(&waiting, 3), None);
        waiting.insert(1, session(4, 7));
        assert_eq!(youngest_kept(&waiting, 3), Some(SessionKey(3)));
        let queue = Arc::new(SendQueue::new(1000));
        waiting[0].attach(&queue, None, Timestamp(0)).expect("new");
        assert_eq!(youngest_kept(&waiting, 3), None, "one has a socket");
    }
}

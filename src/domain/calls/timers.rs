//! What happens without anybody asking: deadlines, the start of the server, its end.
use super::{
    grace::{Due, RETRY},
    live::{Live, LiveCall},
    machine::Departure,
    service::Service,
};
use crate::ports::{NewEvent, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Timestamp,
    call::{Call, CallState, CallView, EndReason, Outcome, Participant},
    event::{Event, Notice},
};
use std::sync::{Arc, atomic::Ordering};

/// Calls that are worked on at once: their writes share commits of the store.
const AT_ONCE: usize = 64;

impl Service {
    pub(super) async fn handle_timeout(&self, now: Timestamp) {
        let expire = async |call: Arc<LiveCall>| {
            let mut live = call.state.lock().await;
            if live.deadline().is_some_and(|deadline| deadline <= now) {
                self.expire(&call, &mut live, now).await;
                self.registry.update(call.id, &live);
            }
        };
        stream::iter(self.registry.due(now)).for_each_concurrent(AT_ONCE, expire).await;
    }

    /// One step of the machine for all that is due. When the store fails, all of it is tried again.
    async fn expire(&self, call: &LiveCall, live: &mut Live, now: Timestamp) {
        let due = live.grace.due(now);
        let mut next = live.machine.clone();
        next.handle_timeout(now);
        for due in &due {
            match *due {
                Due::MediaLost(session) => next.handle_leave(session, Departure::Unreachable, now),
                Due::Leave(session, why) => next.handle_leave(session, why, now),
                Due::Remove(user) => next.handle_removed(user, now),
                Due::NotReady(_) => {}
            }
        }
        if self.commit(call, live, next, None).await.is_err() {
            live.retry_at = Some(now + RETRY);
            return;
        }
        for due in due {
            live.grace.cancel(due);
            if let Due::NotReady(to) = due
                && !live.machine.is_over()
            {
                let call = self.call_view(live, &live.machine);
                self.bus.announce(Notice::CallOver { call, to });
            }
        }
    }

    /// Calls do not outlive their server: devices have lost their sessions, and media its keys.
    pub(super) async fn recover(&self) -> Result<usize> {
        let open = self.store.open_calls().await?;
        let n_open = open.len();
        let close = async |(call, participants)| self.close(call, participants).await;
        stream::iter(open).map(Ok).try_for_each_concurrent(AT_ONCE, close).await?;
        Ok(n_open)
    }

    async fn close(&self, call: Call, participants: Vec<Participant>) -> Result<()> {
        let now = self.clock.now();
        let call = Call {
            state: CallState::Ended,
            end_time: Some(now.max(call.created_time)),
            end_reason: Some(EndReason::Failed),
            ..call
        };
        let participants: Vec<Participant> =
            participants.into_iter().map(|participant| failed(participant, now)).collect();
        let creator = self.users.view(call.app, call.creator).await?;
        let view = CallView { call: call.clone(), creator, participants: participants.clone() };
        let event = Event::CallEnded { call: view };
        let event = NewEvent { app: call.app, channel: Some(call.channel), time: now, event };
        let turn = self.channels.order().enter(call.channel);
        let write = self.store.save_call(&call, &participants, vec![event]).await?;
        turn.publish(write.events, None).await;
        Ok(())
    }

    /// What cannot be stored now is closed by [`Service::recover`] at the next start.
    pub(super) async fn end_all(&self) {
        self.stopping.store(true, Ordering::Release);
        let end = async |call: Arc<LiveCall>| {
            let mut live = call.state.lock().await;
            let mut next = live.machine.clone();
            next.handle_failure(self.clock.now());
            if self.commit(&call, &mut live, next, None).await.is_err() {
                self.media.end(call.id);
            }
        };
        stream::iter(self.registry.all()).for_each_concurrent(AT_ONCE, end).await;
    }
}

/// Whoever rang or took part was lost with the server.
fn failed(participant: Participant, now: Timestamp) -> Participant {
    match participant.outcome {
        Outcome::Invited | Outcome::Accepted => {
            let earliest = participant.joined_time.unwrap_or(participant.invited_time);
            Participant { outcome: Outcome::Failed, left_time: Some(now.max(earliest)), ..participant }
        }
        Outcome::Declined
        | Outcome::Missed
        | Outcome::Busy
        | Outcome::Cancelled
        | Outcome::Left
        | Outcome::Failed => participant,
    }
}

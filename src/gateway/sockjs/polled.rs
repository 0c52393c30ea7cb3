//! A SockJS session that is carried by plain HTTP requests: the two ends, and what they share.
//!
//! ```text
//!   requests                     PolledSession                     connection's task
//!   xhr, xhr_streaming, … ─▶ Lease ◀── one chunk ◀────────────────── Polled::write
//!   xhr_send ──────────────▶ inlet ──▶ messages ───────────────────▶ Polled::read
//!                            presence ─ receiving, absent, gone ───▶
//! ```
//!
//! To the client, one chunk waits between the ends, and what else waits is in the send queue, which is bounded in bytes.
//! From it, [`ROOM`] bytes may wait: a client that sends first and asks for the answers afterwards is not kept waiting.
//! One request sends at a time, and one receives. When none has for [`ABSENCE`], or one broke
//! off in the middle, the connection is lost like a dead socket, and the StompX session can be resumed.
use crate::socket::{Lost, Received};
use bytes::Bytes;
use model::limits::MAX_SOCKJS_PAYLOAD_BYTES;
use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};
use stomp::sockjs::{self, add_message};
use tokio::{
    select,
    sync::{Mutex, MutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, mpsc, watch},
};

/// How long a session waits for the next request that receives.
pub(crate) const ABSENCE: Duration = Duration::from_secs(5);

/// Bytes of a client's messages that may wait for its connection: any payload fits.
const ROOM: usize = MAX_SOCKJS_PAYLOAD_BYTES + MESSAGE_OVERHEAD;
/// Estimate of what a waiting message costs beside its text.
const MESSAGE_OVERHEAD: usize = 64;

/// Another request is receiving.
const TAKEN: (u16, &str) = (2010, "Another connection still open");
/// A request that received was broken off: what it carried may be lost, so nothing may follow it.
const INTERRUPTED: (u16, &str) = (1002, "Connection interrupted");
/// The session is over.
pub(crate) const GO_AWAY: (u16, &str) = (3000, "Go away!");

/// One frame for the request that receives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Without the line end.
    pub(crate) frame: String,
    /// The response ends with it, and the client is to ask again.
    pub(crate) is_last: bool,
}

/// Who receives.
#[derive(Clone, Copy, Debug)]
enum Presence {
    /// A request does.
    Receiving,
    /// Nobody does, since then.
    Absent(Instant),
    /// A request was broken off.
    Interrupted,
}

/// A message that waits, and the room it takes.
type Waiting = (Bytes, OwnedSemaphorePermit);

/// The requests' end.
pub(crate) struct PolledSession {
    outlet: Arc<Mutex<mpsc::Receiver<Chunk>>>,
    /// Locked by the request that sends, so that messages keep their order.
    inlet: Mutex<mpsc::UnboundedSender<Waiting>>,
    room: Arc<Semaphore>,
    presence: watch::Sender<Presence>,
}

/// The connection's end: a transport.
pub(crate) struct Polled {
    outlet: mpsc::Sender<Chunk>,
    inbox: mpsc::UnboundedReceiver<Waiting>,
    presence: watch::Receiver<Presence>,
    absence: Duration,
    /// A frame of messages that was not handed over yet, or nothing.
    messages: String,
    /// A heart-beat that was not.
    beat: Option<Chunk>,
}

/// Both ends of a new session. `absence`: [`ABSENCE`], but for tests.
pub(crate) fn session(absence: Duration) -> (Arc<PolledSession>, Polled) {
    let (outlet, chunks) = mpsc::channel(1);
    let (inlet, inbox) = mpsc::unbounded_channel();
    let (presence, watched) = watch::channel(Presence::Absent(Instant::now()));
    let session = PolledSession {
        outlet: Arc::new(Mutex::new(chunks)),
        inlet: Mutex::new(inlet),
        room: Arc::new(Semaphore::new(ROOM)),
        presence,
    };
    let polled = Polled { outlet, inbox, presence: watched, absence, messages: String::new(), beat: None };
    (Arc::new(session), polled)
}

/// The session has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended;

impl PolledSession {
    /// Makes the caller the one who receives. The error is the frame that refuses it.
    pub(crate) fn receive(self: &Arc<Self>) -> Result<Lease, String> {
        let close = |(code, reason)| sockjs::close(code, reason);
        let chunks = self.outlet.clone().try_lock_owned().map_err(|_| close(TAKEN))?;
        if matches!(*self.presence.borrow(), Presence::Interrupted) {
            return Err(close(INTERRUPTED));
        }
        self.presence.send_replace(Presence::Receiving);
        Ok(Lease { chunks, session: self.clone(), is_finished: false })
    }

    /// Waits until it is this request's turn to send.
    pub(crate) async fn sender(&self) -> Inlet<'_> {
        Inlet { messages: self.inlet.lock().await, room: &self.room }
    }
}

/// The right to send.
pub(crate) struct Inlet<'a> {
    messages: MutexGuard<'a, mpsc::UnboundedSender<Waiting>>,
    room: &'a Arc<Semaphore>,
}

impl Inlet<'_> {
    /// Hands a message over, once there is room for it.
    pub(crate) async fn send(&self, message: String) -> Result<(), Ended> {
        let weight = (message.len() + MESSAGE_OVERHEAD).min(ROOM);
        let weight = u32::try_from(weight).map_err(|_| Ended)?;
        let place = self.room.clone().acquire_many_owned(weight).await.map_err(|_| Ended)?;
        self.messages.send((message.into(), place)).map_err(|_| Ended)
    }
}

/// The right to receive. Dropping it unfinished interrupts the session.
pub(crate) struct Lease {
    chunks: OwnedMutexGuard<mpsc::Receiver<Chunk>>,
    session: Arc<PolledSession>,
    is_finished: bool,
}

impl Lease {
    /// The next frame; after the last one, the close. May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Chunk {
        let chunk = self.chunks.recv().await;
        chunk.unwrap_or_else(|| Chunk { frame: sockjs::close(GO_AWAY.0, GO_AWAY.1), is_last: true })
    }

    /// The response is complete: another request may receive.
    pub(crate) fn finish(mut self) {
        self.is_finished = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let presence =
            if self.is_finished { Presence::Absent(Instant::now()) } else { Presence::Interrupted };
        self.session.presence.send_replace(presence);
    }
}

impl Polled {
    /// Adds a message to what [`Polled::write`] hands over.
    pub(crate) fn queue_text(&mut self, text: &str) {
        add_message(&mut self.messages, text);
    }

    /// Adds a heart-beat. `asks_for_life`: the client answers it by asking again.
    pub(crate) fn queue_heartbeat(&mut self, asks_for_life: bool) {
        self.beat = Some(Chunk { frame: sockjs::HEARTBEAT.to_owned(), is_last: asks_for_life });
    }

    /// Hands over what is queued. May be dropped and called again.
    pub(crate) async fn write(&mut self) -> Result<(), Lost> {
        while self.beat.is_some() || !self.messages.is_empty() {
            let permit = select! {
                biased;
                lost = abandoned(&mut self.presence, self.absence) => return Err(lost),
                permit = self.outlet.reserve() => permit.map_err(|_| Lost)?,
            };
            let messages = &mut self.messages;
            permit.send(
                self.beat.take().unwrap_or_else(|| Chunk { frame: mem::take(messages), is_last: false }),
            );
        }
        Ok(())
    }

    /// The next thing that comes in. May be dropped and called again.
    pub(crate) async fn read(&mut self) -> Result<Received, Lost> {
        select! {
            biased;
            waiting = self.inbox.recv() => waiting.map(|(message, _)| Received::Message(message)).ok_or(Lost),
            arrived = arrival(&mut self.presence, self.absence) => arrived.map(|()| Received::SignOfLife),
        }
    }
}

/// Waits for a new request that receives.
async fn arrival(presence: &mut watch::Receiver<Presence>, absence: Duration) -> Result<(), Lost> {
    let mut is_news = presence.has_changed().map_err(|_| Lost)?;
    loop {
        let now = *presence.borrow_and_update();
        let gone_at = match now {
            Presence::Receiving if is_news => return Ok(()),
            Presence::Receiving => None,
            Presence::Absent(since) => Some(since + absence),
            Presence::Interrupted => return Err(Lost),
        };
        select! {
            changed = presence.changed() => changed.map_err(|_| Lost)?,
            () = crate::conn::at(gone_at) => return Err(Lost),
        }
        is_news = true;
    }
}

/// Waits until nobody will receive any more.
async fn abandoned(presence: &mut watch::Receiver<Presence>, absence: Duration) -> Lost {
    loop {
        if let Err(lost) = arrival(presence, absence).await {
            return lost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn frame(chunk: &Chunk) -> (&str, bool) {
        (&chunk.frame, chunk.is_last)
    }

    #[tokio::test]
    async fn frames_wait_for_the_request_that_receives_and_keep_their_order() {
        let (session, mut polled) = session(ABSENCE);
        polled.queue_text("a");
        polled.queue_text("b");
        polled.write().await.unwrap();
        polled.queue_text("c");
        assert!(polled.write().now_or_never().is_none(), "one chunk waits, not two");
        let mut lease = session.receive().unwrap();
        assert_eq!(frame(&lease.next().await), (r#"a["a","b"]"#, false));
        polled.write().await.unwrap();
        assert_eq!(frame(&lease.next().await), (r#"a["c"]"#, false));
        assert!(lease.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_heartbeat_goes_before_messages_and_may_end_the_response() {
        let (session, mut polled) = session(ABSENCE);
        let mut lease = session.receive().unwrap();
        for (asks, expected) in [(false, ("h", false)), (true, ("h", true))] {
            polled.queue_heartbeat(asks);
            polled.write().await.unwrap();
            assert_eq!(frame(&lease.next().await), expected);
        }
    }

    #[tokio::test]
    async fn one_request_receives_at_a_time() {
        let (session, _polled) = session(ABSENCE);
        let lease = session.receive().unwrap();
        let refused = session.receive().err();
        assert_eq!(refused.as_deref(), Some(r#"c[2010,"Another connection still open"]"#));
        lease.finish();
        assert!(session.receive().is_ok());
    }

    #[tokio::test]
    async fn every_new_request_that_receives_is_a_sign_of_life() {
        let (session, mut polled) = session(ABSENCE);
        for _ in 0..3 {
            let lease = session.receive().unwrap();
            assert!(matches!(polled.read().await, Ok(Received::SignOfLife)));
            assert!(polled.read().now_or_never().is_none());
            lease.finish();
            assert!(polled.read().now_or_never().is_none(), "its end is none");
        }
    }

    #[tokio::test]
    async fn a_request_that_is_broken_off_loses_the_connection() {
        let (session, mut polled) = session(ABSENCE);
        drop(session.receive().unwrap());
        assert!(polled.read().await.is_err());
        polled.queue_text("a");
        assert!(polled.write().await.is_err(), "nothing may follow what may be lost");
        let refused = session.receive().err();
        assert_eq!(refused.as_deref(), Some(r#"c[1002,"Connection interrupted"]"#));
    }

    #[tokio::test]
    async fn without_a_request_that_receives_the_connection_is_lost() {
        let (session, mut polled) = session(Duration::ZERO);
        assert!(polled.read().await.is_err(), "none ever came");
        session.receive().unwrap().finish();
        assert!(polled.read().await.is_err(), "none came again");
        let _lease = session.receive().unwrap();
        assert!(matches!(polled.read().await, Ok(Received::SignOfLife)), "one is there");
        assert!(polled.read().now_or_never().is_none());
    }

    #[tokio::test]
    async fn messages_wait_for_the_connection_as_far_as_there_is_room_until_it_ends() {
        let (session, mut polled) = session(ABSENCE);
        let inlet = session.sender().await;
        inlet.send("a".repeat(MAX_SOCKJS_PAYLOAD_BYTES)).await.unwrap();
        assert!(inlet.send(String::new()).now_or_never().is_none(), "even an empty one takes room");
        assert!(session.sender().now_or_never().is_none(), "one request sends at a time");
        assert!(matches!(polled.read().await, Ok(Received::Message(bytes)) if bytes.starts_with(b"a")));
        for _ in 0..2 {
            inlet.send("b".repeat(MAX_SOCKJS_PAYLOAD_BYTES / 3)).await.unwrap();
        }
        assert!(matches!(polled.read().await, Ok(Received::Message(bytes)) if bytes.starts_with(b"b")));
        drop(polled);
        assert_eq!(
            inlet.send("c".repeat(MAX_SOCKJS_PAYLOAD_BYTES)).await,
            Err(Ended),
            "its room is free again"
        );
    }

    #[tokio::test]
    async fn what_was_written_before_the_end_is_received_and_then_the_close() {
        let (session, mut polled) = session(ABSENCE);
        polled.queue_text("last");
        polled.write().await.unwrap();
        drop(polled);
        for expected in
            [(r#"a["last"]"#, false), (r#"c[3000,"Go away!"]"#, true), (r#"c[3000,"Go away!"]"#, true)]
        {
            let mut lease = session.receive().unwrap();
            assert_eq!(frame(&lease.next().await), expected);
            lease.finish();
        }
    }
}

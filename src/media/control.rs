//! Commands from the async world to one media thread.
//!
//! Full queue: an offer is refused, and the client hears that the server is busy; a removal is still taken, because
//! nobody would repeat it, up to a bound that only a stuck thread reaches. What is dropped there ends with the consent
//! timeout of its peers.
//!
//! Invariant: an offer is answered, refused, or its reply is dropped. A queue whose thread has ended is closed under the
//! lock: what waited is dropped, and nothing can be put in behind.
use crate::metrics::MediaMetrics;
use model::limits::{MAX_QUEUED_OFFER_BYTES, MAX_QUEUED_OFFERS};
use model::{CallId, SessionKey, call::Source};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;

/// Commands that wait at most, removals included.
const MAX_COMMANDS: usize = 64 * 1024;

/// The answer to an offer, or what is wrong with it.
pub(crate) type Answer = Result<String, sfu::BadMedia>;

/// What a thread is told.
#[derive(Debug)]
pub(crate) enum Command {
    /// Answer an offer.
    Negotiate {
        /// The call.
        call: CallId,
        /// Whose offer.
        session: SessionKey,
        /// SDP.
        offer: String,
        /// What its sections carry.
        sources: Vec<(String, Source)>,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Remove a session.
    Leave {
        /// The call.
        call: CallId,
        /// Who leaves.
        session: SessionKey,
    },
    /// Remove a call.
    End {
        /// The call.
        call: CallId,
    },
}

/// A command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// The queue has no room.
    #[error("too many offers are waiting for a media thread")]
    Full,
    /// The thread has ended.
    #[error("the media thread of this call has ended")]
    Closed,
}

/// What waits.
#[derive(Debug, Default)]
struct Waiting {
    commands: VecDeque<Command>,
    offers: usize,
    offer_bytes: usize,
    is_closed: bool,
}

/// The queue of one thread. The async world locks to put in; the thread locks only when something is there.
pub(crate) struct Control {
    waiting: Mutex<Waiting>,
    has_commands: AtomicBool,
    is_stopping: AtomicBool,
    waker: mio::Waker,
    metrics: MediaMetrics,
}

impl Control {
    /// An empty queue that wakes its thread with `waker`.
    pub(crate) fn new(waker: mio::Waker, metrics: MediaMetrics) -> Self {
        Self {
            waiting: Mutex::new(Waiting::default()),
            has_commands: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            waker,
            metrics,
        }
    }

    /// Queues a command and wakes the thread.
    pub(crate) fn push(&self, command: Command) -> Result<(), Refused> {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return Err(Refused::Closed);
        }
        if !waiting.has_room(&command) {
            self.metrics.overflows_total.with_label_values(&["control"]).inc();
            return Err(Refused::Full);
        }
        waiting.put(command);
        self.has_commands.store(true, Ordering::Release);
        drop(waiting);
        self.wake();
        Ok(())
    }

    /// The oldest command. Without a lock when there is none.
    pub(crate) fn pop(&self) -> Option<Command> {
        if !self.has_commands.load(Ordering::Acquire) {
            return None;
        }
        let mut waiting = self.waiting.lock();
        let command = waiting.take();
        self.has_commands.store(!waiting.commands.is_empty(), Ordering::Release);
        command
    }

    /// Is a command waiting?
    pub(crate) fn has_commands(&self) -> bool {
        self.has_commands.load(Ordering::Acquire)
    }

    /// The thread ends after it has followed what waits.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
        self.wake();
    }

    /// Has the thread been told to end?
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    /// The thread has ended, one way or the other: nothing is taken any more, and what waits is dropped.
    pub(crate) fn close(&self) {
        let dropped = {
            let mut waiting = self.waiting.lock();
            waiting.is_closed = true;
            self.has_commands.store(false, Ordering::Release);
            std::mem::take(&mut waiting.commands)
        };
        drop(dropped);
    }

    /// Does the thread take commands?
    pub(crate) fn is_open(&self) -> bool {
        !self.waiting.lock().is_closed
    }

    /// Fails only when the thread has been woken and has not looked yet.
    fn wake(&self) {
        let _: io::Result<()> = self.waker.wake();
    }
}

impl Waiting {
    fn has_room(&self, command: &Command) -> bool {
        self.commands.len() < MAX_COMMANDS
            && command.offer_bytes().is_none_or(|bytes| {
                self.offers < MAX_QUEUED_OFFERS && self.offer_bytes + bytes <= MAX_QUEUED_OFFER_BYTES
            })
    }

    fn put(&mut self, command: Command) {
        if let Some(bytes) = command.offer_bytes() {
            self.offers += 1;
            self.offer_bytes += bytes;
        }
        self.commands.push_back(command);
    }

    fn take(&mut self) -> Option<Command> {
        let command = self.commands.pop_front()?;
        if let Some(bytes) = command.offer_bytes() {
            self.offers -= 1;
            self.offer_bytes -= bytes;
        }
        Some(command)
    }
}

impl Command {
    /// Size of an offer; `None` for removals.
    fn offer_bytes(&self) -> Option<usize> {
        match self {
            Self::Negotiate { offer, .. } => Some(offer.len()),
            Self::Leave { .. } | Self::End { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use telemetry::metrics::Registry;

    fn control() -> (Control, mio::Poll) {
        let poll = mio::Poll::new().unwrap();
        let waker = mio::Waker::new(poll.registry(), mio::Token(0)).unwrap();
        (Control::new(waker, MediaMetrics::register(&Registry::new()).unwrap()), poll)
    }

    fn offer(bytes: usize) -> (Command, oneshot::Receiver<Answer>) {
        let (call, session) = (CallId(1), SessionKey(1));
        let (reply, answer) = oneshot::channel();
        let command =
            Command::Negotiate { call, session, offer: "x".repeat(bytes), sources: Vec::new(), reply };
        (command, answer)
    }

    #[test]
    fn a_full_queue_refuses_offers_and_still_takes_removals() {
        let (control, _poll) = control();
        for _ in 0..MAX_QUEUED_OFFERS {
            control.push(offer(0).0).unwrap();
        }
        assert_eq!(control.push(offer(0).0), Err(Refused::Full));
        for call in 0..u64::try_from(MAX_COMMANDS - MAX_QUEUED_OFFERS).unwrap() {
            control.push(Command::End { call: CallId(call) }).unwrap();
        }
        assert_eq!(control.push(Command::End { call: CallId(9) }), Err(Refused::Full));
        assert_eq!(control.metrics.overflows_total.with_label_values(&["control"]).get(), 2);
        assert!(matches!(control.pop(), Some(Command::Negotiate { .. })), "in order");
        control.push(offer(0).0).unwrap();
        let left = std::iter::from_fn(|| control.pop()).count();
        assert_eq!(left, MAX_COMMANDS);
        assert!(!control.has_commands());
    }

    #[test]
    fn offers_are_bounded_in_bytes_too() {
        let (control, _poll) = control();
        let half = MAX_QUEUED_OFFER_BYTES / 2;
        control.push(offer(half).0).unwrap();
        assert_eq!(control.push(offer(half + 1).0), Err(Refused::Full));
        control.push(offer(half).0).unwrap();
        assert_eq!(control.push(offer(1).0), Err(Refused::Full));
        control.pop();
        control.push(offer(1).0).unwrap();
    }

    #[test]
    fn a_closed_queue_drops_what_waits_and_takes_nothing() {
        let (control, _poll) = control();
        let (command, mut answer) = offer(5);
        control.push(command).unwrap();
        assert!(control.is_open());
        control.close();
        assert_eq!(answer.try_recv().unwrap_err(), oneshot::error::TryRecvError::Closed);
        assert_eq!(control.push(Command::End { call: CallId(1) }), Err(Refused::Closed));
        assert!(!control.is_open() && control.pop().is_none());
    }

    #[test]
    fn a_command_and_the_end_wake_the_thread() {
        let (control, mut poll) = control();
        let mut events = mio::Events::with_capacity(4);
        for wake in
            [|control: &Control| control.push(offer(0).0).unwrap(), |control: &Control| control.stop()]
        {
            wake(&control);
            poll.poll(&mut events, None).unwrap();
            assert!(!events.is_empty());
        }
        assert!(control.is_stopping() && control.has_commands());
    }
}

//! Commands from the async world to one media thread.
//!
//! Full queue: an offer is refused, and the client hears that the server is busy; a removal is still taken, because
//! nobody would repeat it, up to a bound that only a stuck thread reaches. What is dropped there ends with the consent
//! timeout of its peers.
use crate::metrics::MediaMetrics;
use model::{CallId, SessionKey, call::Source};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;

/// Offers that wait at most. One takes a thread well under a millisecond.
const MAX_OFFERS: usize = 256;
/// Commands that wait at most.
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

/// The queue has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many offers are waiting")]
pub(crate) struct Full;

/// The queue of one thread. The async world locks to put in; the thread locks only when something is there.
pub(crate) struct Control {
    commands: Mutex<VecDeque<Command>>,
    has_commands: AtomicBool,
    is_stopping: AtomicBool,
    waker: mio::Waker,
    metrics: MediaMetrics,
}

impl Control {
    /// An empty queue that wakes its thread with `waker`.
    pub(crate) fn new(waker: mio::Waker, metrics: MediaMetrics) -> Self {
        Self {
            commands: Mutex::new(VecDeque::new()),
            has_commands: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            waker,
            metrics,
        }
    }

    /// Queues a command and wakes the thread.
    pub(crate) fn push(&self, command: Command) -> Result<(), Full> {
        let most = if matches!(command, Command::Negotiate { .. }) { MAX_OFFERS } else { MAX_COMMANDS };
        let mut commands = self.commands.lock();
        if commands.len() >= most {
            self.metrics.overflows_total.with_label_values(&["control"]).inc();
            return Err(Full);
        }
        commands.push_back(command);
        self.has_commands.store(true, Ordering::Release);
        drop(commands);
        self.wake();
        Ok(())
    }

    /// The oldest command. Without a lock when there is none.
    pub(crate) fn pop(&self) -> Option<Command> {
        if !self.has_commands.load(Ordering::Acquire) {
            return None;
        }
        let mut commands = self.commands.lock();
        let command = commands.pop_front();
        self.has_commands.store(!commands.is_empty(), Ordering::Release);
        command
    }

    /// Is a command waiting?
    pub(crate) fn has_commands(&self) -> bool {
        self.has_commands.load(Ordering::Acquire)
    }

    /// The thread ends after its turn.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
        self.wake();
    }

    /// Has the thread been told to end?
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    /// Fails only when the thread has been woken and has not looked yet.
    fn wake(&self) {
        let _: io::Result<()> = self.waker.wake();
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

    fn offer() -> Command {
        let (call, session) = (CallId(1), SessionKey(1));
        Command::Negotiate {
            call,
            session,
            offer: String::new(),
            sources: Vec::new(),
            reply: oneshot::channel().0,
        }
    }

    #[test]
    fn a_full_queue_refuses_offers_and_still_takes_removals() {
        let (control, _poll) = control();
        for _ in 0..MAX_OFFERS {
            control.push(offer()).unwrap();
        }
        assert_eq!(control.push(offer()), Err(Full));
        for call in 0..u64::try_from(MAX_COMMANDS - MAX_OFFERS).unwrap() {
            control.push(Command::End { call: CallId(call) }).unwrap();
        }
        assert_eq!(control.push(Command::End { call: CallId(9) }), Err(Full));
        assert_eq!(control.metrics.overflows_total.with_label_values(&["control"]).get(), 2);
        assert!(matches!(control.pop(), Some(Command::Negotiate { .. })), "in order");
        let left = std::iter::from_fn(|| control.pop()).count();
        assert_eq!(left, MAX_COMMANDS - 1);
        assert!(!control.has_commands());
        control.push(offer()).unwrap();
    }

    #[test]
    fn a_command_and_the_end_wake_the_thread() {
        let (control, mut poll) = control();
        let mut events = mio::Events::with_capacity(4);
        for wake in [|control: &Control| control.push(offer()).unwrap(), |control: &Control| control.stop()] {
            wake(&control);
            poll.poll(&mut events, None).unwrap();
            assert!(!events.is_empty());
        }
        assert!(control.is_stopping() && control.has_commands());
    }
}

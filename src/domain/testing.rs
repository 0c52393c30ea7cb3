//! Test doubles for the ports: what services and the contract suite of `store` are tested with.
//!
//! ```text
//!   service under test ─▶ MemoryStore      keeps everything, can be told to fail
//!                      ─▶ RecordingBus     one log of what was announced, in order
//!                      ─▶ RecordingMedia   one log of what was asked, answers a fixed SDP
//!                      ─▶ FakeClock        moves only when told
//! ```
//!
//! Invariant: [`MemoryStore`] and every real store pass the same suite (`store/tests/contract/`).
mod chat;
mod memory;
mod state;

use crate::{
    Error,
    ports::{Bus, CallMedia, Clock, MediaOffer, Result},
};
use async_trait::async_trait;
use model::{
    CallId, SessionKey, Timestamp,
    event::{Committed, Notice, Origin},
};
use parking_lot::Mutex;
use std::{
    future::{Future, poll_fn},
    mem,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

pub use memory::MemoryStore;

/// Runs a future that has nothing to wait for, as everything over these doubles; `None` when it would wait.
pub fn now_or_never<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Lets others go first, once. Nobody is woken: only [`interleave`] asks again.
pub async fn pause() {
    let mut waited = false;
    poll_fn(|_| match mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

/// Runs futures against each other in an order drawn from `seed`, until all are done. Whoever waits for a lock is asked
/// again and again, so nothing needs to be woken. Panics when nobody gets on: a deadlock.
pub fn interleave<T>(seed: u64, futures: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut running: Vec<_> = futures.into_iter().enumerate().collect();
    let mut done: Vec<(usize, T)> = Vec::new();
    let mut polls_without_progress = 0;
    while !running.is_empty() {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let turn = usize::try_from(random % running.len() as u64).expect("invariant: below a usize");
        let (index, future) = &mut running[turn];
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => {
                done.push((*index, output));
                drop(running.swap_remove(turn));
                polls_without_progress = 0;
            }
            Poll::Pending => polls_without_progress += 1,
        }
        assert!(polls_without_progress < 100_000, "nobody gets on");
    }
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, output)| output).collect()
}

/// A clock that moves only when told.
#[derive(Debug)]
pub struct FakeClock(Mutex<Timestamp>);

impl FakeClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Jumps to `now`, backwards too.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock() = now;
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock();
        *now = *now + by;
    }
}

impl Default for FakeClock {
    /// 2022-06-16T10:00:00.000Z, so that printed times are easy to recognise.
    fn default() -> Self {
        Self::new(Timestamp(1_655_373_600_000))
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

/// One call of [`RecordingBus`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "boxes would only get in the way of the patterns in tests")]
pub enum Announced {
    /// [`Bus::publish`], one entry per committed event.
    Event {
        /// The event and its place.
        committed: Committed,
        /// Whose action caused it.
        origin: Option<Origin>,
    },
    /// [`Bus::announce`].
    Notice(Notice),
}

/// Remembers what was announced, in order.
#[derive(Debug, Default)]
pub struct RecordingBus(Mutex<Vec<Announced>>);

impl RecordingBus {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes everything announced since the last call.
    pub fn take(&self) -> Vec<Announced> {
        mem::take(&mut *self.0.lock())
    }

    /// Everything announced and not taken.
    pub fn log(&self) -> Vec<Announced> {
        self.0.lock().clone()
    }
}

impl Bus for RecordingBus {
    fn publish(&self, committed: &[Committed], origin: Option<&Origin>) {
        self.0.lock().extend(
            committed
                .iter()
                .map(|event| Announced::Event { committed: event.clone(), origin: origin.cloned() }),
        );
    }

    fn announce(&self, notice: Notice) {
        self.0.lock().push(Announced::Notice(notice));
    }
}

/// One call of [`RecordingMedia`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaRequest {
    /// [`CallMedia::negotiate`].
    Negotiate {
        /// The call.
        call: CallId,
        /// The offering session.
        session: SessionKey,
        /// Its offer.
        offer: MediaOffer,
    },
    /// [`CallMedia::leave`].
    Leave {
        /// The call.
        call: CallId,
        /// The leaving session.
        session: SessionKey,
    },
    /// [`CallMedia::end`].
    End {
        /// The call.
        call: CallId,
    },
}

/// Remembers what the rules asked of the media plane, and answers every offer with [`RecordingMedia::ANSWER`].
#[derive(Debug, Default)]
pub struct RecordingMedia {
    requests: Mutex<Vec<MediaRequest>>,
    refusal: Mutex<Option<String>>,
}

impl RecordingMedia {
    /// The answer to every offer.
    pub const ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on offers are recorded and refused as `Invalid` with this problem; `None`: answered again.
    pub fn refuse(&self, problem: Option<&str>) {
        *self.refusal.lock() = problem.map(str::to_owned);
    }

    /// Takes everything asked since the last call.
    pub fn take(&self) -> Vec<MediaRequest> {
        mem::take(&mut *self.requests.lock())
    }
}

#[async_trait]
impl CallMedia for RecordingMedia {
    async fn negotiate(&self, call: CallId, session: SessionKey, offer: MediaOffer) -> Result<String> {
        self.requests.lock().push(MediaRequest::Negotiate { call, session, offer });
        match self.refusal.lock().clone() {
            Some(problem) => Err(Error::invalid("payload", problem)),
            None => Ok(Self::ANSWER.to_owned()),
        }
    }

    fn leave(&self, call: CallId, session: SessionKey) {
        self.requests.lock().push(MediaRequest::Leave { call, session });
    }

    fn end(&self, call: CallId) {
        self.requests.lock().push(MediaRequest::End { call });
    }
}

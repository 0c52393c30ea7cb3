//! The calls of one thread, behind a wall: a panic in the code of one call ends that call, and the thread goes on.
//!
//! ```text
//!   step ─▶ panics? ─▶ Sfu::abandon: the call is dropped, its peers are lost
//!                         └▶ panics, too? ─▶ a new Sfu; all peers of the old one are lost
//! ```
//!
//! Unwind safety: what a call owns is dropped by `abandon`, and the rest of the `Sfu` is made to survive it.
use crate::metrics::MediaMetrics;
use model::{CallId, SessionKey};
use sfu::{Sfu, SfuEvent};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tracing::error;

/// Makes a state machine without calls.
pub(crate) type MakeSfu = Box<dyn Fn() -> Sfu + Send>;

/// The calls of one thread.
pub(crate) struct Contained {
    sfu: Sfu,
    make: MakeSfu,
    /// Peers that went with a whole state machine.
    lost: VecDeque<SfuEvent>,
    metrics: MediaMetrics,
}

impl Contained {
    /// No calls yet.
    pub(crate) fn new(make: MakeSfu, metrics: MediaMetrics) -> Self {
        Self { sfu: make(), make, lost: VecDeque::new(), metrics }
    }

    /// For reading, and for taking out what it has to send.
    pub(crate) fn sfu(&mut self) -> &mut Sfu {
        &mut self.sfu
    }

    /// Runs one step of one call.
    pub(crate) fn step(&mut self, step: impl FnOnce(&mut Sfu)) {
        let sfu = &mut self.sfu;
        if catch_unwind(AssertUnwindSafe(|| step(sfu))).is_err() {
            self.clean_up();
        }
    }

    /// What happened.
    pub(crate) fn poll_event(&mut self) -> Option<SfuEvent> {
        self.lost.pop_front().or_else(|| self.sfu.poll_event())
    }

    /// Everyone in every call. Nobody, if even that panics.
    pub(crate) fn peers(&self) -> Vec<(CallId, SessionKey)> {
        catch_unwind(AssertUnwindSafe(|| self.sfu.peers().collect())).unwrap_or_default()
    }

    fn clean_up(&mut self) {
        self.metrics.panics_total.inc();
        let sfu = &mut self.sfu;
        match catch_unwind(AssertUnwindSafe(|| sfu.abandon())) {
            Ok(Some(call)) => {
                error!(call.id = call.0, "{call} was ended: its media code panicked, please report this");
            }
            Ok(None) => error!("media code panicked before it came to a call, please report this"),
            Err(_) => self.start_afresh(),
        }
    }

    fn start_afresh(&mut self) {
        let peers = self.peers();
        error!(
            peers = peers.len(),
            "all calls of a media thread were ended: cleaning up after a panic panicked"
        );
        self.lost.extend(peers.into_iter().map(|(call, session)| SfuEvent::Lost { call, session }));
        let broken = std::mem::replace(&mut self.sfu, (self.make)());
        // Dropping it runs the code that has just panicked. It is a leak, once per such bug, and no further panic.
        std::mem::forget(broken);
    }
}

#[cfg(test)]
#[path = "contained/tests.rs"]
mod tests;

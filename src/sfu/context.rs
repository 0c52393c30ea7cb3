//! What every step needs besides its own state: the time, the way out, the counters. Borrowed for one call into the
//! [`Sfu`](crate::Sfu).
use crate::stats::long_ntp;
use crate::{Counters, SfuEvent, Transmits};
use std::collections::VecDeque;
use std::time::Instant;

/// One step's surroundings.
pub(crate) struct Context<'a> {
    /// The time, monotonic.
    pub(crate) now: Instant,
    /// The time, NTP, 32.32 fixed point seconds.
    pub(crate) ntp: u64,
    /// Datagrams to send.
    pub(crate) out: &'a mut Transmits,
    /// Totals.
    pub(crate) counters: &'a mut Counters,
    /// What the outside has to know.
    pub(crate) events: &'a mut VecDeque<SfuEvent>,
    /// Unpredictable bytes.
    pub(crate) random: &'a mut Random,
}

/// Fills a buffer with unpredictable bytes.
pub type Random = dyn FnMut(&mut [u8]) + Send;

impl Context<'_> {
    /// The time as header extensions carry it: 6.18 fixed point seconds.
    pub(crate) fn abs_send_time(&self) -> u32 {
        u32::try_from((self.ntp >> 14) & 0xff_ffff).expect("invariant: masked to 24 bits")
    }

    /// An unpredictable number.
    pub(crate) fn random_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        (self.random)(&mut bytes);
        u32::from_be_bytes(bytes)
    }
}

/// What steps borrow as their [`Context`].
pub(crate) struct Around {
    began: Instant,
    ntp_began: u64,
    /// Datagrams to send.
    pub(crate) transmits: Transmits,
    /// What the outside has to know.
    pub(crate) events: VecDeque<SfuEvent>,
    /// Totals.
    pub(crate) counters: Counters,
    /// Unpredictable bytes.
    pub(crate) random: Box<Random>,
}

impl Around {
    /// Nothing happened yet. `ntp_now` is the wall clock at `now`.
    pub(crate) fn new(random: Box<Random>, now: Instant, ntp_now: u64) -> Self {
        Self {
            began: now,
            ntp_began: ntp_now,
            transmits: Transmits::default(),
            events: VecDeque::new(),
            counters: Counters::default(),
            random,
        }
    }

    /// The surroundings of a step at `now`.
    pub(crate) fn context(&mut self, now: Instant) -> Context<'_> {
        Context {
            now,
            ntp: self.ntp_began.wrapping_add(long_ntp(now.duration_since(self.began))),
            out: &mut self.transmits,
            counters: &mut self.counters,
            events: &mut self.events,
            random: &mut *self.random,
        }
    }
}

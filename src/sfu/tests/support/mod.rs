//! Simulated clients for the tests and benchmarks of the crate: real STUN, DTLS and SRTP, spoken by implementations that
//! share nothing with the SFU's own, in virtual time.
#![allow(dead_code, reason = "each test and benchmark uses a part")]

pub(crate) mod client;
pub(crate) mod offer;
pub(crate) mod receiver;
pub(crate) mod secure;
pub(crate) mod sender;
pub(crate) mod world;

use std::time::Instant;

/// Where virtual time begins.
#[allow(clippy::disallowed_methods, reason = "the only clock look-up: everything after it is virtual")]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// A small seeded generator (xorshift64*): the same seed gives the same world.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `sides`.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        (self.roll() >> 11) % sides
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.roll().to_be_bytes()[0];
        }
    }
}

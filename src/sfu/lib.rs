//! The media of calls as a state machine: a selective forwarding unit without sockets, threads or a clock.
//!
//! ```text
//!                 ┌──────────────────────── Sfu ────────────────────────┐
//!   datagram ───▶ │ route ─▶ Peer  ⇄  Call  ⇄  Peer                     │ ───▶ Transmits (datagrams)
//!   offer ──────▶ │          │        │        │                        │ ───▶ answer
//!   time ───────▶ │  Transport:       │        Transport                │ ───▶ SfuEvent
//!                 │  ICE-lite, DTLS,  │                                 │ ───▶ Counters
//!                 │  SRTP      published encodings ──▶ receive sections │ ───▶ deadline
//!                 └─────────────────────────────────────────────────────┘
//! ```
//!
//! One [`Sfu`] holds all calls of one media thread; `media` drives it: `handle_*` puts in, `transmits`, `poll_event`
//! and `poll_timeout` take out. A peer is one client's connection; a call says who publishes and who
//! receives. A packet is opened in place, kept once in the ring of its encoding, and written anew for each receiver.
//!
//! What this crate is not: it knows no users, no channels and no permissions, and it never asks for the time.
//!
//! Invariants
//! - Media is taken only from addresses that STUN has authenticated and from SSRCs that are the peer's own.
//! - No bytes of a client cause a panic, or reach another one without having been authenticated.
//! - Forwarding a packet allocates nothing, and writes no log line.
#![deny(clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::indexing_slicing, reason = "in tests an index out of bounds is a failure"))]

mod abandon;
mod address;
mod assign;
mod bytes;
mod call;
mod codec;
mod context;
mod counters;
mod deadlines;
mod feedback;
mod forward;
pub mod fuzzing;
mod ingest;
mod keyframe;
mod nack;
mod negotiate;
mod peer;
mod publish;
mod receive;
mod report;
mod resend;
mod ring;
mod route;
mod rtcp;
mod rtp;
mod sdp;
mod section;
mod sequence;
mod sfu;
mod slots;
mod stats;
mod transmits;
mod transport;

pub use context::Random;
pub use counters::{Counters, Drops};
pub use negotiate::BadMedia;
pub use sdp::BadSdp;
pub use sfu::{Sfu, SfuConfig, SfuEvent};
pub use transmits::Transmits;
pub use transport::Certificate;

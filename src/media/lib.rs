//! The threads and sockets that drive `sfu`, and the bounded queues between them and the async world.
//!
//! ```text
//!   async world                                        media thread 0..N, each with its own calls
//!   MediaPlane (domain::CallMedia)                     ┌───────────────────────────────────────────┐
//!     negotiate ─┐                                     │  Worker: one turn after the other         │
//!     leave, end ┴▶ Control ── bounded ──▶ waker ────▶ │    commands ─▶ Sfu ─▶ Outgoing ─▶ UDP     │ ◀─▶ clients
//!   MediaEvent ◀─── bounded ◀── Outbox ◀────────────── │    packets  ─▶ Sfu       (GSO runs)       │
//!   /metrics   ◀─── MediaMetrics ◀── Meter ◀────────── │    deadline ─▶ Sfu                        │
//!                                                      └───────────────────────────────────────────┘
//! ```
//!
//! The call's id chooses the thread; the thread's UDP port stands in the SDP answer, so no packet ever changes threads.
//! Thread 0 has the port of `listen`, thread N the N-th port after it.
//!
//! What this crate is not: it knows nothing about SDP, RTP or who is in a call. If the loop needs a rule, it belongs
//! in `sfu`.
//!
//! Invariants
//! - On the way of a packet there is no lock, no await, and no allocation once buffers have their size.
//! - A panic in one call ends that call: it is caught, counted and logged; its peers are reported as lost.
//! - What is full says so: each queue documents what happens then, and counts it in `media_overflows_total`.

mod assembly;
mod candidates;
mod contained;
mod control;
mod events;
mod inbox;
mod meter;
mod metrics;
mod outgoing;
mod plane;
mod runs;
mod settings;
mod socket;
mod worker;

pub use metrics::MediaMetrics;
pub use plane::MediaPlane;
pub use settings::{MediaError, MediaSettings};

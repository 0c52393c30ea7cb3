//! STOMP 1.2 for a server, sans-IO: bytes to frames, frames to requests, and back.
//!
//! ```text
//!   bytes of a WebSocket message ─▶ Decoder ─▶ Frame ─▶ Session::handle_frame ─▶ Incoming { request, receipt }
//!                                      │                   │
//!                                      └──── Violation ◀───┘   ─▶ encode::error, then close
//!
//!   encode::{connected, receipt, error, message, SharedMessage} ─▶ text of one WebSocket message
//!   Heartbeat: when to say `\n`, when a silent peer is gone
//!   Subscriptions: the ids a client chose, and what the caller says they mean
//!   sockjs: the same text inside JSON strings, for clients without WebSocket
//! ```
//!
//! No socket, no clock, no randomness, no dependency. `gateway` drives it, and knows what destinations mean; nothing
//! here does. What clients of the protocol do in practice is in `docs/protocol/realtime.md`, sections 1.5 to 1.10 and 2.
//!
//! Invariants
//! - Any split of the same bytes gives the same frames.
//! - Nothing is stored beyond [`Limits`], whatever a peer sends or announces.
//! - A header that is written can be read back, and never becomes two headers.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod decode;
pub mod encode;
mod frame;
pub mod fuzzing;
mod heartbeat;
mod session;
pub mod sockjs;
mod subscriptions;
mod violation;

pub use decode::{Decoder, Limits};
pub use frame::{Command, Frame, Headers};
pub use heartbeat::{Heartbeat, Output, Rhythm};
pub use session::{AckMode, Incoming, Request, Session};
pub use subscriptions::{Full, Subscription, Subscriptions};
pub use violation::Violation;

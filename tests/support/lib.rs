//! What the integration tests stand on: the real binary in a data folder of its own, and people who call each other.
//!
//! ```text
//!   Server  the process: start, kill -9, restart, stop; HTTP
//!   People  connected StompX clients with a channel between them
//! ```
mod people;
mod server;

pub use people::{connect, direct_channel, private_channel, ready, start_call};
pub use server::{Answer, Server};

//! Events between the parts of one node.
//!
//! ```text
//!   service ─▶ Bus::publish | announce ─▶ LocalBus ─▶ Receiver A ─▶ its own queues
//!                                                 └─▶ Receiver B ─▶ …
//! ```
//!
//! The bus is a hint, the store is the truth: nothing here is kept, and nothing is lost that the store does not have.
//!
//! Invariant: all receivers see all calls in the same order. One lock around the whole fan-out keeps it, which is why
//! a receiver must only queue: it may neither block nor call the bus.
mod local;

pub use local::{LocalBus, Receiver};

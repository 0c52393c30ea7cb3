//! Rules: what is allowed, and what follows from it. The same for the real-time gateway and the REST API.
//!
//! ```text
//!   edge (gateway, rest) ─▶ service ─▶ permission (pure) ─▶ Store: one atomic write + its events
//!                                                      ◀── Committed
//!                           ctx.committed()      the edge queues its RECEIPT here
//!                           Bus::publish         everyone else learns, in commit order
//! ```
//!
//! Services hold no sockets, no SQL, no JSON of clients, and read no clock: time comes from the [`ports::Clock`].
pub mod accounts;
pub mod actor;
pub mod attendance;
pub mod blocks;
pub mod calls;
pub mod channels;
pub mod chat;
pub mod emoji;
pub mod error;
pub mod links;
pub mod mentions;
pub mod messages;
pub mod notifications;
mod order;
mod permission;
pub mod ports;
pub mod presence;
pub mod reactions;
pub mod reads;
mod striped;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
pub mod threads;
pub mod typing;
pub mod users;
mod views;
#[cfg(test)]
mod world;

pub use actor::{Actor, Ctx};
pub use error::Error;

//! Load on a running server from outside, and the client that makes it.
//!
//! ```text
//!   loadtest sessions   many idle sessions: memory per session
//!   loadtest calls      pairs ring, answer, hang up: calls per second, how long ringing takes
//! ```
//!
//! [`client`] is also what the integration tests speak with.
pub mod client;
pub mod report;
pub mod scenario;

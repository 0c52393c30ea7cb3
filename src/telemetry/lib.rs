//! What operators see: log lines, metrics, the version. And types that keep secrets out of both.
//!
//! ```text
//!   logging::init ─▶ tracing ─▶ standard error, text or one JSON object per line
//!   metrics! { struct … } ─▶ register(&Registry) ─▶ metrics::encode ─▶ GET /metrics
//!   Secret<T>, Pii<T>: the type decides what may be printed
//! ```
//!
//! Anyone above the pure crates may import this. It knows nothing of chat, calls or sockets.
pub mod logging;
pub mod metrics;
mod redact;

pub use redact::{Pii, Secret};

/// What was built.
pub mod build {
    /// Version of the server, as in `Cargo.toml`.
    pub const VERSION: &str = env!("CARGO_PKG_VERSION");
}

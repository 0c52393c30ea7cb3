//! HTTP for operators: health, readiness, metrics. The Platform API will live beside them.
//!
//! ```text
//!   GET /healthz   200 while the process serves
//!   GET /readyz    200 when store, bus and media are ready, else 503 with the parts that are not
//!   GET /metrics   Prometheus text
//! ```
mod health;

pub use health::{Operations, Readiness, router};

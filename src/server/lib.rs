//! The composition root: the only crate that knows all others. No business rules here.
//!
//! ```text
//!   cli ─▶ config (file < environment < flags, all problems at once)
//!       ─▶ wiring: secrets ▸ store ▸ bootstrap ▸ bus ▸ services ▸ media ▸ gateway ▸ routers
//!       ─▶ run: bind ▸ print first steps ▸ serve (http) ▸ signal ▸ drain, in that order
//! ```
mod adapters;
mod bootstrap;
pub mod cli;
pub mod config;
mod http;
mod run;
mod secrets;
mod welcome;
mod wiring;

//! Public JSON and destination strings: the only crate that knows what clients see.
//!
//! ```text
//!   SUBSCRIBE /application/v1/channels/5.members.relay.page..size..sort.  ─▶ destination::Relay ─▶ gateway
//!   SEND      /application/v1/user.create_channel + body                  ─▶ destination::Action, request::*
//!   domain result ─▶ resource::* ─▶ { "resource": … }            (relay)
//!                             └──▶ event::encode { type, version, resource }   (topic)
//!   domain::Error ─▶ error::public ─▶ { error, message, timestamp }            (errors queue, ERROR, HTTP)
//! ```
//!
//! Invariants
//! - Every key that any public client reads is present, also for features that are not served yet: a missing key would
//!   reach the server as `destination:undefined` (protocol 4.0).
//! - An optional member without value is absent, never `null`.
//! - What [`destination`] prints, it parses back to the same value.
//!
//! Pure: no IO, no clock, no randomness.
pub mod destination;
pub mod error;
pub mod event;
pub mod fuzzing;
pub mod request;
pub mod resource;

#[cfg(test)]
mod golden;

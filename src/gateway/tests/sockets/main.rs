//! The gateway over real sockets, with test doubles behind it.
#![expect(clippy::panic, reason = "tests fail by panicking")]

mod actions;
mod bad_input;
mod calls;
mod chats;
mod client;
mod connect;
mod failures;
mod http;
mod relays;
mod resume;
mod sockjs;
mod support;

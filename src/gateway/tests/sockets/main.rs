//! The gateway over real sockets, with test doubles behind it.
mod actions;
mod bad_input;
mod calls;
mod chats;
mod connect;
mod relays;
mod resume;
mod support;

//! The gateway over real sockets, with test doubles behind it.
mod connect;
mod support;

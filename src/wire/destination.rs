//! Every destination the server prints or accepts (protocol section 12), as closed enums.
//!
//! ```text
//!   /application/v1/<path>                          Action   channels/5.join
//!   /application/v1/<path>.relay[.page.…]           Relay    users/7.channel_member.relay
//!   /topic/v1/<path>                                Topic    calls/3.signals
//!   /user/queue/v1/errors                           the errors queue
//!
//!   <path> = user[.<key>] | users/<id>[.<key>] | channels/<id>[.<key>] | channels/<id>/blocks/<user>.<key>
//!          | messages/<id>[.<key>] | threads/<id>[.<key>] | calls/<id>[.<key>]
//! ```
//!
//! The segment `/v1` is optional everywhere: both client families share the handlers (protocol 9). `users/me` is the
//! old name of `user` (protocol 10).
//!
//! Invariant: printing is canonical, and parsing what was printed gives the same value.
mod action;
mod page;
mod path;
mod relay;
#[cfg(test)]
mod tests;
mod topic;

pub use action::Action;
pub use page::PageSpec;
pub use relay::{Relay, RelayRequest};
pub use topic::{CallTopic, ChannelTopic, ThreadTopic, Topic, UserTopic};

use path::strip_version;

/// Where errors of requests go. Canonical form; [`is_errors_queue`] accepts both.
pub const ERRORS_QUEUE: &str = "/user/queue/v1/errors";

/// Is this the errors queue, in either family's spelling?
pub fn is_errors_queue(destination: &str) -> bool {
    strip_version(destination, "/user/queue/") == Some("errors")
}

/// Which family of clients a session belongs to; decided by its first bootstrap destination (protocol 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// `/application/v1/user.relay`: most clients.
    #[default]
    V1,
    /// `/application/user.relay`: `@chatkitty/core` 2.
    Core2,
    /// `/application/v1/users/me.relay`: the oldest clients.
    Legacy,
}

impl Dialect {
    /// The family that uses this bootstrap destination; `None` when it is not one.
    pub fn of_bootstrap(destination: &str) -> Option<Self> {
        match destination {
            "/application/v1/user.relay" => Some(Self::V1),
            "/application/user.relay" => Some(Self::Core2),
            "/application/v1/users/me.relay" | "/application/users/me.relay" => Some(Self::Legacy),
            _ => None,
        }
    }
}

/// A relay parameter as clients print it: absent, empty, `undefined` and `null` are all absent (protocol 1.5.9).
pub fn parameter(value: Option<&str>) -> Option<&str> {
    value.filter(|text| !matches!(*text, "" | "undefined" | "null"))
}

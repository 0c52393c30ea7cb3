//! The part that actions and relays share: `<collection>/<id>.<key>`, and the macro that ties it to an enum.
use std::fmt;

/// Largest id a JavaScript client can hold exactly.
const MAX_ID: u64 = (1 << 53) - 1;

/// Removes `prefix` and an optional `v1/`: `/application/v1/user` and `/application/user` are the same.
pub(super) fn strip_version<'a>(destination: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = destination.strip_prefix(prefix)?;
    Some(rest.strip_prefix("v1/").unwrap_or(rest))
}

/// A parsed path. The key is empty when the path names the thing itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path<'a> {
    /// `user.<key>`: the session's own user.
    Mine(&'a str),
    /// `users/<id>.<key>`
    User(u64, &'a str),
    /// `channels/<id>.<key>`
    Channel(u64, &'a str),
    /// `channels/<id>/blocks/<user>.<key>`: a user who is kept out of a channel
    ChannelBlock(u64, u64, &'a str),
    /// `messages/<id>.<key>`
    Message(u64, &'a str),
    /// `threads/<id>.<key>`
    Thread(u64, &'a str),
    /// `calls/<id>.<key>`
    Call(u64, &'a str),
}

impl<'a> Path<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (head, key) = text.split_once('.').unwrap_or((text, ""));
        match head.split_once('/') {
            None if head == "user" => Some(Self::Mine(key)),
            Some(("users", "me")) => Some(Self::Mine(key)),
            Some(("users", id)) => Some(Self::User(parse_id(id)?, key)),
            Some(("channels", ids)) => match ids.split_once("/blocks/") {
                None => Some(Self::Channel(parse_id(ids)?, key)),
                Some((channel, user)) => Some(Self::ChannelBlock(parse_id(channel)?, parse_id(user)?, key)),
            },
            Some(("messages", id)) => Some(Self::Message(parse_id(id)?, key)),
            Some(("threads", id)) => Some(Self::Thread(parse_id(id)?, key)),
            Some(("calls", id)) => Some(Self::Call(parse_id(id)?, key)),
            _ => None,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = match *self {
            Self::Mine(key) => {
                f.write_str("user")?;
                key
            }
            Self::User(id, key) => {
                write!(f, "users/{id}")?;
                key
            }
            Self::Channel(id, key) => {
                write!(f, "channels/{id}")?;
                key
            }
            Self::ChannelBlock(channel, user, key) => {
                write!(f, "channels/{channel}/blocks/{user}")?;
                key
            }
            Self::Message(id, key) => {
                write!(f, "messages/{id}")?;
                key
            }
            Self::Thread(id, key) => {
                write!(f, "threads/{id}")?;
                key
            }
            Self::Call(id, key) => {
                write!(f, "calls/{id}")?;
                key
            }
        };
        if key.is_empty() { Ok(()) } else { write!(f, ".{key}") }
    }
}

/// Decimal digits only: clients print `NaN`, `undefined` or whatever the application passed.
pub(super) fn parse_id(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| digits && *id <= MAX_ID)
}

/// Defines an enum whose variants are paths, with both directions of the mapping.
macro_rules! paths {
    (
        $(#[$doc:meta])*
        $name:ident {
            user { $($(#[$md:meta])* $mine:ident = $mk:literal),* $(,)? }
            users { $($(#[$ud:meta])* $user:ident = $uk:literal),* $(,)? }
            channels { $($(#[$cd:meta])* $channel:ident = $ck:literal),* $(,)? }
            blocks { $($(#[$bd:meta])* $block:ident = $bk:literal),* $(,)? }
            messages { $($(#[$sd:meta])* $message:ident = $sk:literal),* $(,)? }
            threads { $($(#[$td:meta])* $thread:ident = $tk:literal),* $(,)? }
            calls { $($(#[$kd:meta])* $call:ident = $kk:literal),* $(,)? }
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$md])* $mine,)*
            $($(#[$ud])* $user(model::UserId),)*
            $($(#[$cd])* $channel(model::ChannelId),)*
            $($(#[$bd])* $block(model::ChannelId, model::UserId),)*
            $($(#[$sd])* $message(model::MessageId),)*
            $($(#[$td])* $thread(model::ThreadId),)*
            $($(#[$kd])* $call(model::CallId),)*
        }

        impl $name {
            fn from_path(path: crate::destination::path::Path<'_>) -> Option<Self> {
                use crate::destination::path::Path;
                match path {
                    $(Path::Mine($mk) => Some(Self::$mine),)*
                    $(Path::User(id, $uk) => Some(Self::$user(model::UserId(id))),)*
                    $(Path::Channel(id, $ck) => Some(Self::$channel(model::ChannelId(id))),)*
                    $(Path::ChannelBlock(channel, user, $bk) => {
                        Some(Self::$block(model::ChannelId(channel), model::UserId(user)))
                    })*
                    $(Path::Message(id, $sk) => Some(Self::$message(model::MessageId(id))),)*
                    $(Path::Thread(id, $tk) => Some(Self::$thread(model::ThreadId(id))),)*
                    $(Path::Call(id, $kk) => Some(Self::$call(model::CallId(id))),)*
                    _ => None,
                }
            }

            fn path(self) -> crate::destination::path::Path<'static> {
                use crate::destination::path::Path;
                match self {
                    $(Self::$mine => Path::Mine($mk),)*
                    $(Self::$user(id) => Path::User(id.0, $uk),)*
                    $(Self::$channel(id) => Path::Channel(id.0, $ck),)*
                    $(Self::$block(channel, user) => Path::ChannelBlock(channel.0, user.0, $bk),)*
                    $(Self::$message(id) => Path::Message(id.0, $sk),)*
                    $(Self::$thread(id) => Path::Thread(id.0, $tk),)*
                    $(Self::$call(id) => Path::Call(id.0, $kk),)*
                }
            }

            /// One value of every variant, with `id` wherever one is needed: for tables of tests.
            pub fn every(id: u64) -> Vec<Self> {
                vec![
                    $(Self::$mine,)*
                    $(Self::$user(model::UserId(id)),)*
                    $(Self::$channel(model::ChannelId(id)),)*
                    $(Self::$block(model::ChannelId(id), model::UserId(id)),)*
                    $(Self::$message(model::MessageId(id)),)*
                    $(Self::$thread(model::ThreadId(id)),)*
                    $(Self::$call(model::CallId(id)),)*
                ]
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
pub(super) use paths;

//! Identifiers. `Debug` and `Display` say what kind of thing it is: `channel:7`.
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $label:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($label, ":{}"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
    };
}

id!(
    /// An application: the tenant. Nothing is ever visible across applications.
    AppId,
    "app"
);
id!(
    /// A user of an application. Below 2^53, so that JavaScript clients can hold it.
    UserId,
    "user"
);
id!(
    /// A chat channel.
    ChannelId,
    "channel"
);
id!(
    /// A call in a channel.
    CallId,
    "call"
);
id!(
    /// A chat message. Of two messages of one channel the later one has the larger id.
    MessageId,
    "message"
);
id!(
    /// A thread of a channel.
    ThreadId,
    "thread"
);
id!(
    /// A notification of a user. The later one has the larger id.
    NotificationId,
    "notification"
);
id!(
    /// A logical session on this node. Never sent to clients: the resumption token is a separate secret.
    SessionKey,
    "session"
);

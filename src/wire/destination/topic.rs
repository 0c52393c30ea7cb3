//! What a long SUBSCRIBE watches.
use super::path::{Path, strip_version};
use model::{CallId, ChannelId, ThreadId, UserId};
use std::fmt;

macro_rules! keys {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $key:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The key in the destination.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }

            fn parse(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

keys!(
    /// `U._topics.*`: private to the user.
    UserTopic {
        /// The own profile.
        Own = "self",
        /// Chat UI templates.
        Elements = "elements",
        /// Chat UI features.
        Features = "features",
        /// Chat UI styles.
        Styles = "styles",
        /// The user's channels.
        Channels = "channels",
        /// Results of message actions.
        Messages = "messages",
        /// Read receipts.
        ReadReceipts = "read_receipts",
        /// Notifications.
        Notifications = "notifications",
        /// The other users.
        Contacts = "contacts",
        /// Typing in the user's channels.
        Participants = "participants",
        /// Results of user actions.
        Users = "users",
        /// Results of reaction actions.
        Reactions = "reactions",
        /// Results of thread actions.
        Threads = "threads",
        /// Invitations to calls.
        Calls = "calls",
    }
);

keys!(
    /// `C._topics.*`: what happens in a chat session.
    ChannelTopic {
        /// The channel; holding it is being in the chat.
        Own = "self",
        /// Messages.
        Messages = "messages",
        /// What is being typed.
        Keystrokes = "keystrokes",
        /// Who is typing.
        Typing = "typing",
        /// Who is in the chat.
        Participants = "participants",
        /// Read receipts.
        ReadReceipts = "read_receipts",
        /// Reactions.
        Reactions = "reactions",
        /// Custom events.
        Events = "events",
        /// Who joins and leaves.
        Members = "members",
        /// Who is blocked.
        BlockRecords = "block_records",
        /// Who moderates.
        Moderators = "moderators",
    }
);

keys!(
    /// `T._topics.*`: what happens in a thread. What is said in it is told in the channel as well.
    ThreadTopic {
        /// The thread.
        Own = "self",
        /// Messages.
        Messages = "messages",
        /// What is being typed.
        Keystrokes = "keystrokes",
        /// Who is typing.
        Typing = "typing",
    }
);

keys!(
    /// `K._topics.*`: what happens in a call.
    CallTopic {
        /// The call; holding it is being in the call.
        Own = "self",
        /// Who accepts, declines, leaves.
        Participants = "participants",
        /// Signals, each for one session.
        Signals = "signals",
        /// Microphones and cameras of the others.
        UserMediaSettings = "user_media_settings",
        /// Which media section shows whom, for one session.
        Media = "media",
    }
);

/// A stream of events. Small and hashable: the key of the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `/topic/v1/users/<id>.<key>`
    User(UserId, UserTopic),
    /// `/topic/v1/channels/<id>.<key>`
    Channel(ChannelId, ChannelTopic),
    /// `/topic/v1/threads/<id>.<key>`
    Thread(ThreadId, ThreadTopic),
    /// `/topic/v1/calls/<id>.<key>`
    Call(CallId, CallTopic),
}

impl Topic {
    /// `None` for anything that is not a topic.
    pub fn parse(destination: &str) -> Option<Self> {
        match Path::parse(strip_version(destination, "/topic/")?)? {
            Path::Mine(_) | Path::ChannelBlock(..) | Path::Message(..) => None,
            Path::User(id, key) => Some(Self::User(UserId(id), UserTopic::parse(key)?)),
            Path::Channel(id, key) => Some(Self::Channel(ChannelId(id), ChannelTopic::parse(key)?)),
            Path::Thread(id, key) => Some(Self::Thread(ThreadId(id), ThreadTopic::parse(key)?)),
            Path::Call(id, key) => Some(Self::Call(CallId(id), CallTopic::parse(key)?)),
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match *self {
            Self::User(id, key) => Path::User(id.0, key.as_str()),
            Self::Channel(id, key) => Path::Channel(id.0, key.as_str()),
            Self::Thread(id, key) => Path::Thread(id.0, key.as_str()),
            Self::Call(id, key) => Path::Call(id.0, key.as_str()),
        };
        write!(f, "/topic/v1/{path}")
    }
}

impl serde::Serialize for Topic {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

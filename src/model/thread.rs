//! Threads of a channel: every message belongs to one.
use crate::{AppId, ChannelId, MessageId, Properties, ThreadId, Timestamp};
use serde::{Deserialize, Serialize};

/// Thread type on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ThreadKind {
    /// What is said in the channel itself; one per channel, made with it.
    Main,
    /// Made by a member, with a name.
    Standalone,
    /// Replies to one message; made by the first reply.
    Message,
}

impl ThreadKind {
    /// The word on the wire and in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "MAIN",
            Self::Standalone => "STANDALONE",
            Self::Message => "MESSAGE",
        }
    }

    /// Inverse of [`ThreadKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Main, Self::Standalone, Self::Message].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Identifier.
    pub id: ThreadId,
    /// Tenant.
    pub app: AppId,
    /// The channel.
    pub channel: ChannelId,
    /// Type.
    pub kind: ThreadKind,
    /// Standalone threads only.
    pub name: Option<String>,
    /// The message that is replied to; message threads only.
    pub root: Option<MessageId>,
    /// Free JSON object.
    pub properties: Properties,
    /// When it was made.
    pub created_time: Timestamp,
}

//! Reactions to messages.
use crate::{MessageId, Timestamp, user::UserView};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An emoji, by its character: `👍`. What is known about it is looked up by `domain::emoji`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Emoji(pub String);

impl Emoji {
    /// The character, which may be several code points.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One user's reaction to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The message.
    pub message: MessageId,
    /// With what.
    pub emoji: Emoji,
    /// Who.
    pub user: UserView,
    /// When.
    pub created_time: Timestamp,
}

/// All reactions to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionSummary {
    /// With what.
    pub emoji: Emoji,
    /// Who, the first first; at most [`MAX_REACTION_USERS`](crate::limits::MAX_REACTION_USERS).
    pub users: Vec<UserView>,
    /// How many users.
    pub count: u64,
}

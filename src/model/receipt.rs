//! What has been read.
use crate::{MessageId, Timestamp, UserId, user::UserView};
use serde::{Deserialize, Serialize};

/// A user has read a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadReceipt {
    /// The message.
    pub message: MessageId,
    /// Who has read it.
    pub user: UserView,
    /// When.
    pub created_time: Timestamp,
}

/// A message somebody has read, or no longer has, as events name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMessage {
    /// The message.
    pub message: MessageId,
    /// Its author; `None` for system messages.
    pub author: Option<UserId>,
}

/// Who has read the messages of a window of a channel's history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadBy {
    /// By message, oldest first, with its readers in the order of their reading. Messages nobody has read are left out.
    pub messages: Vec<(MessageId, Vec<UserId>)>,
}

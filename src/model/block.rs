//! Who keeps whom away.
use crate::{ChannelId, Timestamp, user::UserView};
use serde::{Deserialize, Serialize};

/// An entry of a user's block list: somebody who cannot send to them in DIRECT channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserBlock {
    /// Who is blocked.
    pub user: UserView,
    /// Since when.
    pub created_time: Timestamp,
}

/// A user whom moderators keep out of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelBlock {
    /// The channel.
    pub channel: ChannelId,
    /// Who is blocked.
    pub user: UserView,
    /// Since when.
    pub created_time: Timestamp,
}

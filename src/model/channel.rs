//! Channels and membership.
use crate::{AppId, ChannelId, MessageId, Properties, Timestamp, UserId, user::UserView};
use serde::{Deserialize, Serialize};

/// Channel type on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChannelKind {
    /// 2 to 10 users, one channel per set of users, members never change.
    Direct,
    /// Anyone in the application may join.
    Public,
    /// By invitation.
    Private,
}

impl ChannelKind {
    /// The word on the wire and in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "DIRECT",
            Self::Public => "PUBLIC",
            Self::Private => "PRIVATE",
        }
    }

    /// Inverse of [`ChannelKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Direct, Self::Public, Self::Private].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A channel as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Identifier.
    pub id: ChannelId,
    /// Tenant.
    pub app: AppId,
    /// Type.
    pub kind: ChannelKind,
    /// Unique in the application; made by the server for DIRECT channels and when omitted.
    pub name: String,
    /// Shown to people.
    pub display_name: String,
    /// Absent when an administrator created it.
    pub creator: Option<UserId>,
    /// Free JSON object.
    pub properties: Properties,
    /// When it was created.
    pub created_time: Timestamp,
    /// Sequence number of the channel's last committed event. Gap-free, starts at 0 for "none yet".
    pub last_seq: u64,
}

/// A user's membership of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The channel.
    pub channel: ChannelId,
    /// The member.
    pub user: UserId,
    /// May moderate.
    pub moderator: bool,
    /// When the user became a member.
    pub joined_time: Timestamp,
}

/// What a channel is to one of its members, besides membership.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Notifications of the channel are muted.
    pub muted: bool,
    /// The DIRECT channel is out of the member's lists until something new is said.
    pub hidden: bool,
    /// Every message up to this one counts as read, unless marked unread. 0: none.
    pub read: MessageId,
    /// Messages up to this one are not shown to the member, who has cleared the history. 0: none.
    pub cleared: MessageId,
}

/// A channel with what its resource shows: its creator and, for DIRECT channels, all members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelView {
    /// The stored channel.
    pub channel: Channel,
    /// The creator, if a user.
    pub creator: Option<UserView>,
    /// Every member of a DIRECT channel, in joining order; empty for other kinds.
    pub direct_members: Vec<UserView>,
}

//! What the store does for members' seats, moderation, block lists, and the end of channels and users.
use super::{NewEvent, Result, Write};
use async_trait::async_trait;
use model::{
    AppId, ChannelId, Timestamp, UserId,
    channel::{Channel, Seat},
    page::{Page, PageRequest},
    user::User,
};

/// How a seat is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewSeat {
    /// Notifications come muted, or not.
    Muted(bool),
    /// Out of the member's lists, or not.
    Hidden(bool),
    /// Everything said so far is cleared.
    Cleared,
}

/// A user kept out of a channel, or on a block list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRecord {
    /// Who.
    pub user: User,
    /// Since when.
    pub time: Timestamp,
}

/// Seats, moderators, blocks, deletions. See [`Store`](super::Store) for what every method promises.
#[async_trait]
pub trait SeatStore: Send + Sync {
    /// What a channel is to a member.
    async fn seat(&self, channel: ChannelId, user: UserId) -> Result<Option<Seat>>;
    /// Changes a seat; returns whether the user is a member (events are stored only then).
    async fn change_seat(
        &self,
        channel: ChannelId,
        user: UserId,
        new: NewSeat,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// Channels a user is a member of.
    async fn channels_of(&self, app: AppId, user: UserId) -> Result<Vec<ChannelId>>;

    /// Replaces name, display name and properties. `Conflict` when the name is taken.
    async fn update_channel(&self, channel: &Channel, events: Vec<NewEvent>) -> Result<Write<()>>;
    /// Deletes a channel; it is found nowhere any more and its name is free. Returns whether there was one (events are
    /// stored only then).
    async fn delete_channel(
        &self,
        app: AppId,
        channel: ChannelId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;

    /// Makes a member a moderator, or no longer one; returns whether that changed something (events are stored only
    /// then).
    async fn set_moderator(
        &self,
        channel: ChannelId,
        user: UserId,
        moderator: bool,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// A page of moderators by display name.
    async fn list_moderators(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<User>>;

    /// Keeps a user out of a channel and removes their membership; returns whether they were not kept out before
    /// (events are stored only then).
    async fn block_in_channel(
        &self,
        app: AppId,
        channel: ChannelId,
        user: UserId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// Lets a user join again; returns whether they were kept out (events are stored only then).
    async fn unblock_in_channel(
        &self,
        channel: ChannelId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// Since when a user is kept out of a channel.
    async fn channel_block(&self, channel: ChannelId, user: UserId) -> Result<Option<Timestamp>>;
    /// A page of users kept out, the first first.
    async fn list_channel_blocks(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<BlockRecord>>;

    /// Puts a user on a block list; returns whether they were not on it (events are stored only then).
    async fn block_user(
        &self,
        app: AppId,
        blocker: UserId,
        blocked: UserId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// Takes a user off a block list; returns whether they were on it (events are stored only then).
    async fn unblock_user(
        &self,
        blocker: UserId,
        blocked: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// Since when a user is on a block list.
    async fn user_block(&self, blocker: UserId, blocked: UserId) -> Result<Option<Timestamp>>;
    /// A page of a block list, the first first; `name_part` matches name or display name ignoring ASCII case.
    async fn list_user_blocks(
        &self,
        app: AppId,
        blocker: UserId,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<BlockRecord>>;

    /// Deletes a user: memberships of PUBLIC and PRIVATE channels, blocks, reactions, reports and settings are gone, the
    /// name is free. What they said stays, by a [deleted user](User::is_deleted). Returns whether there was one (events
    /// are stored only then).
    async fn delete_user(
        &self,
        app: AppId,
        user: UserId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
}

//! What the store does for read state.
//!
//! A message is unread for a member when somebody else sent it, it is visible to them, and
//! - it is newer than their position ([`Seat::read`](model::channel::Seat::read)) and they have no receipt for it, or
//! - it is not newer, and they have marked it unread.
//!
//! Every count is derived from that, and nothing is ever incremented.
use super::{NewEvent, Result, Write};
use async_trait::async_trait;
use model::{
    AppId, ChannelId, MessageId, ThreadId, Timestamp, UserId,
    channel::ChannelKind,
    page::{Page, PageRequest},
    receipt::{ReadBy, ReadMessage},
};

/// Which of a channel's messages are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadScope {
    /// All of them.
    Channel,
    /// Those of one thread.
    Thread(ThreadId),
    /// One.
    Message(MessageId),
}

/// What a member has read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReads {
    /// The tenant.
    pub app: AppId,
    /// The channel.
    pub channel: ChannelId,
    /// The reader.
    pub user: UserId,
    /// Gets a receipt each; those that have one keep it.
    pub messages: Vec<MessageId>,
    /// The position moves here, never back; every mark up to here is gone.
    pub up_to: Option<MessageId>,
    /// When.
    pub time: Timestamp,
}

/// The unread messages of a member, as [`ReadStore::unread`] finds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The newest ones that were asked for, oldest first.
    pub messages: Vec<ReadMessage>,
    /// The newest message of the whole channel, read or not; 0: none.
    pub newest: MessageId,
}

/// Read state. See [`Store`](super::Store) for what every method promises.
#[async_trait]
pub trait ReadStore: Send + Sync {
    /// Unread messages of a member, the newest `limit` of them, oldest first. Nobody else has unread messages.
    async fn unread(
        &self,
        channel: ChannelId,
        user: UserId,
        scope: ReadScope,
        limit: usize,
    ) -> Result<Unread>;
    /// Stores receipts and moves the position. Messages that are no longer there are passed over; so is everything when
    /// the reader is no member.
    async fn mark_read(&self, reads: &NewReads, events: Vec<NewEvent>) -> Result<Write<()>>;
    /// Takes the receipt of one message back; it is unread from now on. Returns whether it was read (events are stored
    /// only then).
    async fn mark_unread(
        &self,
        app: AppId,
        message: MessageId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;

    /// Does a member have an unread message?
    async fn is_unread(&self, channel: ChannelId, user: UserId) -> Result<bool>;
    /// Unread messages of a user in one channel, or in all they are a member of.
    async fn count_unread(&self, app: AppId, user: UserId, channel: Option<ChannelId>) -> Result<u64>;
    /// Channels with unread messages, hidden ones not among them.
    async fn count_unread_channels(&self, app: AppId, user: UserId, kind: Option<ChannelKind>)
    -> Result<u64>;
    /// The newest visible message of a channel that a member has read; own ones do not count.
    async fn last_read(&self, channel: ChannelId, user: UserId) -> Result<Option<MessageId>>;
    /// A page of a message's receipts, oldest first.
    async fn list_receipts(&self, message: MessageId, page: PageRequest)
    -> Result<Page<(UserId, Timestamp)>>;
    /// When a user read a message, if a receipt says so.
    async fn receipt(&self, message: MessageId, user: UserId) -> Result<Option<Timestamp>>;
    /// Readers of a channel's messages with ids from `from` to `to`, for the newest `limit` of them.
    async fn read_by(
        &self,
        channel: ChannelId,
        from: MessageId,
        to: MessageId,
        limit: usize,
    ) -> Result<ReadBy>;
}

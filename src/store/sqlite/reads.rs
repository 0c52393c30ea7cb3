//! The port for read state over `writer` and `readers`.
use super::SqliteStore;
use crate::reads;
use async_trait::async_trait;
use domain::ports::{NewEvent, NewReads, ReadScope, ReadStore, Result, Unread, Write};
use model::{
    AppId, ChannelId, MessageId, Timestamp, UserId,
    channel::ChannelKind,
    page::{Page, PageRequest},
    receipt::ReadBy,
};

#[async_trait]
impl ReadStore for SqliteStore {
    async fn unread(
        &self,
        channel: ChannelId,
        user: UserId,
        scope: ReadScope,
        limit: usize,
    ) -> Result<Unread> {
        self.readers.run(move |connection| reads::unread(connection, channel, user, scope, limit)).await
    }

    async fn mark_read(&self, reads: &NewReads, events: Vec<NewEvent>) -> Result<Write<()>> {
        let new = reads.clone();
        self.write_with(events, move |connection| reads::mark_read(connection, &new)).await
    }

    async fn mark_unread(
        &self,
        app: AppId,
        message: MessageId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| reads::mark_unread(connection, app, message, user)).await
    }

    async fn is_unread(&self, channel: ChannelId, user: UserId) -> Result<bool> {
        self.readers.run(move |connection| reads::is_unread(connection, channel, user)).await
    }

    async fn count_unread(&self, app: AppId, user: UserId, channel: Option<ChannelId>) -> Result<u64> {
        self.readers.run(move |connection| reads::count(connection, app, user, channel)).await
    }

    async fn count_unread_channels(
        &self,
        app: AppId,
        user: UserId,
        kind: Option<ChannelKind>,
    ) -> Result<u64> {
        self.readers.run(move |connection| reads::count_channels(connection, app, user, kind)).await
    }

    async fn last_read(&self, channel: ChannelId, user: UserId) -> Result<Option<MessageId>> {
        self.readers.run(move |connection| reads::last_read(connection, channel, user)).await
    }

    async fn list_receipts(
        &self,
        message: MessageId,
        page: PageRequest,
    ) -> Result<Page<(UserId, Timestamp)>> {
        self.readers.run(move |connection| reads::list_receipts(connection, message, page)).await
    }

    async fn receipt(&self, message: MessageId, user: UserId) -> Result<Option<Timestamp>> {
        self.readers.run(move |connection| reads::receipt(connection, message, user)).await
    }

    async fn read_by(
        &self,
        channel: ChannelId,
        from: MessageId,
        to: MessageId,
        limit: usize,
    ) -> Result<ReadBy> {
        self.readers.run(move |connection| reads::read_by(connection, channel, from, to, limit)).await
    }
}

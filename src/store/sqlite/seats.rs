//! The port for seats, moderation and deletions over `writer` and `readers`.
use super::SqliteStore;
use crate::{blocks, channels, events, seats, users};
use async_trait::async_trait;
use domain::ports::{BlockRecord, NewEvent, NewSeat, Result, SeatStore, Write};
use model::{
    AppId, ChannelId, Timestamp, UserId,
    channel::{Channel, Seat},
    page::{Page, PageRequest},
    user::User,
};
use rusqlite::Connection;

#[async_trait]
impl SeatStore for SqliteStore {
    async fn seat(&self, channel: ChannelId, user: UserId) -> Result<Option<Seat>> {
        let found = self.readers.run(move |connection| seats::one(connection, channel, user)).await?;
        Ok(found.map(|(_, seat)| seat))
    }

    async fn change_seat(
        &self,
        channel: ChannelId,
        user: UserId,
        new: NewSeat,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| seats::change(connection, channel, user, new)).await
    }

    async fn channels_of(&self, app: AppId, user: UserId) -> Result<Vec<ChannelId>> {
        self.readers.run(move |connection| seats::channels_of(connection, app, user)).await
    }

    async fn update_channel(&self, channel: &Channel, events: Vec<NewEvent>) -> Result<Write<()>> {
        let channel = channel.clone();
        self.write_with(events, move |connection| channels::update(connection, &channel)).await
    }

    async fn delete_channel(
        &self,
        app: AppId,
        channel: ChannelId,
        time: Timestamp,
        new: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        let work = move |connection: &Connection| {
            if channels::by_id(connection, app, channel)?.is_none() {
                return Ok(Write { value: false, events: Vec::new() });
            }
            // First: a deleted channel has no numbers to give.
            let events = events::record(connection, new)?;
            channels::delete(connection, app, channel, time)?;
            Ok(Write { value: true, events })
        };
        self.writer.run(work).await
    }

    async fn set_moderator(
        &self,
        channel: ChannelId,
        user: UserId,
        moderator: bool,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| seats::set_moderator(connection, channel, user, moderator))
            .await
    }

    async fn list_moderators(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<User>> {
        let part = display_name_part.map(str::to_owned);
        self.readers
            .run(move |connection| seats::moderators(connection, app, channel, part.as_deref(), page))
            .await
    }

    async fn block_in_channel(
        &self,
        app: AppId,
        channel: ChannelId,
        user: UserId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| blocks::keep_out(connection, app, channel, user, time)).await
    }

    async fn unblock_in_channel(
        &self,
        channel: ChannelId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| blocks::let_in(connection, channel, user)).await
    }

    async fn channel_block(&self, channel: ChannelId, user: UserId) -> Result<Option<Timestamp>> {
        self.readers.run(move |connection| blocks::of_channel(connection, channel, user)).await
    }

    async fn list_channel_blocks(
        &self,
        app: AppId,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<BlockRecord>> {
        let part = display_name_part.map(str::to_owned);
        self.readers
            .run(move |connection| blocks::list_of_channel(connection, app, channel, part.as_deref(), page))
            .await
    }

    async fn block_user(
        &self,
        app: AppId,
        blocker: UserId,
        blocked: UserId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| blocks::block(connection, app, blocker, blocked, time)).await
    }

    async fn unblock_user(
        &self,
        blocker: UserId,
        blocked: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| blocks::unblock(connection, blocker, blocked)).await
    }

    async fn user_block(&self, blocker: UserId, blocked: UserId) -> Result<Option<Timestamp>> {
        self.readers.run(move |connection| blocks::of_user(connection, blocker, blocked)).await
    }

    async fn list_user_blocks(
        &self,
        app: AppId,
        blocker: UserId,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<BlockRecord>> {
        let part = name_part.map(str::to_owned);
        self.readers
            .run(move |connection| blocks::list_of_user(connection, app, blocker, part.as_deref(), page))
            .await
    }

    async fn delete_user(
        &self,
        app: AppId,
        user: UserId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| users::delete(connection, app, user, time)).await
    }
}

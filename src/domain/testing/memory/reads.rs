//! The port for read state over the in-memory state.
use super::MemoryStore;
use crate::{
    ports::{NewEvent, NewReads, ReadScope, ReadStore, Result, Unread, Write},
    testing::state::paged,
};
use async_trait::async_trait;
use model::{
    AppId, ChannelId, MessageId, Timestamp, UserId,
    channel::ChannelKind,
    page::{Page, PageRequest},
    receipt::ReadBy,
};

#[async_trait]
impl ReadStore for MemoryStore {
    async fn unread(
        &self,
        channel: ChannelId,
        user: UserId,
        scope: ReadScope,
        limit: usize,
    ) -> Result<Unread> {
        self.pause().await;
        Ok(self.read().unread(channel, user, scope, limit))
    }

    async fn mark_read(&self, reads: &NewReads, events: Vec<NewEvent>) -> Result<Write<()>> {
        self.pause().await;
        self.write_with(events, |state| state.mark_read(reads))
    }

    async fn mark_unread(
        &self,
        app: AppId,
        message: MessageId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let mut state = self.write()?;
        state.check_events(&events)?;
        let value = state.mark_unread(app, message, user);
        let events = if value { state.record(events) } else { Vec::new() };
        Ok(Write { value, events })
    }

    async fn is_unread(&self, channel: ChannelId, user: UserId) -> Result<bool> {
        self.pause().await;
        Ok(self.read().count_unread(channel, user) > 0)
    }

    async fn count_unread(&self, app: AppId, user: UserId, channel: Option<ChannelId>) -> Result<u64> {
        self.pause().await;
        let state = self.read();
        let channels = state.channels_of(app, user).into_iter();
        let wanted = channels.filter(|id| channel.is_none_or(|channel| channel == *id));
        Ok(wanted.map(|channel| state.count_unread(channel, user)).sum())
    }

    async fn count_unread_channels(
        &self,
        app: AppId,
        user: UserId,
        kind: Option<ChannelKind>,
    ) -> Result<u64> {
        self.pause().await;
        let state = self.read();
        let counted = |id: &ChannelId| {
            let of_kind = state
                .channel_in(app, *id)
                .is_some_and(|channel| kind.is_none_or(|kind| kind == channel.kind));
            let hidden = state.chats.seats.get(&(*id, user)).is_some_and(|seat| seat.hidden);
            of_kind && !hidden && state.count_unread(*id, user) > 0
        };
        Ok(state.channels_of(app, user).iter().filter(|id| counted(id)).count() as u64)
    }

    async fn last_read(&self, channel: ChannelId, user: UserId) -> Result<Option<MessageId>> {
        self.pause().await;
        Ok(self.read().last_read(channel, user))
    }

    async fn list_receipts(
        &self,
        message: MessageId,
        page: PageRequest,
    ) -> Result<Page<(UserId, Timestamp)>> {
        self.pause().await;
        let state = self.read();
        let of_message = state.chats.receipts.iter().filter(|((of, _), _)| *of == message);
        let mut receipts: Vec<_> = of_message.map(|((_, user), time)| (*user, *time)).collect();
        receipts.sort_by_key(|(user, time)| (*time, *user));
        Ok(paged(receipts, page))
    }

    async fn receipt(&self, message: MessageId, user: UserId) -> Result<Option<Timestamp>> {
        self.pause().await;
        Ok(self.read().chats.receipts.get(&(message, user)).copied())
    }

    async fn read_by(
        &self,
        channel: ChannelId,
        from: MessageId,
        to: MessageId,
        limit: usize,
    ) -> Result<ReadBy> {
        self.pause().await;
        let state = self.read();
        let window = state.chats.messages.values().rev().filter(|message| {
            let inside = from <= message.id && message.id <= to;
            message.channel == channel && message.deleted_time.is_none() && inside
        });
        let mut by = ReadBy::default();
        for message in window.take(limit).collect::<Vec<_>>().into_iter().rev() {
            let of_message = state.chats.receipts.iter().filter(|((of, _), _)| *of == message.id);
            let mut readers: Vec<_> = of_message.map(|((_, user), time)| (*time, *user)).collect();
            readers.sort_unstable();
            if !readers.is_empty() {
                by.messages.push((message.id, readers.into_iter().map(|(_, user)| user).collect()));
            }
        }
        Ok(by)
    }
}

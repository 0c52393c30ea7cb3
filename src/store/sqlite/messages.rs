//! The port for messages over `writer` and `readers`.
use super::SqliteStore;
use crate::{channels, events, messages, notifications, reactions, seats, sends, threads};
use async_trait::async_trait;
use domain::ports::{
    Chat, Describe, MessageFilter, MessageRecord, MessageStore, NewEvent, NewMessage, NewThread,
    NotificationRecord, ReactionRecord, ReportRecord, Result, SendOutcome, Sent, ThreadFilter, Write,
};
use model::{
    AppId, ChannelId, MessageId, ThreadId, Timestamp, UserId,
    channel::Channel,
    message::Message,
    page::{CursorPage, CursorRequest, Page, PageRequest},
    reaction::Emoji,
    thread::Thread,
};
use rusqlite::Connection;

#[async_trait]
impl MessageStore for SqliteStore {
    async fn chat(&self, app: AppId, channel: ChannelId, actor: Option<UserId>) -> Result<Option<Chat>> {
        self.readers.run(move |connection| seats::chat(connection, app, channel, actor)).await
    }

    async fn send_message(&self, new: NewMessage, describe: Describe<Sent>) -> Result<Write<SendOutcome>> {
        self.writer.run(move |connection| sends::send(connection, new, describe)).await
    }

    async fn message(
        &self,
        app: AppId,
        id: MessageId,
        viewer: Option<UserId>,
    ) -> Result<Option<MessageRecord>> {
        self.readers.run(move |connection| messages::by_id(connection, app, id, viewer)).await
    }

    async fn messages(
        &self,
        filter: &MessageFilter,
        page: CursorRequest,
    ) -> Result<CursorPage<MessageRecord>> {
        let filter = *filter;
        self.readers.run(move |connection| messages::list(connection, &filter, page)).await
    }

    async fn count_messages(&self, filter: &MessageFilter) -> Result<u64> {
        let filter = *filter;
        self.readers.run(move |connection| messages::count(connection, &filter)).await
    }

    async fn update_message(&self, message: &Message, events: Vec<NewEvent>) -> Result<Write<()>> {
        let message = message.clone();
        self.write_with(events, move |connection| messages::update(connection, &message)).await
    }

    async fn delete_message(
        &self,
        app: AppId,
        id: MessageId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| messages::delete(connection, app, id, time)).await
    }

    async fn hide_message(
        &self,
        app: AppId,
        id: MessageId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.write_if(events, move |connection| messages::hide(connection, app, id, user)).await
    }

    async fn prune(&self, keys_before: Timestamp, deleted_before: Timestamp, limit: u32) -> Result<u64> {
        let work =
            move |connection: &Connection| messages::prune(connection, keys_before, deleted_before, limit);
        self.writer.run(work).await
    }

    async fn channel_by_name(&self, app: AppId, name: &str) -> Result<Option<Channel>> {
        let name = name.to_owned();
        self.readers.run(move |connection| channels::by_name(connection, app, &name)).await
    }

    async fn main_thread(&self, channel: ChannelId) -> Result<Option<ThreadId>> {
        self.readers.run(move |connection| threads::main_of(connection, channel)).await
    }

    async fn thread(&self, app: AppId, id: ThreadId) -> Result<Option<Thread>> {
        self.readers.run(move |connection| threads::by_id(connection, app, id)).await
    }

    async fn list_threads(
        &self,
        channel: ChannelId,
        filter: ThreadFilter,
        page: PageRequest,
    ) -> Result<Page<Thread>> {
        self.readers.run(move |connection| threads::list(connection, channel, filter, page)).await
    }

    async fn create_thread(&self, new: NewThread, describe: Describe<Thread>) -> Result<Write<Thread>> {
        let work = move |connection: &Connection| {
            let thread = threads::create(connection, &new)?;
            let event = describe(&thread);
            let event = NewEvent { app: new.app, channel: Some(new.channel), time: new.time, event };
            Ok(Write { value: thread, events: events::record(connection, vec![event])? })
        };
        self.writer.run(work).await
    }

    async fn add_reaction(&self, reaction: &ReactionRecord, events: Vec<NewEvent>) -> Result<Write<bool>> {
        let reaction = reaction.clone();
        self.write_if(events, move |connection| reactions::add(connection, &reaction)).await
    }

    async fn remove_reaction(
        &self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        let emoji = emoji.clone();
        self.write_if(events, move |connection| reactions::remove(connection, message, user, &emoji)).await
    }

    async fn reaction(
        &self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
    ) -> Result<Option<ReactionRecord>> {
        let emoji = emoji.clone();
        self.readers.run(move |connection| reactions::one(connection, message, user, &emoji)).await
    }

    async fn list_reactions(&self, message: MessageId, page: PageRequest) -> Result<Page<ReactionRecord>> {
        self.readers.run(move |connection| reactions::list(connection, message, page)).await
    }

    async fn report_message(&self, report: &ReportRecord, events: Vec<NewEvent>) -> Result<Write<()>> {
        let report = report.clone();
        self.write_with(events, move |connection| reactions::report(connection, &report)).await
    }

    async fn list_reports(&self, message: MessageId, page: PageRequest) -> Result<Page<ReportRecord>> {
        self.readers.run(move |connection| reactions::list_reports(connection, message, page)).await
    }

    async fn list_reported(
        &self,
        app: AppId,
        channel: ChannelId,
        page: PageRequest,
    ) -> Result<Page<MessageRecord>> {
        self.readers.run(move |connection| messages::list_reported(connection, app, channel, page)).await
    }

    async fn notifications(
        &self,
        app: AppId,
        user: UserId,
        page: CursorRequest,
    ) -> Result<CursorPage<NotificationRecord>> {
        self.readers.run(move |connection| notifications::list(connection, app, user, page)).await
    }
}

//! The port for messages over the in-memory state.
use super::MemoryStore;
use crate::{
    Error,
    ports::{
        Chat, Describe, MessageFilter, MessageRecord, MessageStore, NewEvent, NewMessage, NewThread,
        NotificationRecord, ReactionRecord, ReportRecord, Result, SendOutcome, Sent, ThreadFilter, Write,
    },
    testing::{
        chat::by_cursor,
        state::{State, paged},
    },
};
use async_trait::async_trait;
use model::{
    AppId, ChannelId, MessageId, ThreadId, Timestamp, UserId,
    channel::Channel,
    message::Message,
    page::{CursorPage, CursorRequest, Page, PageRequest},
    reaction::Emoji,
    thread::{Thread, ThreadKind},
};

#[async_trait]
impl MessageStore for MemoryStore {
    async fn chat(&self, app: AppId, channel: ChannelId, actor: Option<UserId>) -> Result<Option<Chat>> {
        self.pause().await;
        Ok(self.read().chat(app, channel, actor))
    }

    async fn send_message(&self, new: NewMessage, describe: Describe<Sent>) -> Result<Write<SendOutcome>> {
        self.pause().await;
        let mut state = self.write()?;
        let outcome = state.send(new)?;
        let SendOutcome::Sent(sent) = &outcome else {
            return Ok(Write { value: outcome, events: Vec::new() });
        };
        let Message { app, channel, created_time: time, .. } = sent.message;
        let event = NewEvent { app, channel: Some(channel), time, event: describe(sent) };
        let events = state.record(vec![event]);
        Ok(Write { value: outcome, events })
    }

    async fn message(
        &self,
        app: AppId,
        id: MessageId,
        viewer: Option<UserId>,
    ) -> Result<Option<MessageRecord>> {
        self.pause().await;
        let state = self.read();
        Ok(state.chats.kept(app, id).map(|message| MessageRecord {
            hidden: viewer.is_some_and(|viewer| state.chats.is_hidden(message, viewer)),
            ..state.chats.record(message)
        }))
    }

    async fn messages(
        &self,
        filter: &MessageFilter,
        page: CursorRequest,
    ) -> Result<CursorPage<MessageRecord>> {
        self.pause().await;
        Ok(self.read().messages(filter, page))
    }

    async fn count_messages(&self, filter: &MessageFilter) -> Result<u64> {
        self.pause().await;
        let state = self.read();
        Ok(state.chats.messages.values().filter(|message| state.is_listed(filter, message)).count() as u64)
    }

    async fn update_message(&self, message: &Message, events: Vec<NewEvent>) -> Result<Write<()>> {
        self.pause().await;
        self.write_with(events, |state| {
            let stored = state.chats.messages.get_mut(&message.id);
            let stored = stored
                .filter(|stored| stored.app == message.app && stored.deleted_time.is_none())
                .ok_or(Error::NotFound { what: "message" })?;
            stored.content = message.content.clone();
            stored.properties = message.properties.clone();
            stored.last_edited_time = message.last_edited_time;
            Ok(())
        })
    }

    async fn delete_message(
        &self,
        app: AppId,
        id: MessageId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| {
            let found = state.chats.messages.get(&id).filter(|message| message.app == app);
            Ok(found.is_some_and(|message| message.deleted_time.is_none()))
        };
        self.write_if(events, check, |state| {
            if let Some(message) = state.chats.messages.get_mut(&id) {
                message.deleted_time = Some(time);
            }
        })
    }

    async fn hide_message(
        &self,
        app: AppId,
        id: MessageId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| {
            let found = state.chats.messages.get(&id).filter(|message| message.app == app);
            Ok(found.is_some_and(|message| {
                message.deleted_time.is_none() && !state.chats.is_hidden(message, user)
            }))
        };
        self.write_if(events, check, |state| state.chats.hide(user, id))
    }

    async fn prune(&self, keys_before: Timestamp, deleted_before: Timestamp, limit: u32) -> Result<u64> {
        self.pause().await;
        Ok(self.write()?.prune(keys_before, deleted_before, limit))
    }

    async fn channel_by_name(&self, app: AppId, name: &str) -> Result<Option<Channel>> {
        self.pause().await;
        Ok(self.read().channel_named(app, name).cloned())
    }

    async fn main_thread(&self, channel: ChannelId) -> Result<Option<ThreadId>> {
        self.pause().await;
        Ok(self.read().main_thread(channel))
    }

    async fn thread(&self, app: AppId, id: ThreadId) -> Result<Option<Thread>> {
        self.pause().await;
        Ok(self.read().chats.threads.get(&id).filter(|thread| thread.app == app).cloned())
    }

    async fn list_threads(
        &self,
        channel: ChannelId,
        filter: ThreadFilter,
        page: PageRequest,
    ) -> Result<Page<Thread>> {
        self.pause().await;
        let wanted = |thread: &&Thread| {
            thread.channel == channel
                && !(filter.without_main && thread.kind == ThreadKind::Main)
                && !(filter.standalone_only && thread.kind != ThreadKind::Standalone)
        };
        let state = self.read();
        Ok(paged(state.chats.threads.values().rev().filter(wanted).cloned().collect(), page))
    }

    async fn create_thread(&self, new: NewThread, describe: Describe<Thread>) -> Result<Write<Thread>> {
        self.pause().await;
        let mut state = self.write()?;
        let channel = state.channel_in(new.app, new.channel).cloned();
        let channel = channel.ok_or(Error::NotFound { what: "channel" })?;
        let (name, properties) = (Some(new.name), new.properties);
        let thread =
            state.chats.add_thread(&channel, ThreadKind::Standalone, name, None, properties, new.time);
        let event = describe(&thread);
        let event = NewEvent { app: new.app, channel: Some(new.channel), time: new.time, event };
        let events = state.record(vec![event]);
        Ok(Write { value: thread, events })
    }

    async fn add_reaction(&self, reaction: &ReactionRecord, events: Vec<NewEvent>) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| {
            if !state.chats.messages.contains_key(&reaction.message)
                || !state.users.contains_key(&reaction.user)
            {
                return Err(Error::NotFound { what: "message" });
            }
            Ok(find(state, reaction.message, reaction.user, &reaction.emoji).is_none())
        };
        self.write_if(events, check, |state| state.chats.reactions.push(reaction.clone()))
    }

    async fn remove_reaction(
        &self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>> {
        self.pause().await;
        let check = |state: &State| Ok(find(state, message, user, emoji).is_some());
        self.write_if(events, check, |state| {
            state.chats.reactions.retain(|known| !is(known, message, user, emoji));
        })
    }

    async fn reaction(
        &self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
    ) -> Result<Option<ReactionRecord>> {
        self.pause().await;
        Ok(find(&self.read(), message, user, emoji).cloned())
    }

    async fn list_reactions(&self, message: MessageId, page: PageRequest) -> Result<Page<ReactionRecord>> {
        self.pause().await;
        let state = self.read();
        let of_message = state.chats.reactions.iter().filter(|reaction| reaction.message == message);
        Ok(paged(of_message.cloned().collect(), page))
    }

    async fn report_message(&self, report: &ReportRecord, events: Vec<NewEvent>) -> Result<Write<()>> {
        self.pause().await;
        self.write_with(events, |state| {
            if !state.chats.messages.contains_key(&report.message) || !state.users.contains_key(&report.user)
            {
                return Err(Error::NotFound { what: "message" });
            }
            let same =
                |known: &&mut ReportRecord| (known.message, known.user) == (report.message, report.user);
            match state.chats.reports.iter_mut().find(same) {
                Some(known) => *known = report.clone(),
                None => state.chats.reports.push(report.clone()),
            }
            Ok(())
        })
    }

    async fn list_reports(&self, message: MessageId, page: PageRequest) -> Result<Page<ReportRecord>> {
        self.pause().await;
        let state = self.read();
        let of_message = state.chats.reports.iter().filter(|report| report.message == message);
        Ok(paged(of_message.cloned().collect(), page))
    }

    async fn list_reported(
        &self,
        app: AppId,
        channel: ChannelId,
        page: PageRequest,
    ) -> Result<Page<MessageRecord>> {
        self.pause().await;
        let state = self.read();
        let reported = state.chats.messages.values().rev().filter(|message| {
            (message.app, message.channel) == (app, channel)
                && message.deleted_time.is_none()
                && state.chats.reports.iter().any(|report| report.message == message.id)
        });
        Ok(paged(reported.map(|message| state.chats.record(message)).collect(), page))
    }

    async fn notifications(
        &self,
        app: AppId,
        user: UserId,
        page: CursorRequest,
    ) -> Result<CursorPage<NotificationRecord>> {
        self.pause().await;
        let state = self.read();
        let listed = state.chats.notifications.iter().rev().filter(|(recipient, record)| {
            *recipient == user
                && state.chats.messages.get(&record.message).is_some_and(|message| {
                    message.deleted_time.is_none() && state.channel_in(app, message.channel).is_some()
                })
        });
        let with_times = listed.map(|(_, record)| {
            let read_time = state.chats.receipts.get(&(record.message, user)).copied();
            (record.id.0, NotificationRecord { read_time, ..*record })
        });
        Ok(by_cursor(with_times.collect(), page))
    }
}

fn find<'s>(state: &'s State, message: MessageId, user: UserId, emoji: &Emoji) -> Option<&'s ReactionRecord> {
    state.chats.reactions.iter().find(|known| is(known, message, user, emoji))
}

fn is(known: &ReactionRecord, message: MessageId, user: UserId, emoji: &Emoji) -> bool {
    (known.message, known.user, &known.emoji) == (message, user, emoji)
}

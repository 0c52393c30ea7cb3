//! Messages: sending, reading, changing.
//!
//! - `send` decides about a new message and everything that follows from it.
//! - `change` edits, deletes, reports.
//! - `content` checks what clients send and finds out who is named in it.
//!
//! A message is said when it is committed, and not before: the RECEIPT follows, then the event.
mod change;
mod content;
mod send;

use crate::{
    Actor, Error,
    attendance::Attendance,
    chat::Shared,
    permission,
    ports::{ContentFilter, MessageFilter, MessageScope, Result},
    striped::Striped,
    typing::TypingService,
};
use model::{
    AppId, ChannelId, MessageId, ThreadId,
    message::{MessageReport, MessageView},
    page::{CursorPage, CursorRequest, Page, PageRequest},
};
use std::sync::Arc;

pub use content::{Draft, DraftContent};
pub use send::SendTo;

/// Which messages are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageList {
    /// A channel's.
    Channel {
        /// The channel.
        channel: ChannelId,
        /// Without replies and standalone threads.
        main_thread_only: bool,
    },
    /// One thread's.
    Thread(ThreadId),
    /// Replies to one message.
    RepliesTo(MessageId),
    /// Those of all channels the actor is a member of.
    Mine,
}

/// Messages of all applications.
pub struct Messages {
    shared: Arc<Shared>,
    attendance: Arc<Attendance>,
    typing: Arc<TypingService>,
    /// By message: one change of it at a time, replies to it included, so that what is announced of it is never older than
    /// what was announced before.
    changing: Arc<Striped>,
}

impl Messages {
    pub(crate) fn new(shared: Arc<Shared>, attendance: Arc<Attendance>, typing: Arc<TypingService>) -> Self {
        let changing = shared.changing_messages.clone();
        Self { shared, attendance, typing, changing }
    }

    /// A message of a channel the actor may read. One that was deleted is found for a few minutes: events that name it are
    /// on their way.
    pub async fn get(&self, actor: Actor, message: MessageId) -> Result<MessageView> {
        let (record, _) = self.shared.message(actor, message).await?;
        self.shared.views.message(record).await
    }

    /// The message that this one replies to; `NotFound` when it replies to none.
    pub async fn parent(&self, actor: Actor, message: MessageId) -> Result<MessageView> {
        let (record, _) = self.shared.message(actor, message).await?;
        match record.message.parent {
            Some(parent) => self.get(actor, parent).await,
            None => Err(Error::NotFound { what: "parent" }),
        }
    }

    /// A page of messages, newest first, without those the actor has hidden or cleared.
    pub async fn list(
        &self,
        actor: Actor,
        list: MessageList,
        content: Option<ContentFilter>,
        page: CursorRequest,
    ) -> Result<CursorPage<MessageView>> {
        let scope = self.scope(actor, list).await?;
        let filter = MessageFilter { app: actor.app, viewer: Some(actor.user), scope, content };
        let mut page = self.shared.store.messages(&filter, page).await?;
        let records = std::mem::take(&mut page.items);
        let views = self.shared.views.messages(actor.app, records).await?;
        Ok(page.with_items(views))
    }

    /// How many messages of a channel the actor is shown.
    pub async fn count(&self, actor: Actor, channel: ChannelId) -> Result<u64> {
        let scope = self.scope(actor, MessageList::Channel { channel, main_thread_only: false }).await?;
        let filter = MessageFilter { app: actor.app, viewer: Some(actor.user), scope, content: None };
        self.shared.store.count_messages(&filter).await
    }

    /// Reports of a message, the first first. Moderators only.
    pub async fn reports(
        &self,
        actor: Actor,
        message: MessageId,
        page: PageRequest,
    ) -> Result<Page<MessageReport>> {
        let (_, standing) = self.shared.message(actor, message).await?;
        permission::may_moderate(standing)?;
        let page = self.shared.store.list_reports(message, page).await?;
        let ids = page.items.iter().map(|report| report.user).collect();
        let people = self.shared.views.people(actor.app, ids).await?;
        let report = |report: &crate::ports::ReportRecord| {
            Some(MessageReport {
                message: report.message,
                user: self.shared.views.user(people.get(&report.user)?.clone()),
                reason: report.reason.clone(),
                properties: report.properties.clone(),
                created_time: report.time,
            })
        };
        let reports = page.items.iter().filter_map(report).collect();
        Ok(page.with_items(reports))
    }

    /// Where to look; the actor may read it.
    async fn scope(&self, actor: Actor, list: MessageList) -> Result<MessageScope> {
        match list {
            MessageList::Channel { channel, main_thread_only } => {
                let (_, standing) = self.shared.standing(actor, channel).await?;
                permission::may_read(standing)?;
                if !main_thread_only {
                    return Ok(MessageScope::Channel(channel));
                }
                let chat = self.shared.chat(actor, channel).await?;
                Ok(MessageScope::Thread(chat.main_thread))
            }
            MessageList::Thread(thread) => {
                let (thread, _) = self.shared.thread(actor, thread).await?;
                Ok(MessageScope::Thread(thread.id))
            }
            MessageList::RepliesTo(message) => {
                self.shared.message(actor, message).await?;
                Ok(MessageScope::RepliesTo(message))
            }
            MessageList::Mine => Ok(MessageScope::ChannelsOf(actor.user)),
        }
    }

    /// A message as its event shows it, whoever looks.
    async fn view(&self, app: AppId, message: MessageId) -> Result<MessageView> {
        let record = self.shared.store.message(app, message, None).await?;
        self.shared.views.message(record.ok_or(Error::NotFound { what: "message" })?).await
    }
}

#[cfg(test)]
mod tests;

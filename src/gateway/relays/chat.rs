//! Messages, threads, what has been read.
use super::{Ask, Json};
use crate::{Gateway, requests::unknown_destination};
use domain::{
    Error,
    messages::MessageList,
    ports::{ContentFilter, ThreadFilter},
};
use model::{ChannelId, ThreadId, message::MessageView, page::Cursor};
use wire::{
    destination::{Dialect, Relay},
    resource::{Answer, ChannelContext, Count, Exists},
};

impl Gateway {
    pub(super) async fn ask_chat(&self, ask: &Ask<'_>) -> Json {
        let (actor, chat) = (ask.session.actor(), &self.services.chat);
        match ask.request.relay {
            Relay::UserMessages => self.messages(ask, MessageList::Mine).await,
            Relay::ChannelMessages(channel) => {
                let main_thread_only = ask.is_set("mainThread");
                self.messages(ask, MessageList::Channel { channel, main_thread_only }).await
            }
            Relay::UnreadMessagesCount => {
                Ok(Answer::encode(Count { count: chat.reads.count(actor, None).await? }))
            }
            Relay::MessagesCount(channel) => {
                let count = match ask.is_set("unread") {
                    true => chat.reads.count(actor, Some(channel)).await?,
                    false => chat.messages.count(actor, channel).await?,
                };
                Ok(Answer::encode(Count { count }))
            }
            Relay::LastReceivedMessage(channel) => {
                let seen = self.services.channels.get(actor, channel).await?;
                let last = seen.last_message.ok_or(Error::NotFound { what: "message" })?;
                Ok(self.answer_message(&last))
            }
            Relay::LastReadMessage(channel) => self.last_read(ask, channel).await,
            Relay::ChannelUnread(channel) => {
                Ok(Answer::encode(Exists { exists: chat.reads.is_unread(actor, channel).await? }))
            }
            Relay::Threads(channel) => {
                let filter = ThreadFilter {
                    without_main: ask.header("includeMainThread") == Some("false"),
                    standalone_only: ask.is_set("standalone"),
                };
                let page = chat.threads.list(actor, channel, filter, ask.page()).await?;
                Ok(ask.answer_page("threads", &page, |thread| self.renderer.thread(thread)))
            }
            Relay::ChannelContext(channel) => self.context(ask, channel).await,
            // The arms of all callers together name every relay.
            _ => Err(unknown_destination().into()),
        }
    }

    pub(super) async fn ask_message(&self, ask: &Ask<'_>) -> Json {
        let (actor, chat) = (ask.session.actor(), &self.services.chat);
        match ask.request.relay {
            Relay::Message(id) => Ok(self.answer_message(&chat.messages.get(actor, id).await?)),
            Relay::MessageChannel(id) => {
                let channel = chat.messages.get(actor, id).await?.message.channel;
                let seen = self.services.channels.get(actor, channel).await?;
                Ok(self.answer_channel(ask, &seen))
            }
            Relay::MessageParent(id) => Ok(self.answer_message(&chat.messages.parent(actor, id).await?)),
            Relay::ReadReceipts(id) => {
                let page = chat.reads.receipts(actor, id, ask.page()).await?;
                Ok(ask.answer_page("receipts", &page, |receipt| self.renderer.read_receipt(receipt)))
            }
            Relay::Replies(id) => self.messages(ask, MessageList::RepliesTo(id)).await,
            Relay::RepliesCount(id) => {
                let count = chat.messages.get(actor, id).await?.replies_count;
                Ok(Answer::encode(Count { count }))
            }
            Relay::Reactions(id) => {
                let page = chat.reactions.list(actor, id, ask.page()).await?;
                Ok(ask.answer_page("reactions", &page, |reaction| self.renderer.reaction(reaction)))
            }
            Relay::Reports(id) => {
                let page = chat.messages.reports(actor, id, ask.page()).await?;
                Ok(ask.answer_page("reports", &page, |report| self.renderer.message_report(report)))
            }
            Relay::ReportCount(id) => {
                let count = chat.messages.get(actor, id).await?.report_count;
                Ok(Answer::encode(Count { count }))
            }
            Relay::Thread(id) => {
                let thread = chat.threads.get(actor, id).await?;
                Ok(Answer::encode(self.renderer.thread(&thread)))
            }
            Relay::ThreadChannel(id) => {
                let channel = chat.threads.get(actor, id).await?.channel;
                let seen = self.services.channels.get(actor, channel).await?;
                Ok(self.answer_channel(ask, &seen))
            }
            Relay::ThreadMessage(id) => self.thread_message(ask, id).await,
            // The arms of all callers together name every relay.
            _ => Err(unknown_destination().into()),
        }
    }

    fn answer_message(&self, view: &MessageView) -> Vec<u8> {
        Answer::encode(self.renderer.message(view))
    }

    async fn messages(&self, ask: &Ask<'_>, list: MessageList) -> Json {
        let content = match ask.header("type") {
            None => None,
            Some("FILE") => Some(ContentFilter::Files),
            Some("TEXT") => Some(ContentFilter::Texts),
            Some(_) => return Err(Error::invalid("type", "one of TEXT, FILE").into()),
        };
        let messages = &self.services.chat.messages;
        let page = messages.list(ask.session.actor(), list, content, ask.cursor_page()).await?;
        Ok(ask.answer_cursor_page("messages", &page, |message| self.renderer.message(message)))
    }

    /// `@chatkitty/core` 2 hangs on an answer without resource (protocol 8.1).
    async fn last_read(&self, ask: &Ask<'_>, channel: ChannelId) -> Json {
        let reads = &self.services.chat.reads;
        match reads.last_read(ask.session.actor(), channel, ask.header("username")).await? {
            Some(message) => Ok(self.answer_message(&message)),
            None if ask.session.dialect() == Dialect::Core2 => {
                Err(Error::NotFound { what: "message" }.into())
            }
            None => Ok(br#"{"resource":null}"#.to_vec()),
        }
    }

    async fn thread_message(&self, ask: &Ask<'_>, thread: ThreadId) -> Json {
        let (actor, chat) = (ask.session.actor(), &self.services.chat);
        let root = chat.threads.root(actor, thread).await?;
        Ok(self.answer_message(&chat.messages.get(actor, root).await?))
    }

    async fn context(&self, ask: &Ask<'_>, channel: ChannelId) -> Json {
        let cursor = |name| ask.header(name).unwrap_or_default();
        let (start, end) = (cursor("startCursor"), cursor("endCursor"));
        let window = [("startCursor", start), ("endCursor", end)].map(|(name, token)| match token {
            "" => Ok(None),
            token => {
                Cursor::parse(token).map(Some).ok_or_else(|| Error::invalid(name, "is no cursor of a page"))
            }
        });
        let [from, to] = window;
        let read_by = self.services.chat.reads.context(ask.session.actor(), channel, from?, to?).await?;
        let ids = |users: Vec<model::UserId>| users.into_iter().map(|user| user.0).collect();
        let read_by = read_by.messages.into_iter().map(|(message, users)| (message.0, ids(users))).collect();
        Ok(Answer::encode(ChannelContext { start_cursor: start, end_cursor: end, read_by }))
    }
}

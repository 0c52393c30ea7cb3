//! What has been read: positions and receipts, and the counts derived from them.
use crate::{
    Actor, Ctx, Error,
    chat::Shared,
    permission,
    ports::{NewReads, ReadScope, Result},
    striped::Striped,
};
use model::{
    ChannelId, MessageId, ThreadId, UserId,
    channel::ChannelKind,
    event::{Event, ReadChange},
    limits,
    message::{Author, MessageView},
    page::{Cursor, Page, PageRequest},
    receipt::{ReadBy, ReadMessage, ReadReceipt},
};
use std::{collections::BTreeSet, sync::Arc};

/// Read state of all applications.
pub struct Reads {
    shared: Arc<Shared>,
    /// By user: what one device reads is not announced again by another.
    changing: Striped,
}

impl Reads {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, changing: Striped::new() }
    }

    /// Everything in the channel is read: `Event::MessagesRead` with the newly read messages, of many the newest
    /// [`limits::MAX_RECEIPTS_AT_ONCE`]. No event when there are none.
    pub async fn read_channel(&self, ctx: &mut Ctx, channel: ChannelId) -> Result<()> {
        let _alone = self.changing.lock(ctx.actor.user.0).await;
        self.read(ctx, channel, ReadScope::Channel).await.map(|_| ())
    }

    /// Everything in the thread is read, as with [`Reads::read_channel`].
    pub async fn read_thread(&self, ctx: &mut Ctx, thread: ThreadId) -> Result<()> {
        let (thread, _) = self.shared.thread(ctx.actor, thread).await?;
        let _alone = self.changing.lock(ctx.actor.user.0).await;
        // Each round reads what it found, so the rounds end.
        while self.read(ctx, thread.channel, ReadScope::Thread(thread.id)).await? {}
        Ok(())
    }

    /// The message is read. Nothing happens for own messages and for those that were read before.
    pub async fn read_message(&self, ctx: &mut Ctx, message: MessageId) -> Result<()> {
        let (record, _) = self.shared.message(ctx.actor, message).await?;
        let _alone = self.changing.lock(ctx.actor.user.0).await;
        self.read(ctx, record.message.channel, ReadScope::Message(message)).await.map(|_| ())
    }

    /// Returns whether there may be more to read.
    async fn read(&self, ctx: &mut Ctx, channel: ChannelId, scope: ReadScope) -> Result<bool> {
        let actor = ctx.actor;
        let (_, standing) = self.shared.standing(actor, channel).await?;
        permission::may_take_part(standing)?;
        let store = &self.shared.store;
        let unread = store.unread(channel, actor.user, scope, limits::MAX_RECEIPTS_AT_ONCE).await?;
        let position = store.seat(channel, actor.user).await?.map_or(MessageId(0), |seat| seat.read);
        let up_to = Some(unread.newest).filter(|newest| scope == ReadScope::Channel && *newest > position);
        if unread.messages.is_empty() && up_to.is_none() {
            ctx.committed();
            return Ok(false);
        }
        let may_be_more = unread.messages.len() >= limits::MAX_RECEIPTS_AT_ONCE;
        let events = match unread.messages.is_empty() {
            true => Vec::new(),
            false => {
                let change = self.change(actor, channel, unread.messages.clone()).await?;
                vec![self.shared.placed(actor.app, channel, Event::MessagesRead(Box::new(change)))]
            }
        };
        let reads = NewReads {
            app: actor.app,
            channel,
            user: actor.user,
            messages: unread.messages.iter().map(|read| read.message).collect(),
            up_to,
            time: self.shared.clock.now(),
        };
        let turn = self.shared.enter(channel);
        let write = store.mark_read(&reads, events).await?;
        ctx.committed();
        turn.publish(write.events, None).await;
        Ok(may_be_more)
    }

    /// The message is unread again, `Event::MessagesUnread`. Nothing happens for own messages and unread ones.
    pub async fn unread_message(&self, ctx: &mut Ctx, message: MessageId) -> Result<()> {
        let actor = ctx.actor;
        let (record, standing) = self.shared.live_message(actor, message).await?;
        permission::may_take_part(standing)?;
        let author = record.message.author;
        if author == Author::User(actor.user) {
            ctx.committed();
            return Ok(());
        }
        let _alone = self.changing.lock(actor.user.0).await;
        let channel = record.message.channel;
        let read = ReadMessage { message, author: author.user() };
        let change = self.change(actor, channel, vec![read]).await?;
        let event = self.shared.placed(actor.app, channel, Event::MessagesUnread(Box::new(change)));
        let turn = self.shared.enter(channel);
        let write = self.shared.store.mark_unread(actor.app, message, actor.user, vec![event]).await?;
        ctx.committed();
        turn.publish(write.events, None).await;
        Ok(())
    }

    async fn change(
        &self,
        actor: Actor,
        channel: ChannelId,
        messages: Vec<ReadMessage>,
    ) -> Result<ReadChange> {
        let user = self.shared.actor(actor).await?;
        let audience = match self.shared.small_channel_members(channel).await? {
            Some(members) => members,
            None => {
                let authors: BTreeSet<UserId> =
                    messages.iter().filter_map(|read| read.author).chain([actor.user]).collect();
                authors.into_iter().collect()
            }
        };
        Ok(ReadChange { channel, user, messages, audience })
    }

    /// Does a channel have messages that the actor has not read? Never for whoever is no member.
    pub async fn is_unread(&self, actor: Actor, channel: ChannelId) -> Result<bool> {
        let (_, standing) = self.shared.standing(actor, channel).await?;
        permission::may_read(standing)?;
        self.shared.store.is_unread(channel, actor.user).await
    }

    /// How many messages the actor has not read, in one channel or in all of theirs.
    pub async fn count(&self, actor: Actor, channel: Option<ChannelId>) -> Result<u64> {
        if let Some(channel) = channel {
            let (_, standing) = self.shared.standing(actor, channel).await?;
            permission::may_read(standing)?;
        }
        self.shared.store.count_unread(actor.app, actor.user, channel).await
    }

    /// How many channels have messages that the actor has not read.
    pub async fn count_channels(&self, actor: Actor, kind: Option<ChannelKind>) -> Result<u64> {
        self.shared.store.count_unread_channels(actor.app, actor.user, kind).await
    }

    /// The newest message of a channel that a user has read, as the actor may see it; by username, the actor when absent.
    pub async fn last_read(
        &self,
        actor: Actor,
        channel: ChannelId,
        username: Option<&str>,
    ) -> Result<Option<MessageView>> {
        let (_, standing) = self.shared.standing(actor, channel).await?;
        permission::may_read(standing)?;
        let user = match username {
            None => actor.user,
            Some(name) => {
                let user = self.shared.store.user_by_name(actor.app, name).await?;
                user.ok_or(Error::NotFound { what: "user" })?.id
            }
        };
        let Some(id) = self.shared.store.last_read(channel, user).await? else { return Ok(None) };
        match self.shared.store.message(actor.app, id, None).await? {
            Some(record) => Ok(Some(self.shared.views.message(record).await?)),
            None => Ok(None),
        }
    }

    /// A page of a message's receipts, oldest first.
    pub async fn receipts(
        &self,
        actor: Actor,
        message: MessageId,
        page: PageRequest,
    ) -> Result<Page<ReadReceipt>> {
        self.shared.message(actor, message).await?;
        let page = self.shared.store.list_receipts(message, page).await?;
        let people =
            self.shared.views.people(actor.app, page.items.iter().map(|(user, _)| *user).collect()).await?;
        let receipts = page.items.iter().filter_map(|(user, time)| {
            let user = self.shared.views.user(people.get(user)?.clone());
            Some(ReadReceipt { message, user, created_time: *time })
        });
        let receipts = receipts.collect();
        Ok(page.with_items(receipts))
    }

    /// Who has read the messages of a window of a channel's history: from the `start` of a page, which is its newest end,
    /// to its `next`, which is its oldest. Absent ends are open; of a large window the newest
    /// [`limits::MAX_CONTEXT_MESSAGES`] are looked at.
    pub async fn context(
        &self,
        actor: Actor,
        channel: ChannelId,
        start: Option<Cursor>,
        end: Option<Cursor>,
    ) -> Result<ReadBy> {
        let (_, standing) = self.shared.standing(actor, channel).await?;
        permission::may_read(standing)?;
        let newest = MessageId(start.map_or(u64::MAX, Cursor::id));
        let oldest = MessageId(end.map_or(0, Cursor::id));
        self.shared.store.read_by(channel, oldest, newest, limits::MAX_CONTEXT_MESSAGES).await
    }
}

impl Shared {
    /// Every member of a channel that is not large.
    pub(crate) async fn small_channel_members(&self, channel: ChannelId) -> Result<Option<Vec<UserId>>> {
        let limit = u32::try_from(limits::LARGE_CHANNEL_MEMBERS).unwrap_or(u32::MAX).saturating_add(1);
        let members = self.store.members(channel, limit).await?;
        let small = members.len() <= limits::LARGE_CHANNEL_MEMBERS;
        Ok(small.then(|| members.into_iter().map(|member| member.user).collect()))
    }
}

#[cfg(test)]
mod tests;

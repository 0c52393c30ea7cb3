//! Notifications: who is told of a message, and in which words.
//!
//! Everybody is told of a message at most once, for the strongest reason they have:
//!
//! | reason | who | where they look |
//! | --- | --- | --- |
//! | replied to | the author of the parent | anywhere |
//! | mentioned | whoever is named and can see the channel | anywhere |
//! | channel mentioned | members of the named channel who can see this one | anywhere |
//! | sent | every member | not at the channel |
//!
//! Nobody is told of their own message. A recipient who has muted the channel is told all the same, `muted`.
use crate::{
    chat::Shared,
    ports::{NotificationRecord, Result},
};
use model::{
    AppId, ChannelId, MessageId, UserId,
    channel::{ChannelKind, ChannelView, Member, Seat},
    limits,
    message::{Author, Content, MessageView},
    notification::{NotificationKind, NotificationView},
    page::{CursorPage, CursorRequest},
    user::UserView,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What the rules look at.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Who says it.
    pub author: Author,
    /// The channel's type.
    pub kind: ChannelKind,
    /// The channel's members.
    pub members: &'a [(Member, Seat)],
    /// Users with a chat session in the channel.
    pub present: &'a BTreeSet<UserId>,
    /// Who wrote the message this one replies to.
    pub parent_author: Option<UserId>,
    /// Users named in it.
    pub mentioned: &'a [UserId],
    /// Channels named in it, with their members.
    pub mentioned_channels: &'a [(ChannelId, Vec<UserId>)],
}

/// Who is told of a message: recipient, why, muted. The strongest reasons first, at most [`limits::MAX_NOTIFIED`].
pub fn recipients(facts: &Facts<'_>) -> Vec<(UserId, NotificationKind, bool)> {
    let seats: BTreeMap<UserId, Seat> =
        facts.members.iter().map(|(member, seat)| (member.user, *seat)).collect();
    let can_see = |user: &UserId| facts.kind == ChannelKind::Public || seats.contains_key(user);
    let replied = facts.parent_author.iter().map(|user| (*user, NotificationKind::Replied));
    let mentioned = facts.mentioned.iter().map(|user| (*user, NotificationKind::MentionedUser));
    let of_channels = facts.mentioned_channels.iter().flat_map(|(channel, users)| {
        users.iter().map(|user| (*user, NotificationKind::MentionedChannel(*channel)))
    });
    let sent = match facts.author {
        Author::User(_) => NotificationKind::UserSent,
        Author::System => NotificationKind::SystemSent,
    };
    let away =
        facts.members.iter().map(|(member, _)| member.user).filter(|user| !facts.present.contains(user));
    let away = away.map(|user| (user, sent));
    let mut told: BTreeSet<UserId> = facts.author.user().into_iter().collect();
    replied
        .chain(mentioned)
        .chain(of_channels)
        .filter(|(user, _)| can_see(user))
        .chain(away)
        .filter(|(user, _)| told.insert(*user))
        .map(|(user, kind)| (user, kind, seats.get(&user).is_some_and(|seat| seat.muted)))
        .take(limits::MAX_NOTIFIED)
        .collect()
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Who or where.
    pub title: String,
    /// What.
    pub body: String,
}

/// The words of a notification of a message: whoever says it, or the channel when nobody does; the text, or the name of
/// the file.
pub fn words(message: &MessageView, channel: &ChannelView) -> Words {
    let title = match &message.author {
        Some(author) => author.user.display_name.clone(),
        None => channel.channel.display_name.clone(),
    };
    let body = match &message.message.content {
        Content::Text(text) => text.body.clone(),
        Content::File(file) => file.name.clone(),
    };
    Words { title, body }
}

/// Notifications of all users.
pub struct Notifications {
    shared: Arc<Shared>,
}

impl Notifications {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// A user's notifications, newest first; those of deleted messages are left out.
    pub async fn list(
        &self,
        app: AppId,
        user: UserId,
        page: CursorRequest,
    ) -> Result<CursorPage<NotificationView>> {
        let recipient = self.shared.users.view(app, user).await?;
        let page = self.shared.store.notifications(app, user, page).await?;
        let mut views = Vec::with_capacity(page.items.len());
        for record in &page.items {
            // What was deleted since the page was read is left out.
            views.extend(self.view(app, &recipient, *record).await?);
        }
        Ok(page.with_items(views))
    }

    async fn view(
        &self,
        app: AppId,
        recipient: &UserView,
        record: NotificationRecord,
    ) -> Result<Option<NotificationView>> {
        let Some(message) = self.message(app, record.message).await? else { return Ok(None) };
        let Some(channel) = self.channel(app, message.message.channel).await? else { return Ok(None) };
        let parent = match message.message.parent {
            Some(parent) => self.message(app, parent).await?,
            None => None,
        };
        let mentioned_channel = match record.kind {
            NotificationKind::MentionedChannel(id) => self.channel(app, id).await?,
            _ => None,
        };
        Ok(Some(NotificationView {
            id: record.id,
            kind: record.kind,
            muted: record.muted,
            created_time: record.time,
            read_time: record.read_time,
            recipient: recipient.clone(),
            message,
            parent,
            channel,
            mentioned_channel,
        }))
    }

    async fn message(&self, app: AppId, id: MessageId) -> Result<Option<MessageView>> {
        match self.shared.store.message(app, id, None).await? {
            Some(record) => Ok(Some(self.shared.views.message(record).await?)),
            None => Ok(None),
        }
    }

    async fn channel(&self, app: AppId, id: ChannelId) -> Result<Option<ChannelView>> {
        match self.shared.store.channel(app, id).await? {
            Some(channel) => Ok(Some(self.shared.views.channel(channel).await?)),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;

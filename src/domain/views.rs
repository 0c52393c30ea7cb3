//! From what is stored to what resources show: people as they are right now, channels with their members.
use crate::{
    ports::{Chat, MessageFilter, MessageRecord, MessageScope, Result, Store},
    presence::Presence,
};
use model::{
    AppId, ChannelId, UserId,
    channel::{Channel, ChannelKind, ChannelView},
    limits,
    message::{MentionTarget, MentionView, MessageView, Named},
    page::CursorRequest,
    reaction::ReactionSummary,
    user::{User, UserView},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Makes views.
#[derive(Clone)]
pub(crate) struct Views {
    store: Arc<dyn Store>,
    presence: Arc<Presence>,
}

/// Users by id.
pub(crate) type People = BTreeMap<UserId, User>;

impl Views {
    pub(crate) fn new(store: Arc<dyn Store>, presence: Arc<Presence>) -> Self {
        Self { store, presence }
    }

    pub(crate) fn user(&self, user: User) -> UserView {
        self.presence.view(user)
    }

    /// Users by ids; unknown ones are left out, what is left of deleted ones is not.
    pub(crate) async fn people(&self, app: AppId, ids: BTreeSet<UserId>) -> Result<People> {
        let ids: Vec<UserId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(People::new());
        }
        Ok(self.store.users(app, &ids).await?.into_iter().map(|user| (user.id, user)).collect())
    }

    /// A channel with its creator and, for DIRECT channels, all members.
    pub(crate) async fn channel(&self, channel: Channel) -> Result<ChannelView> {
        let mut ids: Vec<UserId> = channel.creator.into_iter().collect();
        let n_creators = ids.len();
        if channel.kind == ChannelKind::Direct {
            let limit = u32::try_from(limits::MAX_DIRECT_MEMBERS).unwrap_or(u32::MAX);
            ids.extend(self.store.members(channel.id, limit).await?.iter().map(|member| member.user));
        }
        let people = self.people(channel.app, ids.iter().copied().collect()).await?;
        let view = |id: &UserId| people.get(id).cloned().map(|user| self.presence.view(user));
        let (creator, members) = ids.split_at(n_creators);
        Ok(ChannelView {
            creator: creator.first().and_then(view),
            direct_members: members.iter().filter_map(view).collect(),
            channel,
        })
    }

    /// The channel of a chat: nothing more needs to be read for it.
    pub(crate) fn channel_of(&self, chat: &Chat) -> ChannelView {
        let person = |id: UserId| chat.people.iter().find(|user| user.id == id).cloned();
        let view = |id: UserId| person(id).map(|user| self.presence.view(user));
        let direct = chat.channel.kind == ChannelKind::Direct;
        let members = chat.members.iter().filter(|_| direct).filter_map(|(member, _)| view(member.user));
        ChannelView {
            creator: chat.channel.creator.and_then(view),
            direct_members: members.collect(),
            channel: chat.channel.clone(),
        }
    }

    pub(crate) async fn message(&self, record: MessageRecord) -> Result<MessageView> {
        let app = record.message.app;
        let views = self.messages(app, vec![record]).await?;
        views.into_iter().next().ok_or(crate::Error::NotFound { what: "message" })
    }

    /// Messages of one application, in the same order.
    pub(crate) async fn messages(&self, app: AppId, records: Vec<MessageRecord>) -> Result<Vec<MessageView>> {
        let mut ids = BTreeSet::new();
        let mut named_channels = BTreeSet::new();
        for record in &records {
            ids.extend(record.message.author.user());
            ids.extend(record.reactions.iter().flat_map(|reaction| reaction.users.iter().copied()));
            let mentions =
                record.message.content.text().map(|text| text.mentions.as_slice()).unwrap_or_default();
            for mention in mentions {
                match mention.target {
                    MentionTarget::User(user) => {
                        ids.insert(user);
                    }
                    MentionTarget::Channel(channel) => {
                        named_channels.insert((channel, record.message.channel));
                    }
                }
            }
        }
        let people = self.people(app, ids).await?;
        let mut channels = BTreeMap::new();
        for (id, home) in named_channels {
            if let Some(channel) = self.store.channel(app, id).await?
                && may_be_named(&channel, home)
            {
                channels.insert(id, self.channel(channel).await?);
            }
        }
        Ok(records.into_iter().map(|record| self.message_with(record, &people, &channels)).collect())
    }

    /// A message all of whose people and channels are known.
    pub(crate) fn message_with(
        &self,
        record: MessageRecord,
        people: &People,
        channels: &BTreeMap<ChannelId, ChannelView>,
    ) -> MessageView {
        let person = |id: UserId| people.get(&id).cloned().map(|user| self.presence.view(user));
        let mentions = record.message.content.text().map(|text| text.mentions.as_slice()).unwrap_or_default();
        let mentions = mentions.iter().filter_map(|mention| {
            let named = match mention.target {
                MentionTarget::User(id) => {
                    Named::User(Box::new(person(id).filter(|view| !view.user.is_deleted())?))
                }
                MentionTarget::Channel(id) => Named::Channel(Box::new(channels.get(&id)?.clone())),
            };
            Some(MentionView { mention: mention.clone(), named })
        });
        let reactions = record.reactions.iter().map(|reaction| ReactionSummary {
            emoji: reaction.emoji.clone(),
            users: reaction.users.iter().filter_map(|id| person(*id)).collect(),
            count: reaction.count,
        });
        MessageView {
            author: record.message.author.user().and_then(person),
            mentions: mentions.collect(),
            reactions: reactions.collect(),
            replies_count: record.replies_count,
            report_count: record.report_count,
            message: record.message,
        }
    }

    /// The last message said in a channel, as somebody is shown it; `viewer: None`: by everybody.
    pub(crate) async fn last_message(
        &self,
        app: AppId,
        channel: ChannelId,
        viewer: Option<UserId>,
    ) -> Result<Option<MessageView>> {
        let filter = MessageFilter { app, viewer, scope: MessageScope::Channel(channel), content: None };
        let page = self.store.messages(&filter, CursorRequest { cursor: None, size: 1 }).await?;
        Ok(self.messages(app, page.items).await?.pop())
    }
}

/// A mention shows its channel to everybody who reads the message: only what they can see anyway.
pub(crate) fn may_be_named(channel: &Channel, home: ChannelId) -> bool {
    channel.kind == ChannelKind::Public || channel.id == home
}

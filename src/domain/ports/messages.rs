//! What the store does for messages, threads, reactions, reports and notifications.
use super::{NewEvent, Result, Write};
use async_trait::async_trait;
use model::{
    AppId, ChannelId, MessageId, NotificationId, Properties, ThreadId, Timestamp, UserId,
    channel::{Channel, Member, Seat},
    event::Event,
    message::{Author, Content, Message},
    notification::{NotificationKind, Notified},
    page::{CursorPage, CursorRequest, Page, PageRequest},
    reaction::Emoji,
    thread::Thread,
    user::User,
};

/// A channel as somebody who acts in it finds it: one consistent state, read in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// The channel.
    pub channel: Channel,
    /// Its main thread.
    pub main_thread: ThreadId,
    /// Membership and seat of the actor.
    pub seat: Option<(Member, Seat)>,
    /// The actor is kept out of the channel.
    pub is_banned: bool,
    /// DIRECT only: a member has the actor on their block list.
    pub is_blocked: bool,
    /// The actor, the creator, and the members of a DIRECT channel in joining order; each once.
    pub people: Vec<User>,
    /// Every member in joining order.
    pub members: Vec<(Member, Seat)>,
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The tenant.
    pub app: AppId,
    /// The channel. A user who sends must be a member at the moment of the commit.
    pub channel: ChannelId,
    /// Where in it.
    pub place: Place,
    /// Who says it.
    pub author: Author,
    /// What is said.
    pub content: Content,
    /// Free text.
    pub group_tag: Option<String>,
    /// 0 outside replies.
    pub nested_level: u32,
    /// Free JSON object.
    pub properties: Properties,
    /// When.
    pub time: Timestamp,
    /// A send of the same user with the same key within 24 h happens once.
    pub idempotency_key: Option<String>,
    /// Who is notified: recipient, why, muted.
    pub notify: Vec<(UserId, NotificationKind, bool)>,
}

/// Where in a channel a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A thread that exists.
    Thread(ThreadId),
    /// The thread of replies to a message, made when it is the first reply.
    ReplyTo(MessageId),
}

/// A message as it was stored, before anybody knows: what its event is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// With id, thread and place in the order.
    pub message: Message,
    /// Replies of the parent, this one counted; 0 without parent.
    pub parent_replies: u64,
    /// With ids, in the order of [`NewMessage::notify`].
    pub notified: Vec<Notified>,
    /// Members who had hidden the channel and now see it again.
    pub unhidden: Vec<UserId>,
}

/// Makes the event of a write from what only the store knows. Pure; runs inside the transaction.
pub type Describe<T> = Box<dyn FnOnce(&T) -> Event + Send>;

/// What became of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "lives for one match")]
pub enum SendOutcome {
    /// Stored.
    Sent(Sent),
    /// The same key was used before, for this message.
    Before(MessageId),
}

/// A message with what is counted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRecord {
    /// As stored.
    pub message: Message,
    /// Replies that are not deleted.
    pub replies_count: u64,
    /// Users who reported it.
    pub report_count: u64,
    /// By emoji, the first used first.
    pub reactions: Vec<ReactionCount>,
    /// The viewer has deleted it for themselves, or cleared the history after it.
    pub hidden: bool,
}

/// All reactions to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionCount {
    /// With what.
    pub emoji: Emoji,
    /// The first users, at most `MAX_REACTION_USERS`.
    pub users: Vec<UserId>,
    /// How many.
    pub count: u64,
}

/// Which messages [`MessageStore::messages`] returns. Never deleted ones, nor what the viewer has hidden or cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageFilter {
    /// The tenant.
    pub app: AppId,
    /// Who looks; `None`: the application, which sees everything.
    pub viewer: Option<UserId>,
    /// Where.
    pub scope: MessageScope,
    /// Only files, or only texts.
    pub content: Option<ContentFilter>,
}

/// Where messages are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageScope {
    /// All threads of a channel.
    Channel(ChannelId),
    /// One thread.
    Thread(ThreadId),
    /// Replies to one message.
    RepliesTo(MessageId),
    /// All channels a user is a member of.
    ChannelsOf(UserId),
    /// Whatever a user has sent.
    SentBy(UserId),
}

/// What kind of content is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentFilter {
    /// `FILE` and `SYSTEM_FILE`.
    Files,
    /// `TEXT` and `SYSTEM_TEXT`.
    Texts,
}

/// A standalone thread to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewThread {
    /// The tenant.
    pub app: AppId,
    /// The channel.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// Free JSON object.
    pub properties: Properties,
    /// When.
    pub time: Timestamp,
}

/// Which threads of a channel [`MessageStore::list_threads`] returns. Newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadFilter {
    /// Not the main one.
    pub without_main: bool,
    /// Only standalone ones.
    pub standalone_only: bool,
}

/// A reaction as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionRecord {
    /// The message.
    pub message: MessageId,
    /// Who.
    pub user: UserId,
    /// With what.
    pub emoji: Emoji,
    /// When.
    pub time: Timestamp,
}

/// A report as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRecord {
    /// The message.
    pub message: MessageId,
    /// Who.
    pub user: UserId,
    /// Why.
    pub reason: String,
    /// Free JSON object.
    pub properties: Properties,
    /// When.
    pub time: Timestamp,
}

/// A notification as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotificationRecord {
    /// Identifier.
    pub id: NotificationId,
    /// The message.
    pub message: MessageId,
    /// Why.
    pub kind: NotificationKind,
    /// The channel was muted.
    pub muted: bool,
    /// When.
    pub time: Timestamp,
    /// When the recipient read the message.
    pub read_time: Option<Timestamp>,
}

/// Messages and what hangs on them. See [`Store`](super::Store) for what every method promises.
#[async_trait]
pub trait MessageStore: Send + Sync {
    /// A channel with whoever is in it; `None` when there is none. `actor: None`: the application acts.
    async fn chat(&self, app: AppId, channel: ChannelId, actor: Option<UserId>) -> Result<Option<Chat>>;

    /// Stores a message, its notifications and its event; shows the channel again to members who had hidden it.
    /// `Denied` when the author is no member; `NotFound` for an unknown channel, thread or parent. A key that was used
    /// before changes nothing.
    async fn send_message(&self, new: NewMessage, describe: Describe<Sent>) -> Result<Write<SendOutcome>>;
    /// A message by id, deleted ones included for as long as they are kept.
    async fn message(
        &self,
        app: AppId,
        id: MessageId,
        viewer: Option<UserId>,
    ) -> Result<Option<MessageRecord>>;
    /// A page of messages, newest first.
    async fn messages(
        &self,
        filter: &MessageFilter,
        page: CursorRequest,
    ) -> Result<CursorPage<MessageRecord>>;
    /// How many messages [`MessageStore::messages`] would return on all pages.
    async fn count_messages(&self, filter: &MessageFilter) -> Result<u64>;
    /// Replaces content, properties and the time of the last edit. `NotFound` when it is gone or deleted.
    async fn update_message(&self, message: &Message, events: Vec<NewEvent>) -> Result<Write<()>>;
    /// Deletes a message for everybody; returns whether there was one (events are stored only then). It stays to be
    /// looked up until [`MessageStore::prune`].
    async fn delete_message(
        &self,
        app: AppId,
        id: MessageId,
        time: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// Hides a message from one user; returns whether it was visible (events are stored only then).
    async fn hide_message(
        &self,
        app: AppId,
        id: MessageId,
        user: UserId,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// Forgets the idempotency keys of messages sent before, up to the first that was sent later, and blanks messages that
    /// were deleted before; returns how many rows it looked at, at most `limit` of each kind.
    async fn prune(&self, keys_before: Timestamp, deleted_before: Timestamp, limit: u32) -> Result<u64>;

    /// A channel by exact name.
    async fn channel_by_name(&self, app: AppId, name: &str) -> Result<Option<Channel>>;
    /// The main thread of a channel.
    async fn main_thread(&self, channel: ChannelId) -> Result<Option<ThreadId>>;
    /// A thread by id.
    async fn thread(&self, app: AppId, id: ThreadId) -> Result<Option<Thread>>;
    /// A page of threads, newest first.
    async fn list_threads(
        &self,
        channel: ChannelId,
        filter: ThreadFilter,
        page: PageRequest,
    ) -> Result<Page<Thread>>;
    /// Makes a standalone thread, and its event from it.
    async fn create_thread(&self, new: NewThread, describe: Describe<Thread>) -> Result<Write<Thread>>;

    /// Adds a reaction; returns whether it is new (events are stored only then).
    async fn add_reaction(&self, reaction: &ReactionRecord, events: Vec<NewEvent>) -> Result<Write<bool>>;
    /// Removes a reaction; returns whether there was one (events are stored only then).
    async fn remove_reaction(
        &self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
        events: Vec<NewEvent>,
    ) -> Result<Write<bool>>;
    /// One user's reaction with one emoji.
    async fn reaction(
        &self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
    ) -> Result<Option<ReactionRecord>>;
    /// A page of reactions, oldest first.
    async fn list_reactions(&self, message: MessageId, page: PageRequest) -> Result<Page<ReactionRecord>>;

    /// Adds a report or replaces the user's earlier one.
    async fn report_message(&self, report: &ReportRecord, events: Vec<NewEvent>) -> Result<Write<()>>;
    /// A page of reports, oldest first.
    async fn list_reports(&self, message: MessageId, page: PageRequest) -> Result<Page<ReportRecord>>;
    /// A page of a channel's messages that somebody reported, newest first.
    async fn list_reported(
        &self,
        app: AppId,
        channel: ChannelId,
        page: PageRequest,
    ) -> Result<Page<MessageRecord>>;

    /// A page of a user's notifications, newest first.
    async fn notifications(
        &self,
        app: AppId,
        user: UserId,
        page: CursorRequest,
    ) -> Result<CursorPage<NotificationRecord>>;
}

//! Chat: everything that is said in channels, and what follows from it.
//!
//! ```text
//!   messages ─▶ mentions links     pure: what is in a text
//!            ─▶ notifications      pure: who is told
//!            ─▶ typing             whoever has sent no longer types
//!   threads reactions reads        what hangs on messages
//!   attendance                     who is looking at which channel
//!   blocks                         who does not want to hear from whom
//!      └─ permission               pure: who may do what
//!      └─ order                    one order for everything of a channel
//!      └─ views                    people as they are right now
//! ```
//!
//! Counts are derived from positions and rows, never incremented (`ports::ReadStore`).
use crate::{
    Actor, Error,
    attendance::Attendance,
    blocks::Blocks,
    channels::Channels,
    messages::Messages,
    notifications::Notifications,
    order::Turn,
    permission::{self, Standing},
    ports::{self, Bus, Clock, MessageRecord, NewEvent, Result, Store},
    presence::Presence,
    reactions::Reactions,
    reads::Reads,
    striped::Striped,
    threads::Threads,
    typing::TypingService,
    users::Users,
    views::Views,
};
use model::{AppId, ChannelId, MessageId, Timestamp, channel::Channel, event::Event, limits, user::UserView};
use std::sync::{Arc, Weak};

/// Rows of each kind that one [`Chat::prune`] changes at most: others do not wait long.
const PRUNE_AT_ONCE: u32 = 500;

/// What the services are made of.
pub struct ChatNeeds {
    /// Truth.
    pub store: Arc<dyn Store>,
    /// Announcements.
    pub bus: Arc<dyn Bus>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Users.
    pub users: Arc<Users>,
    /// Channels.
    pub channels: Arc<Channels>,
    /// Presence.
    pub presence: Arc<Presence>,
}

/// The services of a chat.
pub struct Chat {
    /// Messages.
    pub messages: Arc<Messages>,
    /// Threads.
    pub threads: Arc<Threads>,
    /// Reactions.
    pub reactions: Arc<Reactions>,
    /// What has been read.
    pub reads: Arc<Reads>,
    /// Who types.
    pub typing: Arc<TypingService>,
    /// Who is looking at which channel.
    pub attendance: Arc<Attendance>,
    /// Stored notifications.
    pub notifications: Arc<Notifications>,
    /// Block lists.
    pub blocks: Arc<Blocks>,
    shared: Arc<Shared>,
}

impl Chat {
    /// All services over the same ports.
    pub fn new(needs: ChatNeeds) -> Self {
        let ChatNeeds { store, bus, clock, users, channels, presence } = needs;
        let views = Views::new(store.clone(), presence);
        let changing_messages = Arc::new(Striped::new());
        let shared = Arc::new(Shared { store, bus, clock, users, channels, views, changing_messages });
        let typing = Arc::new(TypingService::new(shared.clone()));
        let attendance = Arc::new(Attendance::new(shared.clone(), typing.clone()));
        let attending: Weak<Attendance> = Arc::downgrade(&attendance);
        shared.channels.follow_departures(attending);
        let typists: Weak<TypingService> = Arc::downgrade(&typing);
        shared.channels.follow_departures(typists);
        Self {
            messages: Arc::new(Messages::new(shared.clone(), attendance.clone(), typing.clone())),
            threads: Arc::new(Threads::new(shared.clone())),
            reactions: Arc::new(Reactions::new(shared.clone())),
            reads: Arc::new(Reads::new(shared.clone())),
            notifications: Arc::new(Notifications::new(shared.clone())),
            blocks: Arc::new(Blocks::new(shared.clone())),
            typing,
            attendance,
            shared,
        }
    }

    /// The session ended, or has been away for too long: its chat sessions end, and it no longer types.
    pub fn session_ended(&self, actor: Actor) {
        self.typing.session_ended(actor);
        self.attendance.session_ended(actor);
    }

    /// When [`Chat::handle_timeout`] has something to do. Cheap: may be asked all the time.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.typing.next_deadline()
    }

    /// Whoever has not typed for a while no longer does.
    pub fn handle_timeout(&self, now: Timestamp) {
        self.typing.handle_timeout(now);
    }

    /// Forgets what nobody may ask for any more: idempotency keys after 24 h, the content of deleted messages after
    /// minutes. Returns how many rows that were: when there were many, call it again soon.
    pub async fn prune(&self) -> Result<u64> {
        let now = self.shared.clock.now();
        let before = |age: std::time::Duration| {
            Timestamp(now.0.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)))
        };
        self.shared.store.prune(before(limits::IDEMPOTENCY), before(limits::TOMBSTONE), PRUNE_AT_ONCE).await
    }
}

/// What all services of a chat share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) users: Arc<Users>,
    pub(crate) channels: Arc<Channels>,
    pub(crate) views: Views,
    /// By message: one change of it at a time.
    pub(crate) changing_messages: Arc<Striped>,
}

impl Shared {
    /// A turn to announce what happens in a channel.
    pub(crate) fn enter(&self, channel: ChannelId) -> Turn<'_> {
        self.channels.order().enter(channel)
    }

    pub(crate) fn placed(&self, app: AppId, channel: ChannelId, event: Event) -> NewEvent {
        NewEvent { app, channel: Some(channel), time: self.clock.now(), event }
    }

    pub(crate) async fn actor(&self, actor: Actor) -> Result<UserView> {
        self.users.view(actor.app, actor.user).await
    }

    /// A channel with everybody in it.
    pub(crate) async fn chat(&self, actor: Actor, channel: ChannelId) -> Result<ports::Chat> {
        let chat = self.store.chat(actor.app, channel, Some(actor.user)).await?;
        chat.ok_or(Error::NotFound { what: "channel" })
    }

    /// A channel and where the actor stands in it; block lists are not looked at.
    pub(crate) async fn standing(&self, actor: Actor, channel: ChannelId) -> Result<(Channel, Standing)> {
        let found = self.store.channel(actor.app, channel).await?;
        let channel = found.ok_or(Error::NotFound { what: "channel" })?;
        let member = self.store.member(channel.id, actor.user).await?;
        let mut standing = Standing::of(&channel, member.as_ref());
        if !standing.is_member {
            standing.is_banned = self.store.channel_block(channel.id, actor.user).await?.is_some();
        }
        Ok((channel, standing))
    }

    /// A message that is kept, and where the actor stands in its channel. To whoever may not read the channel it looks
    /// absent; so does one that was deleted a while ago.
    pub(crate) async fn message(&self, actor: Actor, id: MessageId) -> Result<(MessageRecord, Standing)> {
        let absent = || Error::NotFound { what: "message" };
        let record = self.store.message(actor.app, id, Some(actor.user)).await?.ok_or_else(absent)?;
        let forgotten = |deleted: Timestamp| self.clock.now().saturating_since(deleted) > limits::TOMBSTONE;
        if record.message.deleted_time.is_some_and(forgotten) {
            return Err(absent());
        }
        let (_, standing) = match self.standing(actor, record.message.channel).await {
            Err(Error::NotFound { .. }) => return Err(absent()),
            found => found?,
        };
        match permission::may_read(standing) {
            Err(Error::NotFound { .. }) => Err(absent()),
            verdict => verdict.map(|()| (record, standing)),
        }
    }

    /// Like [`Shared::message`], and it is not deleted.
    pub(crate) async fn live_message(
        &self,
        actor: Actor,
        id: MessageId,
    ) -> Result<(MessageRecord, Standing)> {
        let (record, standing) = self.message(actor, id).await?;
        match record.message.deleted_time {
            None => Ok((record, standing)),
            Some(_) => Err(Error::NotFound { what: "message" }),
        }
    }
}

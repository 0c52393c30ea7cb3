//! Channels and their members: who may see, join, leave, invite.
//!
//! | kind | seen by | joined by | left | members |
//! | --- | --- | --- | --- | --- |
//! | `DIRECT` | members | nobody | never | 2 to 10, fixed; one channel per set of users |
//! | `PUBLIC` | everybody | anybody, or by invitation of a member | freely | open |
//! | `PRIVATE` | members | by invitation of a member, at once | freely | open |
//!
//! A channel that an actor may not see looks exactly like one that does not exist. Somebody who stops being a member is
//! reported to whoever [follows](Channels::follow_departures): a call in the channel has to be left too.
mod change;
mod create;
mod moderate;
mod seats;

use crate::{
    Actor, Ctx, Error,
    order::Order,
    permission::{self, Standing},
    ports::{Bus, ChannelScope, Clock, MemberCreation, NewEvent, Result, Store},
    presence::Presence,
    striped::Striped,
    users::{UserRef, Users},
    views::Views,
};
use async_trait::async_trait;
use model::{
    AppId, ChannelId, Properties, UserId,
    channel::{Channel, ChannelKind, ChannelView, Member, Seat},
    event::Event,
    message::MessageView,
    page::{Page, PageRequest},
    user::UserView,
};
use parking_lot::Mutex;
use std::sync::{Arc, Weak, atomic::AtomicU64};

pub use change::ChannelPatch;

/// What a client asks for when it creates a channel.
#[derive(Clone, Debug)]
pub struct CreateChannel {
    /// Type.
    pub kind: ChannelKind,
    /// Unique name; made by the server when absent, and for DIRECT channels.
    pub name: Option<String>,
    /// Shown to people; the name when absent.
    pub display_name: Option<String>,
    /// Other first members; the actor may be among them.
    pub members: Vec<UserRef>,
    /// Free JSON object.
    pub properties: Properties,
}

/// A channel as one user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenChannel {
    /// The channel.
    pub channel: ChannelView,
    /// The viewer's membership.
    pub membership: Option<Member>,
    /// What it is to the viewer, if a member.
    pub seat: Option<Seat>,
    /// The last message the viewer is shown.
    pub last_message: Option<MessageView>,
    /// The viewer is no member, and may become one.
    pub can_join: bool,
}

/// What became of an action that may find its result already there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done<T> {
    /// An event was published; the acting session's copy carries the receipt.
    Published,
    /// It was there before: nothing is published, and the edge answers the acting session with this.
    Found(T),
}

/// Whoever has to clean up when somebody stops being a member.
#[async_trait]
pub(crate) trait Departures: Send + Sync {
    /// The user is no longer a member; everybody knows.
    async fn member_left(&self, app: AppId, channel: ChannelId, user: UserId);
}

/// Channels of all applications.
pub struct Channels {
    store: Arc<dyn Store>,
    /// Everything that happens in a channel is announced through it.
    order: Arc<Order>,
    clock: Arc<dyn Clock>,
    users: Arc<Users>,
    presence: Arc<Presence>,
    views: Views,
    /// By channel: one change of its members at a time.
    changing: Striped,
    /// Makes names of this process distinct.
    names_made: AtomicU64,
    /// Weak: the followers hold us.
    departures: Mutex<Vec<Weak<dyn Departures>>>,
}

impl Channels {
    /// The service.
    pub fn new(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        users: Arc<Users>,
        presence: Arc<Presence>,
    ) -> Self {
        Self {
            order: Arc::new(Order::new(bus)),
            views: Views::new(store.clone(), presence.clone()),
            store,
            clock,
            users,
            presence,
            changing: Striped::new(),
            names_made: AtomicU64::new(0),
            departures: Mutex::default(),
        }
    }

    /// From now on `follower` is told, too, who stops being a member.
    pub(crate) fn follow_departures(&self, follower: Weak<dyn Departures>) {
        self.departures.lock().push(follower);
    }

    /// The order in which everything of a channel is announced, whoever writes it.
    pub(crate) fn order(&self) -> &Arc<Order> {
        &self.order
    }

    /// Tells all followers.
    pub(crate) async fn departed(&self, app: AppId, channel: ChannelId, user: UserId) {
        let followers: Vec<Weak<dyn Departures>> = self.departures.lock().clone();
        for follower in followers.iter().filter_map(Weak::upgrade) {
            follower.member_left(app, channel, user).await;
        }
    }

    /// A channel that the actor may see: PUBLIC, or a member. Hidden and absent look the same.
    pub async fn get(&self, actor: Actor, channel: ChannelId) -> Result<SeenChannel> {
        let (channel, membership) = self.visible(actor, channel).await?;
        self.seen(actor, channel, membership).await
    }

    /// A channel that the actor may see, as they see it.
    async fn seen(&self, actor: Actor, channel: Channel, membership: Option<Member>) -> Result<SeenChannel> {
        let seat = match membership {
            Some(_) => self.store.seat(channel.id, actor.user).await?,
            None => None,
        };
        let can_join = membership.is_none()
            && channel.kind == ChannelKind::Public
            && self.store.channel_block(channel.id, actor.user).await?.is_none();
        let last_message = self.views.last_message(channel.app, channel.id, Some(actor.user)).await?;
        let channel = self.view(channel).await?;
        Ok(SeenChannel { channel, membership, seat, last_message, can_join })
    }

    /// A page of channels; `name_part` matches name or display name ignoring ASCII case.
    pub async fn list(
        &self,
        actor: Actor,
        scope: ChannelScope,
        name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<SeenChannel>> {
        let page = self.store.list_channels(actor.app, actor.user, scope, name_part, page).await?;
        let mut seen = Vec::with_capacity(page.items.len());
        for channel in &page.items {
            let membership = self.store.member(channel.id, actor.user).await?;
            seen.push(self.seen(actor, channel.clone(), membership).await?);
        }
        Ok(page.with_items(seen))
    }

    /// A page of members by display name.
    pub async fn members(
        &self,
        actor: Actor,
        channel: ChannelId,
        display_name_part: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<UserView>> {
        self.visible(actor, channel).await?;
        let page = self.store.list_members(actor.app, channel, display_name_part, page).await?;
        let views = page.items.iter().cloned().map(|user| self.presence.view(user)).collect();
        Ok(page.with_items(views))
    }

    /// Is the user a member? `NotFound` when the actor may not see the channel or there is no such user.
    pub async fn is_member(&self, actor: Actor, user: UserId, channel: ChannelId) -> Result<bool> {
        self.visible(actor, channel).await?;
        self.users.view(actor.app, user).await?;
        Ok(self.store.member(channel, user).await?.is_some())
    }

    /// May the actor watch what happens in the chat? Members only.
    pub async fn may_watch(&self, actor: Actor, channel: ChannelId) -> Result<()> {
        self.joined(actor, channel).await.map(|_| ())
    }

    /// The actor becomes a member, `Event::ChannelJoined`; a member already is `Found`.
    pub async fn join(&self, ctx: &mut Ctx, channel: ChannelId) -> Result<Done<SeenChannel>> {
        let actor = ctx.actor;
        let _alone = self.changing.lock(channel.0).await;
        // Whoever sees the channel and is no member sees a PUBLIC one.
        let (channel, membership) = self.visible(actor, channel).await?;
        let user = self.users.view(actor.app, actor.user).await?;
        match self.add(ctx, &channel, user, None, membership).await? {
            Done::Published => Ok(Done::Published),
            Done::Found(_) => Ok(Done::Found(self.seen(actor, channel, membership).await?)),
        }
    }

    /// Makes somebody a member at once, `Event::ChannelJoined` with `invited_by`; a member already is `Found`.
    pub async fn invite(&self, ctx: &mut Ctx, channel: ChannelId, user: &UserRef) -> Result<Done<UserView>> {
        let actor = ctx.actor;
        let _alone = self.changing.lock(channel.0).await;
        let (channel, _) = self.joined(actor, channel).await?;
        may_change_members(&channel)?;
        let user = self.users.resolve(actor.app, user).await?;
        let membership = self.store.member(channel.id, user.user.id).await?;
        self.add(ctx, &channel, user, Some(actor.user), membership).await
    }

    /// The actor stops being a member, `Event::ChannelLeft`.
    pub async fn leave(&self, ctx: &mut Ctx, channel: ChannelId) -> Result<()> {
        let Actor { app, user, .. } = ctx.actor;
        self.remove(ctx, channel).await?;
        self.departed(app, channel, user).await;
        Ok(())
    }

    async fn remove(&self, ctx: &mut Ctx, channel: ChannelId) -> Result<()> {
        let actor = ctx.actor;
        let _alone = self.changing.lock(channel.0).await;
        let (channel, _) = self.joined(actor, channel).await?;
        may_change_members(&channel)?;
        let id = channel.id;
        let user = self.users.view(actor.app, actor.user).await?;
        let event = Event::ChannelLeft { channel: self.view(channel).await?, user };
        let turn = self.order.enter(id);
        let write = self.store.remove_member(id, actor.user, vec![self.placed(actor.app, id, event)]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(())
    }

    /// Adds a member who was none a moment ago. The caller holds the channel's lock.
    async fn add(
        &self,
        ctx: &mut Ctx,
        channel: &Channel,
        user: UserView,
        invited_by: Option<UserId>,
        membership: Option<Member>,
    ) -> Result<Done<UserView>> {
        if membership.is_some() {
            ctx.committed();
            return Ok(Done::Found(user));
        }
        if self.store.channel_block(channel.id, user.user.id).await?.is_some() {
            return Err(Error::Denied { reason: "the user is kept out of the channel" });
        }
        let member = Member {
            channel: channel.id,
            user: user.user.id,
            moderator: false,
            joined_time: self.clock.now(),
        };
        let event = Event::ChannelJoined {
            channel: self.view(channel.clone()).await?,
            user: user.clone(),
            invited_by,
        };
        let turn = self.order.enter(channel.id);
        let write = self.store.add_member(member, vec![self.placed(channel.app, channel.id, event)]).await?;
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        match write.value {
            MemberCreation::Created => Ok(Done::Published),
            MemberCreation::Found => Ok(Done::Found(user)),
        }
    }

    /// A channel the actor may see, and their membership. Hidden and absent look the same.
    async fn visible(&self, actor: Actor, channel: ChannelId) -> Result<(Channel, Option<Member>)> {
        let absent = Error::NotFound { what: "channel" };
        let Some(channel) = self.store.channel(actor.app, channel).await? else { return Err(absent) };
        let membership = self.store.member(channel.id, actor.user).await?;
        permission::may_see(Standing::of(&channel, membership.as_ref()))?;
        Ok((channel, membership))
    }

    /// A channel the actor is a member of. `Denied` for one that everybody sees, else `NotFound`.
    pub(crate) async fn joined(&self, actor: Actor, channel: ChannelId) -> Result<(Channel, Member)> {
        match self.visible(actor, channel).await? {
            (channel, Some(member)) => Ok((channel, member)),
            (_, None) => Err(Error::Denied { reason: "only members of the channel may do this" }),
        }
    }

    /// What the resource shows besides the stored channel.
    pub(crate) async fn view(&self, channel: Channel) -> Result<ChannelView> {
        self.views.channel(channel).await
    }

    fn placed(&self, app: AppId, channel: ChannelId, event: Event) -> NewEvent {
        NewEvent { app, channel: Some(channel), time: self.clock.now(), event }
    }
}

/// The members of a DIRECT channel are what it is.
fn may_change_members(channel: &Channel) -> Result<()> {
    match channel.kind {
        ChannelKind::Direct => Err(Error::Denied { reason: "the members of a DIRECT channel never change" }),
        ChannelKind::Public | ChannelKind::Private => Ok(()),
    }
}

#[cfg(test)]
mod chat_tests;
#[cfg(test)]
mod tests;

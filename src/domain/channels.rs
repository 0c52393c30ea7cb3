//! Channels and their members.
use crate::{
    Actor, Ctx,
    ports::{Bus, ChannelScope, Clock, Result, Store},
    presence::Presence,
    users::{UserRef, Users},
};
use model::{
    ChannelId, Properties, UserId,
    channel::{ChannelKind, ChannelView, Member},
    page::{Page, PageRequest},
    user::UserView,
};
use std::sync::Arc;

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
}

/// What became of an action that may find its result already there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done<T> {
    /// An event was published; the acting session's copy carries the receipt.
    Published,
    /// It was there before: nothing is published, and the edge answers the acting session with this.
    Found(T),
}

/// Channels of all applications.
pub struct Channels {
    #[expect(dead_code, reason = "skeleton")]
    parts: (Arc<dyn Store>, Arc<dyn Bus>, Arc<dyn Clock>, Arc<Users>, Arc<Presence>),
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
        Self { parts: (store, bus, clock, users, presence) }
    }

    /// Creates a channel, `Event::ChannelCreated`. A DIRECT channel of the same users is `Found`.
    pub async fn create(&self, _ctx: &mut Ctx, _new: CreateChannel) -> Result<Done<SeenChannel>> {
        unimplemented!()
    }

    /// A channel that the actor may see: PUBLIC, or a member. Hidden and absent look the same.
    pub async fn get(&self, _actor: Actor, _channel: ChannelId) -> Result<SeenChannel> {
        unimplemented!()
    }

    /// A page of channels; `name_part` matches name or display name ignoring ASCII case.
    pub async fn list(
        &self,
        _actor: Actor,
        _scope: ChannelScope,
        _name_part: Option<&str>,
        _page: PageRequest,
    ) -> Result<Page<SeenChannel>> {
        unimplemented!()
    }

    /// A page of members by display name.
    pub async fn members(
        &self,
        _actor: Actor,
        _channel: ChannelId,
        _display_name_part: Option<&str>,
        _page: PageRequest,
    ) -> Result<Page<UserView>> {
        unimplemented!()
    }

    /// Is the user a member? `NotFound` when the actor may not see the channel or there is no such user.
    pub async fn is_member(&self, _actor: Actor, _user: UserId, _channel: ChannelId) -> Result<bool> {
        unimplemented!()
    }

    /// May the actor watch what happens in the chat? Members only.
    pub async fn may_watch(&self, _actor: Actor, _channel: ChannelId) -> Result<()> {
        unimplemented!()
    }

    /// The actor becomes a member, `Event::ChannelJoined`; a member already is `Found`.
    pub async fn join(&self, _ctx: &mut Ctx, _channel: ChannelId) -> Result<Done<SeenChannel>> {
        unimplemented!()
    }

    /// The actor stops being a member, `Event::ChannelLeft`.
    pub async fn leave(&self, _ctx: &mut Ctx, _channel: ChannelId) -> Result<()> {
        unimplemented!()
    }

    /// Makes somebody a member at once, `Event::ChannelJoined` with `invited_by`; a member already is `Found`.
    pub async fn invite(
        &self,
        _ctx: &mut Ctx,
        _channel: ChannelId,
        _user: &UserRef,
    ) -> Result<Done<UserView>> {
        unimplemented!()
    }
}

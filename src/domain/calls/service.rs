//! Starting, answering, leaving: from what a session asks to what the machine decides.
//!
//! ```text
//!   action ─▶ permission ─▶ lock the call ─▶ clone the machine, one input
//!          ─▶ commit.rs: store with events ─▶ swap ─▶ RECEIPT ─▶ publish ─▶ signals
//! ```
//!
//! Permission is checked under the call's lock: whoever stops being a member is taken out under the same lock, so
//! nobody slips in between. Nobody ever waits for a second call's lock while holding one.
use super::{
    CallSettings, Needs, StartCall,
    grace::{Due, Grace, RETRY},
    live::{Live, LiveCall},
    machine::{Departure, Machine, Readiness, Refusal, Setup, Shape},
    pairing::Pairing,
    queries::Found,
    registry::Registry,
};
use crate::{
    Actor, Ctx, Error,
    channels::{Channels, Departures, Done},
    ports::{Bus, CallMedia, Clock, NewEvent, Result, Store},
    presence::Presence,
    striped::Striped,
    users::Users,
};
use async_trait::async_trait;
use model::{
    AppId, CallId, ChannelId, Timestamp, UserId,
    call::{Call, CallState, CallView},
    channel::{Channel, ChannelKind},
    event::{Event, Notice},
    limits,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Everything behind [`super::Calls`].
pub(super) struct Service {
    pub(super) store: Arc<dyn Store>,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) users: Arc<Users>,
    pub(super) channels: Arc<Channels>,
    pub(super) presence: Arc<Presence>,
    pub(super) media: Arc<dyn CallMedia>,
    pub(super) settings: CallSettings,
    pub(super) registry: Registry,
    /// By channel: two who start a call at once end up in one.
    starting: Striped,
    /// By user: one change of media settings at a time.
    pub(super) switching: Striped,
    /// No new calls.
    pub(super) stopping: AtomicBool,
}

impl Service {
    pub(super) fn new(needs: Needs) -> Self {
        let Needs { store, bus, clock, users, channels, presence, media, settings } = needs;
        Self {
            store,
            bus,
            clock,
            users,
            channels,
            presence,
            media,
            settings,
            registry: Registry::default(),
            starting: Striped::new(),
            switching: Striped::new(),
            stopping: AtomicBool::new(false),
        }
    }

    pub(super) async fn start(
        &self,
        ctx: &mut Ctx,
        channel: ChannelId,
        new: StartCall,
    ) -> Result<Done<CallView>> {
        let _alone = self.starting.lock(channel.0).await;
        let (channel, _) = self.channels.joined(ctx.actor, channel).await?;
        if self.stopping.load(Ordering::Acquire) {
            return Err(Error::Unavailable("the server is stopping".into()));
        }
        if let Some(running) = self.registry.in_channel(channel.id) {
            let live = running.state.lock().await;
            if !live.machine.is_over() {
                let view = self.call_view(&live, &live.machine);
                ctx.committed();
                return Ok(Done::Found(view));
            }
        }
        self.create(ctx, &channel, new).await?;
        Ok(Done::Published)
    }

    /// Waits until nobody is starting a call in the channel.
    pub(super) async fn started(&self, channel: ChannelId) {
        drop(self.starting.lock(channel.0).await);
    }

    async fn create(&self, ctx: &mut Ctx, channel: &Channel, new: StartCall) -> Result<()> {
        let Actor { app, user, session } = ctx.actor;
        let invited = self.invitees(channel, user).await?;
        let creator = self.users.view(app, user).await?.user;
        let now = self.clock.now();
        let is_pair = channel.kind == ChannelKind::Direct && invited.len() == 1;
        let setup = Setup {
            shape: if is_pair { Shape::OneToOne } else { Shape::Group },
            creator: (user, session),
            invited: invited.clone(),
            ring: self.settings.ring,
        };
        let call = Call {
            id: self.store.next_call_id().await?,
            app,
            channel: channel.id,
            kind: new.kind,
            creator: user,
            state: CallState::Pending,
            p2p: new.p2p.unwrap_or(new.legacy_client),
            properties: new.properties,
            created_time: now,
            active_time: None,
            end_time: None,
            end_reason: None,
        };
        let live = Live {
            call,
            machine: Machine::new(setup, now),
            pairing: Pairing::default(),
            grace: Grace::default(),
            people: BTreeMap::from([(user, creator)]),
            retry_at: None,
        };
        self.ring(ctx, live, invited, now).await
    }

    /// Stores the new call, and lets it ring.
    async fn ring(&self, ctx: &mut Ctx, live: Live, invited: Vec<UserId>, now: Timestamp) -> Result<()> {
        let Call { id, app, channel, p2p, .. } = live.call;
        let event = Event::CallCreated { call: self.call_view(&live, &live.machine), invited };
        let event = NewEvent { app, channel: Some(channel), time: now, event };
        let turn = self.channels.order().enter(channel);
        let write = self.store.save_call(&live.call, &live.machine.participants(), vec![event]).await?;
        let call = Arc::new(LiveCall { id, app, channel, p2p, state: async_lock::Mutex::new(live) });
        // Locked before anybody can find it: an answer waits until the call has been announced.
        let live = call.state.lock().await;
        self.registry.insert(call.clone());
        self.registry.update(id, &live);
        ctx.committed();
        turn.publish(write.events, ctx.origin.as_ref()).await;
        Ok(())
    }

    /// All other members: they ring.
    async fn invitees(&self, channel: &Channel, creator: UserId) -> Result<Vec<UserId>> {
        let limit = u32::try_from(limits::MAX_CALL_PARTICIPANTS).unwrap_or(u32::MAX).saturating_add(2);
        let members = self.store.members(channel.id, limit).await?;
        let invited: Vec<UserId> =
            members.into_iter().map(|member| member.user).filter(|user| *user != creator).collect();
        if invited.len() > limits::MAX_CALL_PARTICIPANTS {
            let problem = format!(
                "a call rings at most at {} members, and this channel has more",
                limits::MAX_CALL_PARTICIPANTS
            );
            return Err(Error::Conflict { problem });
        }
        Ok(invited)
    }

    pub(super) async fn ready(&self, ctx: &mut Ctx, id: CallId) -> Result<()> {
        let Actor { user, session, .. } = ctx.actor;
        let call = match self.find(ctx.actor, id).await? {
            Found::Running(call) => call,
            Found::Ended(view) => {
                ctx.committed();
                self.bus.announce(Notice::CallOver { call: view, to: session });
                return Ok(());
            }
        };
        self.leave_others(ctx.actor, &call).await?;
        let mut live = call.state.lock().await;
        self.may_take_part(ctx.actor, &call).await?;
        let mut next = live.machine.clone();
        match next.handle_ready(user, session, self.clock.now()) {
            Readiness::Joined => {
                let newcomer = self.users.view(ctx.actor.app, user).await?.user;
                live.people.insert(user, newcomer);
                self.commit(&call, &mut live, next, Some(ctx)).await?;
            }
            Readiness::Already => {
                ctx.committed();
                // It hung up, that could not be stored yet, and it is back.
                live.grace.cancel(Due::Leave(session, Departure::HungUp));
                self.registry.update(id, &live);
            }
            Readiness::Over => {
                ctx.committed();
                let call = self.call_view(&live, &live.machine);
                self.bus.announce(Notice::CallOver { call, to: session });
            }
            Readiness::Full => {
                let problem = format!("at most {} can take part in a call", limits::MAX_CALL_PARTICIPANTS);
                return Err(Error::Conflict { problem });
            }
        }
        Ok(())
    }

    /// A device is in one call at a time: clients keep a single current call, and overwrite it. So whoever becomes ready
    /// in a second call leaves the first. It does so before it joins, because a client that hears of the end of its
    /// old call closes its connections, and must not have opened the new ones yet.
    async fn leave_others(&self, actor: Actor, wanted: &LiveCall) -> Result<()> {
        let mut others = self.registry.of_session(actor.session);
        others.retain(|call| call.id != wanted.id);
        if others.is_empty() {
            return Ok(());
        }
        {
            let live = wanted.state.lock().await;
            self.may_take_part(actor, wanted).await?;
            let mut next = live.machine.clone();
            if next.handle_ready(actor.user, actor.session, self.clock.now()) != Readiness::Joined {
                return Ok(());
            }
        }
        for call in others {
            let mut live = call.state.lock().await;
            self.depart(&call, &mut live, actor, Departure::Dropped).await?;
        }
        Ok(())
    }

    pub(super) async fn decline(
        &self,
        ctx: &mut Ctx,
        id: CallId,
        refusal: Refusal,
    ) -> Result<Done<CallView>> {
        let call = match self.find(ctx.actor, id).await? {
            Found::Running(call) => call,
            Found::Ended(view) => {
                ctx.committed();
                return Ok(Done::Found(view));
            }
        };
        let mut live = call.state.lock().await;
        self.may_take_part(ctx.actor, &call).await?;
        let mut next = live.machine.clone();
        if !next.handle_decline(ctx.actor.user, refusal, self.clock.now()) {
            ctx.committed();
            return Ok(Done::Found(self.call_view(&live, &live.machine)));
        }
        self.commit(&call, &mut live, next, Some(ctx)).await?;
        Ok(Done::Published)
    }

    pub(super) async fn leave(&self, actor: Actor, id: CallId) {
        let Some(call) = self.running(actor, id) else { return };
        let mut live = call.state.lock().await;
        live.grace.cancel(Due::NotReady(actor.session));
        self.depart_for_sure(&call, &mut live, actor, Departure::HungUp).await;
    }

    pub(super) async fn session_ended(&self, actor: Actor) {
        for call in self.registry.of_session(actor.session) {
            let mut live = call.state.lock().await;
            self.depart_for_sure(&call, &mut live, actor, Departure::Lost).await;
        }
    }

    /// The session is gone whether that can be stored or not: what fails now is tried again.
    async fn depart_for_sure(&self, call: &LiveCall, live: &mut Live, actor: Actor, why: Departure) {
        if self.depart(call, live, actor, why).await.is_err() {
            live.grace.wait(Due::Leave(actor.session, why), self.clock.now() + RETRY);
        }
        self.registry.update(call.id, live);
    }

    async fn depart(&self, call: &LiveCall, live: &mut Live, actor: Actor, why: Departure) -> Result<()> {
        let mut next = live.machine.clone();
        next.handle_leave(actor.session, why, self.clock.now());
        self.commit(call, live, next, None).await
    }

    /// A running call of the actor's application.
    pub(super) fn running(&self, actor: Actor, id: CallId) -> Option<Arc<LiveCall>> {
        self.registry.call(id).filter(|call| call.app == actor.app)
    }

    /// Members of the channel only; hidden and absent look the same.
    pub(super) async fn may_take_part(&self, actor: Actor, call: &LiveCall) -> Result<()> {
        match self.channels.joined(actor, call.channel).await {
            Ok(_) => Ok(()),
            Err(Error::Denied { .. } | Error::NotFound { .. }) => Err(Error::NotFound { what: "call" }),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Departures for Service {
    /// Whoever leaves a channel leaves its call.
    async fn member_left(&self, app: AppId, channel: ChannelId, user: UserId) {
        let Some(call) = self.registry.in_channel(channel).filter(|call| call.app == app) else { return };
        let mut live = call.state.lock().await;
        let mut next = live.machine.clone();
        let now = self.clock.now();
        next.handle_removed(user, now);
        if self.commit(&call, &mut live, next, None).await.is_err() {
            live.grace.wait(Due::Remove(user), now + RETRY);
            self.registry.update(call.id, &live);
        }
    }
}

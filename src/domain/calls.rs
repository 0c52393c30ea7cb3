//! Calls: who rings, who takes part, how it ends.
//!
//! ```text
//!   Calls ─▶ service     start, ready, decline, leave ─▶ machine    pure: one call, all its rules
//!            queries     who may see what                pairing    pure: when candidates may pass
//!            signals     to a peer, or to the SFU        grace      pure: what else is waited for
//!            media       what the SFU reports            registry   which calls run
//!            timers      deadlines, start, end
//!               └─ commit: store, then tell, in the order of the protocol
//! ```
//!
//! A device is a session; a session is in one call at a time. Who is invited hears of it once, on the sessions that are
//! live at that moment: a device that was offline never rings late.
mod commit;
mod grace;
mod live;
mod machine;
mod media;
mod pairing;
mod queries;
mod registry;
mod service;
mod signals;
mod timers;

use crate::{
    Actor, Ctx,
    channels::{Channels, Done},
    ports::{Bus, CallFilter, CallMedia, Clock, MediaEvent, MediaOffer, Result, Store},
    presence::Presence,
    users::Users,
};
use machine::Refusal;
use model::{
    CallId, ChannelId, Properties, Timestamp, UserId,
    call::{CallKind, CallView, Description, SignalKind},
    page::{Page, PageRequest},
    user::UserView,
};
use service::Service;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// What a client asks for when it starts a call.
#[derive(Clone, Debug)]
pub struct StartCall {
    /// Type.
    pub kind: CallKind,
    /// Free JSON object.
    pub properties: Properties,
    /// Peer to peer, or through the SFU; absent: decided by who asks.
    pub p2p: Option<bool>,
    /// The session is not one of our own client library: its calls are peer to peer unless it says otherwise.
    pub legacy_client: bool,
}

/// A client's signal, to a peer or to the SFU.
#[derive(Clone, Debug)]
pub struct SignalIn {
    /// `SendDescription` or `AddCandidate`.
    pub kind: SignalKind,
    /// The receiving user; `None`: the SFU.
    pub peer: Option<UserId>,
    /// Unchanged JSON.
    pub payload: String,
    /// What the payload of a `SendDescription` is; `None` for candidates.
    pub description: Option<Description>,
    /// The offer in the payload, when it is one for the SFU.
    pub offer: Option<MediaOffer>,
}

/// Which device of the media settings is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaSwitch {
    /// The microphone.
    Audio,
    /// The camera.
    Video,
}

/// May a session watch a call?
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "lives for one match")]
pub enum Watch {
    /// It may.
    Allowed,
    /// The call is over, or this session cannot be part of it any more: receipt, then `call.self.ended`.
    Over(CallView),
}

/// Settings of calls.
#[derive(Clone, Copy, Debug)]
pub struct CallSettings {
    /// How long an unanswered call rings.
    pub ring: Duration,
}

/// What the service is made of.
pub struct Needs {
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
    /// The SFU.
    pub media: Arc<dyn CallMedia>,
    /// Settings.
    pub settings: CallSettings,
}

/// Calls of all applications.
pub struct Calls(Arc<Service>);

impl Calls {
    /// The service. Call [`Calls::recover`] before anything else.
    pub fn new(needs: Needs) -> Self {
        let channels = needs.channels.clone();
        let service = Arc::new(Service::new(needs));
        let follower: Weak<Service> = Arc::downgrade(&service);
        channels.follow_departures(follower);
        Self(service)
    }

    /// Ends, as `Failed`, every call that was running when the server last stopped; returns how many.
    pub async fn recover(&self) -> Result<usize> {
        self.0.recover().await
    }

    /// Starts a call in a channel, `Event::CallCreated`. A call that is running there is returned instead as `Found`.
    pub async fn start(&self, ctx: &mut Ctx, channel: ChannelId, new: StartCall) -> Result<Done<CallView>> {
        self.0.start(ctx, channel, new).await
    }

    /// May the session watch the topics of this call? Members of the channel only; hidden and absent look the same.
    pub async fn watch(&self, actor: Actor, call: CallId) -> Result<Watch> {
        self.0.watch(actor, call).await
    }

    /// The session takes part: `Event::CallAccepted`, then pairing signals. Again by the same session: receipt only. Too
    /// late, or answered by another device of the user: receipt, then `Notice::CallOver`. A session that is part of
    /// another call leaves that one first.
    pub async fn ready(&self, ctx: &mut Ctx, call: CallId) -> Result<()> {
        self.0.ready(ctx, call).await
    }

    /// The user says no: `Event::CallDeclined`. Too late or again: `Found`, the edge answers with the call.
    pub async fn decline(&self, ctx: &mut Ctx, call: CallId, busy: bool) -> Result<Done<CallView>> {
        let refusal = if busy { Refusal::Busy } else { Refusal::Declined };
        self.0.decline(ctx, call, refusal).await
    }

    /// Routes a signal to its peer, or negotiates with the SFU and answers with `Notice::Signal`.
    pub async fn signal(&self, ctx: &mut Ctx, call: CallId, signal: SignalIn) -> Result<()> {
        self.0.signal(ctx, call, signal).await
    }

    /// The session gave up its last subscription of the call's `self` topic. Ignored for ended calls and for sessions
    /// that are not part of it. A caller who never was ready cancels the call.
    pub async fn leave(&self, actor: Actor, call: CallId) {
        self.0.leave(actor, call).await;
    }

    /// The session ended, or has been away for too long: it leaves every call.
    pub async fn session_ended(&self, actor: Actor) {
        self.0.session_ended(actor).await;
    }

    /// Switches the actor's microphone or camera: `Event::MediaSettingsUpdated`.
    pub async fn switch_media(&self, ctx: &mut Ctx, switch: MediaSwitch, enabled: bool) -> Result<()> {
        self.0.switch_media(ctx, switch, enabled).await
    }

    /// A call of a channel that the actor is a member of, or a call they took part in.
    pub async fn get(&self, actor: Actor, call: CallId) -> Result<CallView> {
        self.0.get(actor, call).await
    }

    /// A page of a channel's calls, newest first. Members only.
    pub async fn list(
        &self,
        actor: Actor,
        channel: ChannelId,
        filter: CallFilter,
        page: PageRequest,
    ) -> Result<Page<CallView>> {
        self.0.list(actor, channel, filter, page).await
    }

    /// A page of the users who are in the call now.
    pub async fn participants(
        &self,
        actor: Actor,
        call: CallId,
        page: PageRequest,
    ) -> Result<Page<UserView>> {
        self.0.participants(actor, call, page).await
    }

    /// When [`Calls::handle_timeout`] has something to do. Cheap: may be asked all the time.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.0.registry.next_deadline()
    }

    /// Ends what has rung for too long.
    pub async fn handle_timeout(&self, now: Timestamp) {
        self.0.handle_timeout(now).await;
    }

    /// Follows the media plane: snapshots go to their session as `Notice::MediaTracks`, lost peers leave after a while.
    pub async fn handle_media(&self, event: MediaEvent) {
        self.0.handle_media(event).await;
    }

    /// The server stops: no new calls, and every call ends as `Failed`.
    pub async fn end_all(&self) {
        self.0.end_all().await;
    }
}

#[cfg(test)]
mod tests;

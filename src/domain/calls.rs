//! Calls: who rings, who takes part, how it ends.
mod machine;

use crate::{
    Actor, Ctx,
    channels::Channels,
    ports::{Bus, CallFilter, CallMedia, Clock, MediaEvent, MediaOffer, Result, Store},
    presence::Presence,
    users::Users,
};
use model::{
    CallId, ChannelId, Properties, Timestamp, UserId,
    call::{CallKind, CallView, Description, SignalKind},
    page::{Page, PageRequest},
    user::UserView,
};
use std::{sync::Arc, time::Duration};

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
pub struct Calls {
    #[expect(dead_code, reason = "skeleton")]
    needs: Needs,
}

impl Calls {
    /// The service. Call [`Calls::recover`] before anything else.
    pub fn new(needs: Needs) -> Self {
        Self { needs }
    }

    /// Ends, as `Failed`, every call that was running when the server last stopped; returns how many.
    pub async fn recover(&self) -> Result<usize> {
        unimplemented!()
    }

    /// Starts a call in a channel, `Event::CallCreated`. A call that is running there is returned instead as `Found`.
    pub async fn start(
        &self,
        _ctx: &mut Ctx,
        _channel: ChannelId,
        _new: StartCall,
    ) -> Result<crate::channels::Done<CallView>> {
        unimplemented!()
    }

    /// May the session watch the topics of this call? Members of the channel only; hidden and absent look the same.
    pub async fn watch(&self, _actor: Actor, _call: CallId) -> Result<Watch> {
        unimplemented!()
    }

    /// The session takes part: `Event::CallAccepted`, then pairing signals. Again by the same session: receipt only. Too
    /// late, or answered by another device of the user: receipt, then `Notice::CallOver`.
    pub async fn ready(&self, _ctx: &mut Ctx, _call: CallId) -> Result<()> {
        unimplemented!()
    }

    /// The user says no: `Event::CallDeclined`. Too late or again: `Found`, the edge answers with the call.
    pub async fn decline(
        &self,
        _ctx: &mut Ctx,
        _call: CallId,
        _busy: bool,
    ) -> Result<crate::channels::Done<CallView>> {
        unimplemented!()
    }

    /// Routes a signal to its peer, or negotiates with the SFU and answers with `Notice::Signal`.
    pub async fn signal(&self, _ctx: &mut Ctx, _call: CallId, _signal: SignalIn) -> Result<()> {
        unimplemented!()
    }

    /// The session gave up its last subscription of the call's `self` topic. Ignored for ended calls and for sessions
    /// that are not part of it. A caller who never was ready cancels the call.
    pub async fn leave(&self, _actor: Actor, _call: CallId) {
        unimplemented!()
    }

    /// The session ended, or has been away for too long: it leaves every call.
    pub async fn session_ended(&self, _actor: Actor) {
        unimplemented!()
    }

    /// Switches the actor's microphone or camera: `Event::MediaSettingsUpdated`.
    pub async fn switch_media(&self, _ctx: &mut Ctx, _switch: MediaSwitch, _enabled: bool) -> Result<()> {
        unimplemented!()
    }

    /// A call of a channel that the actor is a member of, or a call they took part in.
    pub async fn get(&self, _actor: Actor, _call: CallId) -> Result<CallView> {
        unimplemented!()
    }

    /// A page of a channel's calls, newest first. Members only.
    pub async fn list(
        &self,
        _actor: Actor,
        _channel: ChannelId,
        _filter: CallFilter,
        _page: PageRequest,
    ) -> Result<Page<CallView>> {
        unimplemented!()
    }

    /// A page of the users who are in the call now.
    pub async fn participants(
        &self,
        _actor: Actor,
        _call: CallId,
        _page: PageRequest,
    ) -> Result<Page<UserView>> {
        unimplemented!()
    }

    /// When [`Calls::handle_timeout`] has something to do.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        unimplemented!()
    }

    /// Ends what has rung for too long.
    pub async fn handle_timeout(&self, _now: Timestamp) {
        unimplemented!()
    }

    /// Follows the media plane: snapshots go to their session as `Notice::MediaTracks`, lost peers leave after a while.
    pub async fn handle_media(&self, _event: MediaEvent) {
        unimplemented!()
    }

    /// The server stops: every call ends as `Failed`.
    pub async fn end_all(&self) {
        unimplemented!()
    }
}

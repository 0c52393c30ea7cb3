//! Reading calls: who may see one, what it looks like.
use super::{
    Watch,
    grace::{Due, READY_GRACE},
    live::LiveCall,
    service::Service,
};
use crate::{
    Actor, Error,
    ports::{CallFilter, Result},
};
use model::{
    CallId, ChannelId, UserId,
    call::{Call, CallState, CallView, Outcome, Participant},
    page::{Page, PageRequest},
    user::UserView,
};
use std::sync::Arc;

/// A call that the actor may see, or was not refused to see so far.
#[expect(clippy::large_enum_variant, reason = "lives for one match")]
pub(super) enum Found {
    /// Permission is checked under its lock.
    Running(Arc<LiveCall>),
    /// As it ended; the actor may see it.
    Ended(CallView),
}

impl Service {
    /// A call of the actor's application; `NotFound` also when it has ended and the actor may not see it.
    pub(super) async fn find(&self, actor: Actor, id: CallId) -> Result<Found> {
        if let Some(running) = self.running(actor, id) {
            return Ok(Found::Running(running));
        }
        let view = self.stored(actor, id).await?;
        if view.call.state == CallState::Ended {
            return Ok(Found::Ended(view));
        }
        // Stored a moment ago: it is about to ring, or has ended since.
        self.started(view.call.channel).await;
        match self.running(actor, id) {
            Some(running) => Ok(Found::Running(running)),
            None => Ok(Found::Ended(self.stored(actor, id).await?)),
        }
    }

    async fn stored(&self, actor: Actor, id: CallId) -> Result<CallView> {
        let found = self.store.call(actor.app, id).await?;
        let (call, participants) = found.ok_or(Error::NotFound { what: "call" })?;
        self.may_see(actor, &call, &participants).await?;
        let creator = self.users.view(call.app, call.creator).await?;
        Ok(CallView { call, creator, participants })
    }

    /// Members of the channel, and whoever was invited or took part.
    pub(super) async fn get(&self, actor: Actor, id: CallId) -> Result<CallView> {
        match self.find(actor, id).await? {
            Found::Ended(view) => Ok(view),
            Found::Running(running) => {
                let live = running.state.lock().await;
                self.may_see(actor, &live.call, &live.machine.participants()).await?;
                Ok(self.call_view(&live, &live.machine))
            }
        }
    }

    async fn may_see(&self, actor: Actor, call: &Call, participants: &[Participant]) -> Result<()> {
        if participants.iter().any(|participant| participant.user == actor.user) {
            return Ok(());
        }
        match self.channels.joined(actor, call.channel).await {
            Ok(_) => Ok(()),
            Err(Error::Denied { .. } | Error::NotFound { .. }) => Err(Error::NotFound { what: "call" }),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn watch(&self, actor: Actor, id: CallId) -> Result<Watch> {
        let Some(running) = self.running(actor, id) else {
            return Ok(Watch::Over(self.get(actor, id).await?));
        };
        let mut live = running.state.lock().await;
        self.may_take_part(actor, &running).await?;
        if live.machine.is_over() {
            return Ok(Watch::Over(self.call_view(&live, &live.machine)));
        }
        if live.machine.outcome(actor.user) == Some(Outcome::Failed) {
            // A client that was away for too long does not repeat `ready`; one that joins anew sends it at once.
            live.grace.wait(Due::NotReady(actor.session), self.clock.now() + READY_GRACE);
            self.registry.update(id, &live);
        }
        Ok(Watch::Allowed)
    }

    pub(super) async fn list(
        &self,
        actor: Actor,
        channel: ChannelId,
        filter: CallFilter,
        page: PageRequest,
    ) -> Result<Page<CallView>> {
        let (channel, _) = self.channels.joined(actor, channel).await?;
        let page = self.store.list_calls(channel.id, filter, page).await?;
        let creators: Vec<UserId> = page.items.iter().map(|(call, _)| call.creator).collect();
        let creators = self.users.views(actor.app, &creators).await?;
        let view = |(call, participants): &(Call, Vec<Participant>)| {
            let creator = creators.iter().find(|creator| creator.user.id == call.creator)?.clone();
            Some(CallView { call: call.clone(), creator, participants: participants.clone() })
        };
        Ok(page.with_items(page.items.iter().filter_map(view).collect()))
    }

    pub(super) async fn participants(
        &self,
        actor: Actor,
        id: CallId,
        page: PageRequest,
    ) -> Result<Page<UserView>> {
        let ready: Vec<UserId> = match self.find(actor, id).await? {
            Found::Running(running) => {
                let live = running.state.lock().await;
                self.may_see(actor, &live.call, &live.machine.participants()).await?;
                live.machine.ready().map(|(user, _)| user).collect()
            }
            Found::Ended(_) => Vec::new(),
        };
        let before = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let wanted: Vec<UserId> = ready.iter().skip(before).take(size).copied().collect();
        let items = self.users.views(actor.app, &wanted).await?;
        Ok(Page { items, request: page, total: ready.len() as u64 })
    }
}

//! Reading calls: who may see one, what it looks like.
use super::{
    Watch,
    grace::{Due, READY_GRACE},
    service::Service,
};
use crate::{
    Actor, Error,
    ports::{CallFilter, Result},
};
use model::{
    CallId, ChannelId, UserId,
    call::{Call, CallView, Outcome, Participant},
    page::{Page, PageRequest},
    user::UserView,
};

impl Service {
    /// Members of the channel, and whoever was invited or took part.
    pub(super) async fn get(&self, actor: Actor, id: CallId) -> Result<CallView> {
        let absent = Error::NotFound { what: "call" };
        if let Some(running) = self.running(actor, id) {
            let live = running.state.lock().await;
            self.may_see(actor, &live.call, &live.machine.participants()).await?;
            return Ok(self.call_view(&live, &live.machine));
        }
        let Some((call, participants)) = self.store.call(actor.app, id).await? else { return Err(absent) };
        self.may_see(actor, &call, &participants).await?;
        let creator = self.users.view(call.app, call.creator).await?;
        Ok(CallView { call, creator, participants })
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
        let ready: Vec<UserId> = match self.running(actor, id) {
            Some(running) => {
                let live = running.state.lock().await;
                self.may_see(actor, &live.call, &live.machine.participants()).await?;
                live.machine.ready().map(|(user, _)| user).collect()
            }
            None => {
                self.get(actor, id).await?;
                Vec::new()
            }
        };
        let before = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let wanted: Vec<UserId> = ready.iter().skip(before).take(size).copied().collect();
        let items = self.users.views(actor.app, &wanted).await?;
        Ok(Page { items, request: page, total: ready.len() as u64 })
    }
}

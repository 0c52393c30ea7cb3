//! From the outputs of a machine to what is stored, and then heard.
//!
//! The order is the contract (protocol 7.3 to 7.7): commit, RECEIPT, `DISCONNECT_PEER` of those who leave, events,
//! presence, pairing of those who come, and what goes to one session only.
use super::{
    grace::Due,
    live::{Live, LiveCall},
    machine::{Machine, Output},
    service::Service,
};
use crate::{
    Ctx,
    ports::{NewEvent, Result},
};
use model::{
    SessionKey, Timestamp, UserId,
    call::{CallView, SignalKind},
    event::{Event, Notice},
    user::{CallStatus, User, UserView},
};

impl Service {
    /// Stores what a call has become, then lets everybody know. When the store fails, nothing has changed. Without
    /// outputs there is nothing to store.
    pub(super) async fn commit(
        &self,
        call: &LiveCall,
        live: &mut Live,
        mut next: Machine,
        ctx: Option<&mut Ctx>,
    ) -> Result<()> {
        let outputs: Vec<Output> = std::iter::from_fn(|| next.poll_output()).collect();
        if outputs.is_empty() {
            return Ok(());
        }
        self.meet(call, live, &outputs).await?;
        let now = self.clock.now();
        let (row, participants) = live.row(&next);
        let events = outputs
            .iter()
            .filter_map(|output| self.event_of(live, &next, output))
            .map(|event| NewEvent { app: call.app, channel: Some(call.channel), time: now, event })
            .collect();
        let turn = self.channels.order().enter(call.channel);
        let write = self.store.save_call(&row, &participants, events).await?;
        (live.call, live.machine, live.retry_at) = (row, next, None);
        // A decline is answered by its event. What follows from it is not, and for `ready` the RECEIPT is all.
        let mut origin = None;
        if let Some(ctx) = ctx {
            ctx.committed();
            origin = ctx.origin.clone().filter(|_| matches!(outputs.first(), Some(Output::Declined { .. })));
        }
        for output in &outputs {
            self.part(call, live, output, now);
        }
        turn.publish(write.events, origin.as_ref()).await;
        self.update(call, live);
        for output in &outputs {
            self.pair(call, live, output, now);
        }
        Ok(())
    }

    /// Loads whoever has to be shown and is not known yet.
    async fn meet(&self, call: &LiveCall, live: &mut Live, outputs: &[Output]) -> Result<()> {
        let shown = outputs.iter().filter_map(|output| match output {
            Output::Accepted { user, .. } | Output::Declined { user } | Output::Left { user, .. } => {
                Some(*user)
            }
            Output::Missed { .. } | Output::Over { .. } | Output::Ended => None,
        });
        let unknown: Vec<UserId> = shown.filter(|user| !live.people.contains_key(user)).collect();
        if !unknown.is_empty() {
            let users = self.store.users(call.app, &unknown).await?;
            live.people.extend(users.into_iter().map(|user| (user.id, user)));
        }
        Ok(())
    }

    fn event_of(&self, live: &Live, next: &Machine, output: &Output) -> Option<Event> {
        let call = || self.call_view(live, next);
        let person = |user: &UserId| live.people.get(user).map(|user| self.person(live, next, user));
        match output {
            Output::Accepted { user, device, others, activated } => Some(Event::CallAccepted {
                call: call(),
                user: person(user)?,
                session: *device,
                others: others.clone(),
                activated: *activated,
            }),
            Output::Declined { user } => Some(Event::CallDeclined { call: call(), user: person(user)? }),
            Output::Missed { users } => Some(Event::CallMissed { call: call(), users: users.clone() }),
            Output::Left { user, .. } => Some(Event::CallLeft { call: call(), user: person(user)? }),
            Output::Ended => Some(Event::CallEnded { call: call() }),
            Output::Over { .. } => None,
        }
    }

    /// Before anybody hears of it: what was remembered of devices that come or go, and connections to those that go.
    fn part(&self, call: &LiveCall, live: &mut Live, output: &Output, now: Timestamp) {
        match output {
            Output::Left { user, device, paired_with } => {
                live.grace.forgive(*device);
                live.pairing.forget(*user);
                if !call.p2p {
                    return self.media.leave(call.id, *device);
                }
                let leaver = live.people.get(user).map(|user| self.person(live, &live.machine, user));
                for to in paired_with {
                    self.server_signal(call, *to, SignalKind::DisconnectPeer, leaver.clone(), now);
                }
            }
            Output::Accepted { user, device, .. } => {
                live.grace.forgive(*device);
                live.grace.cancel(Due::Remove(*user));
            }
            Output::Ended if !call.p2p => self.media.end(call.id),
            Output::Declined { .. } | Output::Missed { .. } | Output::Over { .. } | Output::Ended => {}
        }
    }

    /// After everybody has heard: newcomers are paired, and whoever does not know that it is out is told.
    fn pair(&self, call: &LiveCall, live: &Live, output: &Output, now: Timestamp) {
        match output {
            Output::Accepted { user, device, others, .. } if call.p2p => {
                let person =
                    |id: &UserId| live.people.get(id).map(|user| self.person(live, &live.machine, user));
                let newcomer = person(user);
                for (other, theirs) in live.machine.ready().filter(|(_, theirs)| others.contains(theirs)) {
                    // The answerer first: an offer from an unknown peer is dropped by clients.
                    self.server_signal(call, theirs, SignalKind::AnswerOffer, newcomer.clone(), now);
                    self.server_signal(call, *device, SignalKind::CreateOffer, person(&other), now);
                }
            }
            Output::Over { device } => {
                let call = self.call_view(live, &live.machine);
                self.bus.announce(Notice::CallOver { call, to: *device });
            }
            Output::Accepted { .. }
            | Output::Declined { .. }
            | Output::Missed { .. }
            | Output::Left { .. }
            | Output::Ended => {}
        }
    }

    fn server_signal(
        &self,
        call: &LiveCall,
        to: SessionKey,
        kind: SignalKind,
        peer: Option<UserView>,
        time: Timestamp,
    ) {
        self.bus.announce(Notice::Signal { call: call.id, to, kind, peer, payload: None, time });
    }

    /// Deadlines, and who is in a call, as others see it.
    pub(super) fn update(&self, call: &LiveCall, live: &Live) {
        let _in_order = self.registry.order.lock();
        for user in self.registry.update(call.id, live) {
            let status = match self.registry.of_user(user).is_empty() {
                true => CallStatus::Available,
                false => CallStatus::InCall,
            };
            if let Some(user) = live.people.get(&user) {
                self.presence.set_call_status(user, status);
            }
        }
    }

    /// The resource of a running call, or of one that is about to become `next`.
    pub(super) fn call_view(&self, live: &Live, next: &Machine) -> CallView {
        let (call, participants) = live.row(next);
        let creator = live.people.get(&call.creator).expect("invariant: the creator is loaded at the start");
        CallView { creator: self.person(live, next, creator), call, participants }
    }

    /// A user as the call sees it with `next`.
    pub(super) fn person(&self, live: &Live, next: &Machine, user: &User) -> UserView {
        let in_this = next.ready_device(user.id).is_some();
        let in_another = self.registry.of_user(user.id).iter().any(|id| *id != live.call.id);
        let status = if in_this || in_another { CallStatus::InCall } else { CallStatus::Available };
        self.presence.view_as(user.clone(), status)
    }
}

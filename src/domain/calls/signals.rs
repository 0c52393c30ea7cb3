//! Signals of clients: to the peer they are for, or to the SFU (protocol 7.5, docs/protocol/calls.md).
use super::{
    SignalIn,
    grace::Due,
    live::{Live, LiveCall},
    pairing::Relayed,
    queries::Found,
    service::Service,
};
use crate::{
    Ctx, Error,
    ports::{MediaOffer, Result},
};
use model::{
    CallId, UserId,
    call::{Description, SignalKind},
    event::{Notice, SignalPayload},
    limits,
};

impl Service {
    pub(super) async fn signal(&self, ctx: &mut Ctx, id: CallId, signal: SignalIn) -> Result<()> {
        let call = match self.find(ctx.actor, id).await? {
            Found::Running(call) => call,
            // Clients go on signalling until they hear that the call is over.
            Found::Ended(_) => {
                ctx.committed();
                return Ok(());
            }
        };
        let mut live = call.state.lock().await;
        let takes_part = live.is_ready(ctx.actor.user, ctx.actor.session);
        if !takes_part {
            self.may_take_part(ctx.actor, &call).await?;
        }
        match (call.p2p, signal.peer) {
            (true, Some(peer)) => self.relay(ctx, &call, &mut live, peer, signal, takes_part),
            (true, None) => Err(Error::invalid(
                "peer",
                "is missing: this is a peer-to-peer call, name the user to signal to",
            )),
            (false, Some(_)) => {
                Err(Error::invalid("peer", "this call goes through the server: send signals without `peer`"))
            }
            (false, None) if !takes_part => {
                Err(Error::Denied { reason: "only a device that is ready in the call may send media" })
            }
            (false, None) => {
                drop(live);
                self.negotiate(ctx, &call, signal).await
            }
        }
    }

    /// To the peer's device. Signals from or to somebody who does not take part are dropped, with a receipt.
    fn relay(
        &self,
        ctx: &mut Ctx,
        call: &LiveCall,
        live: &mut Live,
        peer: UserId,
        signal: SignalIn,
        takes_part: bool,
    ) -> Result<()> {
        let from = ctx.actor.user;
        if signal.kind == SignalKind::AddCandidate && signal.payload.len() > limits::MAX_CANDIDATE_BYTES {
            let problem = format!("a candidate has at most {} bytes", limits::MAX_CANDIDATE_BYTES);
            return Err(Error::invalid("payload", problem));
        }
        ctx.committed();
        if !takes_part || peer == from || live.machine.ready_device(peer).is_none() {
            return Ok(());
        }
        let pair = (from, peer);
        let relayed = match signal.kind {
            SignalKind::SendDescription => {
                let description = signal.description.unwrap_or(Description::Offer);
                live.pairing.describe(pair, description, signal.payload)
            }
            SignalKind::AddCandidate => live.pairing.candidate(pair, signal.payload).into_iter().collect(),
            SignalKind::CreateOffer | SignalKind::AnswerOffer | SignalKind::DisconnectPeer => Vec::new(),
        };
        for signal in relayed {
            self.deliver(call, live, signal);
        }
        Ok(())
    }

    /// `peer` becomes the sender: the other side, from the receiver's point of view.
    fn deliver(&self, call: &LiveCall, live: &Live, signal: Relayed) {
        let Some(to) = live.machine.ready_device(signal.to) else { return };
        let Some(sender) = live.people.get(&signal.from) else { return };
        self.bus.announce(Notice::Signal {
            call: call.id,
            to,
            kind: signal.kind,
            peer: Some(self.person(live, &live.machine, sender)),
            payload: Some(SignalPayload::Json(signal.payload)),
            time: self.clock.now(),
        });
    }

    async fn negotiate(&self, ctx: &mut Ctx, call: &LiveCall, signal: SignalIn) -> Result<()> {
        match (signal.kind, signal.offer) {
            (SignalKind::SendDescription, Some(offer)) => self.answer(ctx, call, offer).await,
            (SignalKind::SendDescription, None) => Err(Error::invalid("payload", "must be an offer")),
            // The server is ICE-lite and learns addresses from checks: trickled candidates add nothing.
            _ => {
                ctx.committed();
                Ok(())
            }
        }
    }

    /// The call is not locked while the media plane works: others go on. Whoever left meanwhile is cleaned up after.
    async fn answer(&self, ctx: &mut Ctx, call: &LiveCall, offer: MediaOffer) -> Result<()> {
        let session = ctx.actor.session;
        let sdp = self.media.negotiate(call.id, session, offer).await?;
        let mut live = call.state.lock().await;
        if !live.is_ready(ctx.actor.user, session) {
            self.media.leave(call.id, session);
            return Err(Error::Conflict {
                problem: "the call is over, or this device has left it".to_owned(),
            });
        }
        live.grace.cancel(Due::MediaLost(session));
        self.registry.update(call.id, &live);
        ctx.committed();
        self.bus.announce(Notice::Signal {
            call: call.id,
            to: session,
            kind: SignalKind::SendDescription,
            peer: None,
            payload: Some(SignalPayload::Answer(sdp)),
            time: self.clock.now(),
        });
        Ok(())
    }
}

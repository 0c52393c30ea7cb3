//! Who publishes and who receives in one call.
//!
//! ```text
//!   peers      Peer ── receive sections ──assigned──▶ encodings
//!     ▲                                                  │
//!     └────────────── owner, receivers ──────────────────┘
//! ```
//!
//! Both are dense tables; packets find their way by index. The work on them is split by concern: `negotiate` (offers),
//! `assign` (which section carries what), `ingest` (media in), `forward` (media out), `feedback` (RTCP in), `report`
//! (RTCP out).
//!
//! Invariants
//! - `encoding.receivers` and `track.assigned` say the same thing from both sides.
//! - A peer is never assigned its own encodings.
//! - Whoever may want to be woken earlier than planned is in `touched` when a step ends.
use crate::SfuEvent;
use crate::context::Context;
use crate::peer::Peer;
use crate::publish::Published;
use crate::slots::Slots;
use model::{CallId, SessionKey};
use std::time::Duration;

/// One call.
pub(crate) struct Call {
    /// Its id outside.
    pub(crate) id: CallId,
    /// Its peers.
    pub(crate) peers: Slots<Peer>,
    /// What they publish.
    pub(crate) encodings: Slots<Published>,
    /// Peers whose deadline may have become earlier.
    pub(crate) touched: Vec<usize>,
}

/// Why a peer was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It was asked to leave, or is being replaced.
    Left,
    /// It vanished; the outside has to know.
    Lost,
}

impl Call {
    /// A call without peers.
    pub(crate) fn new(id: CallId) -> Self {
        Self { id, peers: Slots::default(), encodings: Slots::default(), touched: Vec::new() }
    }

    /// The peer of a session.
    pub(crate) fn peer_of(&self, session: SessionKey) -> Option<usize> {
        self.peers.iter().find(|(_, peer)| peer.identity.session == session).map(|(index, _)| index)
    }

    /// Takes a peer out with everything it published and received. The caller tells the others with
    /// [`Call::assign_all`], and forgets the peer's addresses.
    pub(crate) fn remove(&mut self, index: usize, why: Removal, cx: &mut Context<'_>) -> Option<Peer> {
        let mut peer = self.peers.remove(index)?;
        for encoding in std::mem::take(&mut peer.published) {
            self.retire(encoding);
        }
        for (_, encoding) in self.encodings.iter_mut() {
            encoding.receivers.retain(|receiver| receiver.peer != index);
        }
        peer.transport.close(cx.now, cx.out);
        if why == Removal::Lost {
            cx.counters.peers_lost += 1;
            cx.events.push_back(SfuEvent::Lost { call: self.id, session: peer.identity.session });
        }
        Some(peer)
    }

    /// Removes an encoding and frees the sections that carried it.
    pub(crate) fn retire(&mut self, index: usize) {
        self.free_receivers(index);
        let Some(encoding) = self.encodings.remove(index) else {
            return;
        };
        if let Some(owner) = self.peers.get_mut(encoding.owner) {
            owner.published.retain(|published| *published != index);
            owner.bindings.retain(|_, binding| binding.encoding() != index);
        }
    }

    /// Frees the sections that carry an encoding.
    pub(crate) fn free_receivers(&mut self, index: usize) {
        let Some(encoding) = self.encodings.get_mut(index) else {
            return;
        };
        for receiver in encoding.receivers.drain(..) {
            let Some(peer) = self.peers.get_mut(receiver.peer) else {
                continue;
            };
            peer.announced.is_stale = true;
            if let Some(track) = peer.receive.get_mut(receiver.track) {
                track.release();
            }
        }
    }

    /// The peer's timer: the transport's, then feedback, requests and reports. The caller has drained the transport's
    /// events. Says whether the peer is gone.
    pub(crate) fn handle_timeout(&mut self, index: usize, consent: Duration, cx: &mut Context<'_>) -> bool {
        let Some(peer) = self.peers.get_mut(index) else {
            return false;
        };
        peer.transport.handle_timeout(cx.now, cx.out);
        let is_lost = cx.now.duration_since(peer.transport.last_check()) >= consent;
        if is_lost || !self.drain_transport(index, cx) {
            return true;
        }
        self.end_silent_screens(index, cx);
        self.send_requests(index, cx);
        self.send_transport_feedback(index, cx);
        self.send_reports(index, cx);
        false
    }

    /// Follows what the transport reports. `false` when the peer is gone.
    pub(crate) fn drain_transport(&mut self, index: usize, cx: &mut Context<'_>) -> bool {
        use crate::transport::TransportEvent;
        while let Some(event) = self.peers.get_mut(index).and_then(|peer| peer.transport.poll_event()) {
            match event {
                TransportEvent::Connected => self.connected(index, cx),
                TransportEvent::Closed | TransportEvent::Failed => return false,
            }
        }
        true
    }

    fn connected(&mut self, index: usize, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        if std::mem::replace(&mut peer.is_connected, true) {
            return;
        }
        peer.timers.report = Some(cx.now + crate::report::REPORT_INTERVAL);
        cx.events.push_back(SfuEvent::Connected { call: self.id, session: peer.identity.session });
        let waiting: Vec<usize> = peer.receive.iter().filter_map(|track| track.assigned).collect();
        for encoding in waiting {
            self.request_key_frame(encoding, cx);
        }
    }

    /// Screens that stopped are no longer there.
    fn end_silent_screens(&mut self, index: usize, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get(index) else {
            return;
        };
        let is_silent = |encoding: &usize| self.encodings.get(*encoding).is_some_and(|e| e.is_silent(cx.now));
        let silent: Vec<usize> = peer.published.iter().copied().filter(is_silent).collect();
        if silent.is_empty() {
            return;
        }
        for index in silent {
            self.free_receivers(index);
            if let Some(encoding) = self.encodings.get_mut(index) {
                encoding.is_live = false;
            }
        }
        self.assign_all(cx);
    }
}

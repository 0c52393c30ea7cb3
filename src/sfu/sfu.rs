//! All calls of one media thread: offers, timers and lifetimes. `route` has the way of a datagram.
//!
//! Invariant: after every step each peer has an entry in the heap of deadlines that is not later than its own deadline.
use crate::address::{Addresses, Keyed};
use crate::call::{Call, Removal};
use crate::context::{Around, Random};
use crate::deadlines::{Deadlines, PeerId};
use crate::slots::Slots;
use crate::transport::Certificate;
use crate::{BadMedia, Counters, Transmits};
use model::{CallId, SessionKey, call::Source, event::WantedSections};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A peer is not woken twice within this.
const MIN_SLEEP: Duration = Duration::from_millis(1);

/// What the outside decides.
#[derive(Clone, Debug)]
pub struct SfuConfig {
    /// Addresses clients can reach, for the answers.
    pub candidates: Vec<SocketAddr>,
    /// A peer without an authenticated check for this long is lost.
    pub consent_timeout: Duration,
}

impl SfuConfig {
    /// Consent expires after 30 s without a check (RFC 7675).
    pub const CONSENT_TIMEOUT: Duration = Duration::from_secs(30);
}

/// What the outside has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SfuEvent {
    /// What a peer's receive sections carry now: a full snapshot.
    Tracks {
        /// The call.
        call: CallId,
        /// The receiving session.
        session: SessionKey,
        /// Grows with every snapshot of the peer.
        version: u64,
        /// The receiver's mid, the publishing session, what it shows.
        tracks: Vec<(String, SessionKey, Source)>,
        /// Sections the client should add.
        wanted: WantedSections,
    },
    /// ICE and DTLS are up, for the first time.
    Connected {
        /// The call.
        call: CallId,
        /// The session.
        session: SessionKey,
    },
    /// The peer vanished and was removed.
    Lost {
        /// The call.
        call: CallId,
        /// The session.
        session: SessionKey,
    },
}

/// All calls of one media thread.
pub struct Sfu {
    pub(crate) config: SfuConfig,
    pub(crate) certificate: Certificate,
    pub(crate) calls: Slots<Call>,
    pub(crate) by_call: BTreeMap<CallId, usize>,
    pub(crate) by_address: Addresses,
    pub(crate) by_ufrag: BTreeMap<String, PeerId>,
    deadlines: Deadlines,
    pub(crate) around: Around,
    /// Index of the call the current step is about; see [`Sfu::abandon`].
    pub(crate) at_work: Option<usize>,
}

impl Sfu {
    /// No calls yet. `random` must be unpredictable: ICE passwords come from it. `ntp_now` is the wall clock at `now`,
    /// 32.32 fixed point seconds since 1900.
    pub fn new(
        config: SfuConfig,
        certificate: Certificate,
        mut random: Box<Random>,
        now: Instant,
        ntp_now: u64,
    ) -> Self {
        let mut key = [0; 8];
        random(&mut key);
        Self {
            config,
            certificate,
            calls: Slots::default(),
            by_call: BTreeMap::new(),
            by_address: Addresses::with_hasher(Keyed(u64::from_le_bytes(key))),
            by_ufrag: BTreeMap::new(),
            deadlines: Deadlines::default(),
            around: Around::new(random, now, ntp_now),
            at_work: None,
        }
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, id)) = self.deadlines.pop_due(now) {
            self.at_work = Some(id.call);
            let Some(call) = self.calls.get_mut(id.call) else {
                continue;
            };
            let Some(peer) = call.peers.get_mut(id.peer).filter(|peer| peer.timers.scheduled == Some(at))
            else {
                continue;
            };
            peer.timers.scheduled = None;
            let is_gone =
                call.handle_timeout(id.peer, self.config.consent_timeout, &mut self.around.context(now));
            if is_gone {
                self.remove(id, Removal::Lost, now);
            } else {
                self.schedule(id, now, now + MIN_SLEEP);
                self.reschedule(id.call, now);
            }
        }
    }

    /// When [`Sfu::handle_timeout`] has to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Datagrams to send: drain after every `handle_*`.
    pub fn transmits(&mut self) -> &mut Transmits {
        &mut self.around.transmits
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<SfuEvent> {
        self.around.events.pop_front()
    }

    /// Answers an offer. The first one of a session makes its peer; later ones renegotiate; one with another
    /// certificate replaces the peer. `sources` tells what the sending sections carry; one that is not listed is a
    /// microphone or a camera by its kind.
    ///
    /// # Errors
    /// The client's fault: the SDP cannot be used, or a bound is reached. Nothing has changed then.
    pub fn negotiate(
        &mut self,
        call: CallId,
        session: SessionKey,
        offer: &str,
        sources: &[(String, Source)],
        now: Instant,
    ) -> Result<String, BadMedia> {
        self.at_work = None;
        let offer = crate::negotiate::read_offer(offer)?;
        let id = self.peer_for(call, session, &offer, now)?;
        let candidates = &self.config.candidates;
        let fingerprint = self.certificate.fingerprint();
        let answer = self.calls.get_mut(id.call).map(|call| {
            let mut cx = self.around.context(now);
            call.negotiate(id.peer, &offer, sources, &mut cx);
            call.answer(id.peer, &offer, &fingerprint, candidates)
        });
        self.schedule(id, now, now);
        self.reschedule(id.call, now);
        Ok(answer.unwrap_or_default())
    }

    /// A session leaves a call; unknown ones are ignored.
    pub fn leave(&mut self, call: CallId, session: SessionKey, now: Instant) {
        self.at_work = self.by_call.get(&call).copied();
        let Some(index) = self.at_work else {
            return;
        };
        if let Some(peer) = self.calls.get(index).and_then(|call| call.peer_of(session)) {
            self.remove(PeerId { call: index, peer }, Removal::Left, now);
        }
    }

    /// A call ends: all its peers are closed, nobody is told.
    pub fn end(&mut self, call: CallId, now: Instant) {
        self.at_work = self.by_call.remove(&call);
        let Some(index) = self.at_work else {
            return;
        };
        let Some(mut call) = self.calls.remove(index) else {
            return;
        };
        let peers: Vec<usize> = call.peers.iter().map(|(peer, _)| peer).collect();
        for peer in peers {
            if let Some(removed) = call.remove(peer, Removal::Left, &mut self.around.context(now)) {
                self.forget(&removed, PeerId { call: index, peer });
            }
        }
    }

    /// Totals since start.
    pub fn counters(&self) -> &Counters {
        &self.around.counters
    }

    /// Calls and peers that exist now.
    pub fn population(&self) -> (usize, usize) {
        (self.calls.len(), self.calls.iter().map(|(_, call)| call.peers.len()).sum())
    }

    /// Everyone in every call.
    pub fn peers(&self) -> impl Iterator<Item = (CallId, SessionKey)> {
        let peers = |call: &Call| -> Vec<_> {
            call.peers.iter().map(|(_, peer)| (call.id, peer.identity.session)).collect()
        };
        self.calls.iter().flat_map(move |(_, call)| peers(call))
    }

    /// Removes a peer and tells the others.
    pub(crate) fn remove(&mut self, id: PeerId, why: Removal, now: Instant) {
        let Some(call) = self.calls.get_mut(id.call) else {
            return;
        };
        let mut cx = self.around.context(now);
        let removed = call.remove(id.peer, why, &mut cx);
        call.assign_all(&mut cx);
        let is_empty = call.peers.len() == 0;
        let call_id = call.id;
        if let Some(peer) = removed {
            self.forget(&peer, id);
        }
        if is_empty {
            self.calls.remove(id.call);
            self.by_call.remove(&call_id);
        } else {
            self.reschedule(id.call, now);
        }
    }

    /// Makes sure that a peer is woken in time, but not before `earliest`.
    pub(crate) fn schedule(&mut self, id: PeerId, now: Instant, earliest: Instant) {
        let Some(call) = self.calls.get_mut(id.call) else {
            return;
        };
        let Some(peer) = call.peers.get_mut(id.peer) else {
            return;
        };
        let at = peer.poll_timeout(self.config.consent_timeout, &call.encodings, now).max(earliest);
        if peer.timers.scheduled.is_none_or(|scheduled| at < scheduled) {
            peer.timers.scheduled = Some(at);
            self.deadlines.push(at, id);
        }
    }

    /// Schedules every peer of a call whose deadline may have become earlier.
    pub(crate) fn reschedule(&mut self, call: usize, now: Instant) {
        let Some(mut touched) = self.calls.get_mut(call).map(|call| std::mem::take(&mut call.touched)) else {
            return;
        };
        for peer in touched.drain(..) {
            self.schedule(PeerId { call, peer }, now, now);
        }
        if let Some(call) = self.calls.get_mut(call) {
            // Keeps its capacity: no allocation in the steady state.
            call.touched = touched;
        }
    }
}

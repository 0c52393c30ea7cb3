//! Which peer a datagram is for.
//!
//! ```text
//!   first byte   128–191 RTP, RTCP ─ by address ─▶ Call
//!                 20–63  DTLS ────── by address ─▶ Transport
//!                  0–3   STUN ────── by ufrag ───▶ Transport ─▶ address learned
//! ```
//!
//! Invariant: RTP, RTCP and DTLS are accepted from addresses that STUN has authenticated, and from nowhere else.
use crate::call::Removal;
use crate::deadlines::PeerId;
use crate::peer::Peer;
use crate::rtp;
use crate::sfu::Sfu;
use crate::transport::local_ufrag;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long an address stays with the peer whose selected one it is, although another peer claims it.
const ADDRESS_HOLD: Duration = Duration::from_secs(5);

impl Sfu {
    /// One datagram from the socket. Decrypts in place.
    pub fn handle_datagram(&mut self, from: SocketAddr, datagram: &mut [u8], now: Instant) {
        self.around.counters.datagrams += 1;
        self.at_work = None;
        if rtp::is_rtp_or_rtcp(datagram) {
            self.handle_media(from, datagram, now);
            return;
        }
        match datagram.first() {
            Some(20..=63) => self.handle_dtls(from, datagram, now),
            Some(0..=3) => self.handle_stun(from, datagram, now),
            _ => self.around.counters.dropped.malformed += 1,
        }
    }

    fn handle_media(&mut self, from: SocketAddr, datagram: &mut [u8], now: Instant) {
        let Some(id) = self.by_address.get(&from).copied() else {
            self.around.counters.dropped.unknown_address += 1;
            return;
        };
        self.at_work = Some(id.call);
        let Some(call) = self.calls.get_mut(id.call) else {
            return;
        };
        let mut cx = self.around.context(now);
        if rtp::is_rtcp(datagram) {
            call.handle_rtcp(id.peer, datagram, &mut cx);
        } else {
            call.handle_rtp(id.peer, datagram, &mut cx);
        }
        if !call.touched.is_empty() {
            self.reschedule(id.call, now);
        }
    }

    fn handle_dtls(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) {
        let Some(id) = self.by_address.get(&from).copied() else {
            self.around.counters.dropped.unknown_address += 1;
            return;
        };
        self.at_work = Some(id.call);
        let Some(call) = self.calls.get_mut(id.call) else {
            return;
        };
        let mut cx = self.around.context(now);
        let Some(peer) = call.peers.get_mut(id.peer) else {
            return;
        };
        if peer.transport.handle_dtls(datagram, now, cx.out).is_err() {
            cx.counters.dropped.dtls += 1;
        }
        if call.drain_transport(id.peer, &mut cx) {
            self.schedule(id, now, now);
            self.reschedule(id.call, now);
        } else {
            self.remove(id, Removal::Lost, now);
        }
    }

    fn handle_stun(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) {
        let id = local_ufrag(datagram).and_then(|ufrag| self.by_ufrag.get(ufrag).copied());
        let peer = id.and_then(|id| self.calls.get_mut(id.call)?.peers.get_mut(id.peer));
        let (Some(id), Some(peer)) = (id, peer) else {
            self.around.counters.dropped.stun += 1;
            return;
        };
        self.at_work = Some(id.call);
        if peer.transport.handle_stun(from, datagram, now, &mut self.around.transmits).is_err() {
            self.around.counters.dropped.stun += 1;
            return;
        }
        self.learn_address(from, id, now);
        self.schedule(id, now, now);
    }

    /// Routes `from` to a peer, unless another peer uses that address right now: a participant must not be able to take
    /// another one's media away by claiming its address.
    fn learn_address(&mut self, from: SocketAddr, id: PeerId, now: Instant) {
        if let Some(holder) = self.by_address.get(&from) {
            if *holder == id {
                return;
            }
            let holder = self.calls.get(holder.call).and_then(|call| call.peers.get(holder.peer));
            let is_held = holder.is_some_and(|peer| {
                peer.transport.remote() == Some(from)
                    && now.duration_since(peer.transport.last_check()) < ADDRESS_HOLD
            });
            if is_held {
                return;
            }
        }
        self.by_address.insert(from, id);
        let Some(peer) = self.calls.get_mut(id.call).and_then(|call| call.peers.get_mut(id.peer)) else {
            return;
        };
        peer.addresses.push(from);
        let transport = &peer.transport;
        let routes = &mut self.by_address;
        peer.addresses.retain(|address| {
            let keep = transport.accepts(*address);
            if !keep && routes.get(address) == Some(&id) {
                routes.remove(address);
            }
            keep
        });
    }

    /// Forgets how to reach a peer that is gone.
    pub(crate) fn forget(&mut self, peer: &Peer, id: PeerId) {
        for address in &peer.addresses {
            if self.by_address.get(address) == Some(&id) {
                self.by_address.remove(address);
            }
        }
        for ufrag in &peer.ufrags {
            self.by_ufrag.remove(ufrag);
        }
    }

    /// Routes an address to the first peer as if STUN had authenticated it: lets fuzzers past the door.
    pub(crate) fn force_route(&mut self, from: SocketAddr) {
        let peer =
            self.calls.iter().find_map(|(call, c)| Some(PeerId { call, peer: c.peers.iter().next()?.0 }));
        if let Some(id) = peer {
            self.by_address.insert(from, id);
        }
    }
}

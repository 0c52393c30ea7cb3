//! Offers: what a client wants to send and receive becomes encodings and receive sections, and an answer.
//!
//! ```text
//!   offer ─▶ peer (found, made or replaced) ─▶ per section: publish? receive? ─▶ assign ─▶ answer
//! ```
//!
//! Invariants
//! - A refused offer changes nothing.
//! - A section keeps its SSRCs and its assignment through every renegotiation in which it still receives.
use crate::call::{Call, Removal};
use crate::codec;
use crate::context::{Context, Random};
use crate::deadlines::PeerId;
use crate::peer::{Binding, Identity, Peer};
use crate::publish::{Origin, Published};
use crate::receive::{NewReceiveTrack, ReceiveTrack};
use crate::sdp::{
    AnswerSection, BadSdp, Direction, Kind, Offer, Section, SendIds, parse_offer, write_answer,
};
use crate::section::{ids, incoming_ids, is_media, is_section_of, is_wanted, publishes, receives, source_of};
use crate::sfu::Sfu;
use crate::transport::{Fingerprint, IceCredentials, Transport};
use model::{
    CallId, SessionKey,
    call::Source,
    limits::{MAX_CALL_PEERS, MAX_PUBLISHED_TRACKS},
};
use std::net::SocketAddr;
use std::time::Instant;

/// Characters of an ICE user name fragment: 48 bits, enough to find a peer by.
const UFRAG_CHARS: usize = 8;
/// Characters of an ICE password: 144 bits (RFC 8445, section 5.3 wants 128).
const PASSWORD_CHARS: usize = 24;

/// The client's offer cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum BadMedia {
    /// The SDP is malformed or lacks something.
    #[error(transparent)]
    Sdp(#[from] BadSdp),
    /// Too many sending sections.
    #[error("at most {MAX_PUBLISHED_TRACKS} sections may send")]
    TooManyPublished,
    /// Too many peers.
    #[error("the call is full: at most {MAX_CALL_PEERS} connections")]
    CallFull,
}

/// Parses an offer and checks its size.
pub(crate) fn read_offer(text: &str) -> Result<Offer, BadMedia> {
    let offer = parse_offer(text)?;
    if offer.sections.iter().filter(|section| publishes(section)).count() > MAX_PUBLISHED_TRACKS {
        return Err(BadMedia::TooManyPublished);
    }
    Ok(offer)
}

impl Sfu {
    /// The peer an offer is for. Another certificate makes another peer; other ICE credentials restart ICE.
    pub(crate) fn peer_for(
        &mut self,
        call: CallId,
        session: SessionKey,
        offer: &Offer,
        now: Instant,
    ) -> Result<PeerId, BadMedia> {
        self.at_work = self.by_call.get(&call).copied();
        let known = self.at_work.and_then(|index| Some((index, self.calls.get(index)?)));
        let peer = known.and_then(|(index, call)| Some(PeerId { call: index, peer: call.peer_of(session)? }));
        if let Some(id) = peer {
            if self.keep(id, offer) {
                return Ok(id);
            }
            self.remove(id, Removal::Left, now);
        } else if known.is_some_and(|(_, call)| call.peers.len() >= MAX_CALL_PEERS) {
            return Err(BadMedia::CallFull);
        }
        let index = match self.by_call.get(&call) {
            Some(index) => *index,
            None => {
                let index = self.calls.insert(Call::new(call));
                self.by_call.insert(call, index);
                index
            }
        };
        self.at_work = Some(index);
        Ok(self.make_peer(index, session, offer, now))
    }

    /// Is the offer for the same peer? Follows an ICE restart.
    fn keep(&mut self, id: PeerId, offer: &Offer) -> bool {
        let Some(peer) = self.calls.get_mut(id.call).and_then(|call| call.peers.get_mut(id.peer)) else {
            return false;
        };
        let identity = &mut peer.identity;
        if identity.fingerprint != offer.fingerprint {
            return false;
        }
        if identity.remote_ufrag != offer.ice.ufrag {
            let local = credentials(&mut *self.around.random);
            identity.remote_ufrag.clone_from(&offer.ice.ufrag);
            identity.local = local.clone();
            self.by_ufrag.insert(local.ufrag.clone(), id);
            peer.ufrags.push(local.ufrag.clone());
            peer.transport.restart_ice(local, &offer.ice);
            let (transport, routes) = (&peer.transport, &mut self.by_ufrag);
            peer.ufrags.retain(|ufrag| {
                let keep = transport.knows(ufrag);
                if !keep {
                    routes.remove(ufrag);
                }
                keep
            });
        }
        true
    }

    fn make_peer(&mut self, call: usize, session: SessionKey, offer: &Offer, now: Instant) -> PeerId {
        let random = &mut *self.around.random;
        let local = credentials(random);
        let mut ssrc = [0; 4];
        random(&mut ssrc);
        let identity = Identity {
            session,
            fingerprint: offer.fingerprint,
            local: local.clone(),
            remote_ufrag: offer.ice.ufrag.clone(),
            cname: text(random, PASSWORD_CHARS),
            ssrc: u32::from_be_bytes(ssrc) | 1,
        };
        let ufrag = local.ufrag.clone();
        let transport = Transport::new(local, &offer.ice, offer.fingerprint, &self.certificate, now);
        let mut peer = Peer::new(identity, transport, now);
        peer.ufrags.push(ufrag.clone());
        let peer = self.calls.get_mut(call).map_or(usize::MAX, |call| call.peers.insert(peer));
        let id = PeerId { call, peer };
        self.by_ufrag.insert(ufrag, id);
        self.around.counters.peers_created += 1;
        id
    }
}

impl Call {
    /// Makes a peer's sections what its offer says, and tells everyone what that changes.
    pub(crate) fn negotiate(
        &mut self,
        index: usize,
        offer: &Offer,
        sources: &[(String, Source)],
        cx: &mut Context<'_>,
    ) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        peer.ids = incoming_ids(offer);
        peer.announced.answers += 1;
        peer.announced.is_stale = true;
        self.close_absent(index, offer, sources);
        let mut pairs = [0_usize; 2];
        for section in &offer.sections {
            if publishes(section) {
                self.publish_section(index, section, source_of(section, sources), cx);
            }
            if receives(section) {
                let kind = usize::from(section.kind == Kind::Audio);
                let pair = pairs.get(kind).copied().unwrap_or_default();
                if let Some(count) = pairs.get_mut(kind) {
                    *count += 1;
                }
                self.receive_section(index, section, pair, cx);
            }
        }
        self.assign_all(cx);
    }

    /// The answer to the offer that was just negotiated.
    pub(crate) fn answer(
        &self,
        index: usize,
        offer: &Offer,
        fingerprint: &Fingerprint,
        candidates: &[SocketAddr],
    ) -> String {
        let Some(peer) = self.peers.get(index) else {
            return String::new();
        };
        let sections: Vec<AnswerSection<'_>> =
            offer.sections.iter().map(|section| answer_section(peer, section)).collect();
        write_answer(&peer.identity.local, fingerprint, candidates, peer.announced.answers, &sections)
    }

    /// Ends what the offer no longer has.
    fn close_absent(&mut self, index: usize, offer: &Offer, sources: &[(String, Source)]) {
        let Some(peer) = self.peers.get(index) else {
            return;
        };
        let still_sends = |encoding: &Published| {
            offer.sections.iter().any(|section| {
                section.mid == encoding.mid
                    && publishes(section)
                    && source_of(section, sources) == encoding.origin.source
            })
        };
        let is_over = |encoding: &usize| !self.encodings.get(*encoding).is_some_and(still_sends);
        let over: Vec<usize> = peer.published.iter().copied().filter(is_over).collect();
        for encoding in over {
            self.retire(encoding);
        }
        let tracks = self.peers.get(index).map_or(0, |peer| peer.receive.len());
        for track in 0..tracks {
            let still_receives =
                self.peers.get(index).and_then(|peer| peer.receive.get(track)).is_some_and(|track| {
                    offer.sections.iter().any(|section| is_section_of(section, track) && receives(section))
                });
            if !still_receives {
                self.unassign(index, track);
                if let Some(track) = self.peers.get_mut(index).and_then(|peer| peer.receive.get_mut(track)) {
                    track.is_open = false;
                }
            }
        }
    }

    /// A section the client sends with.
    fn publish_section(&mut self, index: usize, section: &Section, source: Source, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        let is_this =
            |encoding: &&usize| self.encodings.get(**encoding).is_some_and(|e| e.mid == section.mid);
        let encoding_index = match peer.published.iter().find(is_this) {
            Some(encoding) => *encoding,
            None => {
                let origin = Origin { session: peer.identity.session, source };
                let encoding = self.encodings.insert(Published::new(index, origin, &section.mid, cx.now));
                peer.published.push(encoding);
                encoding
            }
        };
        let Some(encoding) = self.encodings.get_mut(encoding_index) else {
            return;
        };
        let mut starts_afresh = false;
        if let Some(signalled) = section.ssrcs.first() {
            let media = Binding::Media(encoding_index);
            if encoding.ssrc != Some(signalled.ssrc) && peer.bindings.get(signalled.ssrc).is_none() {
                peer.bindings.retain(|_, binding| binding != media);
                starts_afresh = peer.bindings.insert(signalled.ssrc, media)
                    && encoding.change_ssrc(signalled.ssrc, cx.now);
            }
            if let Some(rtx) = signalled.rtx {
                peer.bindings.insert(rtx, Binding::Rtx(encoding_index));
            }
        }
        let codecs = codec::published(section);
        let is_same = encoding.codecs == codecs;
        encoding.negotiated(codecs, cx.now);
        if is_same && !starts_afresh {
            return;
        }
        for receiver in &encoding.receivers {
            let track =
                self.peers.get_mut(receiver.peer).and_then(|peer| peer.receive.get_mut(receiver.track));
            if let Some(track) = track {
                track.map_codecs(encoding);
                track.restart();
            }
        }
    }

    /// A section the client receives with.
    fn receive_section(&mut self, index: usize, section: &Section, pair: usize, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        let known = peer.receive.iter().position(|track| is_section_of(section, track));
        let place = known.unwrap_or_else(|| {
            let track = new_track(peer, section, pair, cx);
            match peer.receive.iter().position(|track| !track.is_open) {
                // A section that is gone for good: its place in the SDP was given to another one.
                Some(place) => {
                    if let Some(slot) = peer.receive.get_mut(place) {
                        *slot = track;
                    }
                    place
                }
                None => {
                    peer.receive.push(track);
                    peer.receive.len() - 1
                }
            }
        });
        let Some(track) = peer.receive.get_mut(place) else {
            return;
        };
        track.negotiated(codec::received(section), ids(&section.extensions));
        if let Some(encoding) = track.assigned.and_then(|encoding| self.encodings.get(encoding)) {
            track.map_codecs(encoding);
        }
    }
}

fn new_track(peer: &Peer, section: &Section, pair: usize, cx: &mut Context<'_>) -> ReceiveTrack {
    let ssrc = free_ssrc(peer, 0, cx);
    let rtx_ssrc = free_ssrc(peer, ssrc, cx);
    let sequences = cx.random_u32().to_be_bytes();
    let new = NewReceiveTrack {
        mid: &section.mid,
        is_audio: section.kind == Kind::Audio,
        pair,
        ssrc,
        rtx_ssrc,
        sequences: [
            u16::from_be_bytes([sequences[0], sequences[1]]),
            u16::from_be_bytes([sequences[2], sequences[3]]),
        ],
    };
    ReceiveTrack::new(new, cx.now)
}

/// An SSRC nobody uses on this connection.
fn free_ssrc(peer: &Peer, other: u32, cx: &mut Context<'_>) -> u32 {
    let mut ssrc = cx.random_u32();
    while ssrc == 0 || ssrc == other || peer.uses_ssrc(ssrc) {
        ssrc = ssrc.wrapping_add(1);
    }
    ssrc
}

fn answer_section<'a>(peer: &Peer, section: &'a Section) -> AnswerSection<'a> {
    let (sends, gets) = (publishes(section), receives(section));
    let direction = match (sends, gets) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::RecvOnly,
        (false, true) => Direction::SendOnly,
        (false, false) => Direction::Inactive,
    };
    let is_accepted = is_media(section);
    let track = peer.receive.iter().find(|track| gets && is_section_of(section, track));
    let has_rtx = codec::accepted(section).any(|codec| codec.rtx_payload_type.is_some());
    AnswerSection {
        section,
        accepted: is_accepted,
        direction,
        codecs: codec::accepted(section).collect(),
        extensions: section.extensions.iter().copied().filter(|extension| is_wanted(*extension)).collect(),
        send: track.map(|track| SendIds {
            ssrc: track.ssrc,
            rtx_ssrc: has_rtx.then_some(track.rtx_ssrc),
            cname: peer.identity.cname.clone(),
            msid_stream: format!("pair-{}", track.pair),
            msid_track: format!("track-{}", track.mid),
        }),
        rids: Vec::new(),
    }
}

/// Fresh ICE credentials.
fn credentials(random: &mut Random) -> IceCredentials {
    IceCredentials { ufrag: text(random, UFRAG_CHARS), pwd: text(random, PASSWORD_CHARS) }
}

/// Unpredictable characters of the ICE alphabet, six bits each.
fn text(random: &mut Random, chars: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = [0; PASSWORD_CHARS];
    random(&mut bytes);
    let char_of = |byte: &u8| ALPHABET.get(usize::from(byte & 63)).map(|char| char::from(*char));
    bytes.iter().take(chars).filter_map(char_of).collect()
}

#[cfg(test)]
#[path = "negotiate/tests.rs"]
mod tests;

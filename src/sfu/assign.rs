//! Which receive section carries which published track.
//!
//! Every live encoding of the others goes to one free section of its kind. Preferred, in order: the section that carried
//! the same session and source before; one whose partner section carries the same participant (the two share a stream,
//! so the browser keeps lips and voice together); one whose partner is free; any other. When fewer than two sections of
//! a kind are free, the client is asked for more.
//!
//! A peer learns its assignments as full snapshots with a growing version.
use crate::SfuEvent;
use crate::call::Call;
use crate::context::Context;
use crate::peer::Peer;
use crate::publish::{Origin, Published, Receiver};
use model::{
    call::Source,
    event::WantedSections,
    limits::{MAX_MEDIA_SECTIONS, MIN_SPARE_SECTIONS},
};

impl Call {
    /// Assigns what can be assigned and tells everyone whose sections changed.
    pub(crate) fn assign_all(&mut self, cx: &mut Context<'_>) {
        let mut started = Vec::new();
        for (peer_index, peer) in self.peers.iter_mut() {
            let mut waiting = WantedSections::default();
            for (index, encoding) in self.encodings.iter_mut() {
                if !encoding.is_live || encoding.owner == peer_index {
                    continue;
                }
                if encoding.receivers.iter().any(|receiver| receiver.peer == peer_index) {
                    continue;
                }
                match free_section(peer, encoding.origin) {
                    Some(track) => {
                        assign(peer, track, index, encoding);
                        encoding.receivers.push(Receiver { peer: peer_index, track });
                        // One that is not connected yet asks when it is: a key frame now would be wasted, and the
                        // next one would have to wait.
                        if peer.is_connected {
                            started.push(index);
                        }
                    }
                    None if encoding.origin.source.is_audio() => waiting.audio += 1,
                    None => waiting.video += 1,
                }
            }
            let wanted = wanted(peer, waiting);
            peer.announced.is_stale |= wanted != peer.announced.wanted;
            peer.announced.wanted = wanted;
        }
        for index in started {
            self.request_key_frame(index, cx);
        }
        self.announce(cx);
    }

    /// Sends a snapshot to every peer whose last one is out of date.
    pub(crate) fn announce(&mut self, cx: &mut Context<'_>) {
        for (_, peer) in self.peers.iter_mut() {
            if !std::mem::take(&mut peer.announced.is_stale) {
                continue;
            }
            peer.announced.version += 1;
            let carried = peer.receive.iter().filter(|track| track.assigned.is_some());
            let tracks = carried
                .filter_map(|track| Some((track.mid.clone(), track.origin?.session, track.origin?.source)))
                .collect();
            cx.events.push_back(SfuEvent::Tracks {
                call: self.id,
                session: peer.identity.session,
                version: peer.announced.version,
                tracks,
                wanted: peer.announced.wanted,
            });
        }
    }

    /// Frees one section, because it no longer wants to receive.
    pub(crate) fn unassign(&mut self, peer_index: usize, track_index: usize) {
        let Some(peer) = self.peers.get_mut(peer_index) else {
            return;
        };
        let Some(track) = peer.receive.get_mut(track_index) else {
            return;
        };
        let Some(encoding) = track.assigned else {
            return;
        };
        track.release();
        peer.announced.is_stale = true;
        if let Some(encoding) = self.encodings.get_mut(encoding) {
            encoding.receivers.retain(|receiver| receiver.peer != peer_index);
        }
    }
}

fn assign(peer: &mut Peer, track: usize, index: usize, encoding: &Published) {
    peer.announced.is_stale = true;
    if let Some(track) = peer.receive.get_mut(track) {
        track.assign(index, encoding);
    }
}

/// The best free section for an origin.
fn free_section(peer: &Peer, origin: Origin) -> Option<usize> {
    let is_audio = origin.source.is_audio();
    let free = peer
        .receive
        .iter()
        .enumerate()
        .filter(|(_, track)| track.is_open && track.assigned.is_none() && track.is_audio == is_audio);
    free.min_by_key(|(index, track)| (preference(peer, track.pair, track.origin, origin), *index))
        .map(|(index, _)| index)
}

/// Smaller is better.
fn preference(peer: &Peer, pair: usize, before: Option<Origin>, origin: Origin) -> u8 {
    if before == Some(origin) {
        return 0;
    }
    let partner = peer
        .receive
        .iter()
        .find(|track| track.is_open && track.pair == pair && track.is_audio != origin.source.is_audio());
    match partner.map(|track| (track.assigned, track.origin)) {
        Some((Some(_), Some(other))) if is_partner(other, origin) => 1,
        Some((Some(_), _)) => 4,
        _ if before.is_none() => 2,
        // It was somebody's: leave it for that one while there are others.
        _ => 3,
    }
}

/// Do these two belong together: microphone and camera, or both halves of a screen, of one session?
fn is_partner(a: Origin, b: Origin) -> bool {
    let is_screen = |source: Source| matches!(source, Source::Screen | Source::ScreenAudio);
    a.session == b.session && is_screen(a.source) == is_screen(b.source)
}

/// Sections to ask for, given how many tracks found none.
fn wanted(peer: &Peer, waiting: WantedSections) -> WantedSections {
    let free = |is_audio: bool| {
        let is_free = |track: &&crate::receive::ReceiveTrack| {
            track.is_open && track.assigned.is_none() && track.is_audio == is_audio
        };
        u32::try_from(peer.receive.iter().filter(is_free).count()).unwrap_or(u32::MAX)
    };
    let sections = peer.receive.len() + peer.published.len();
    let most = u32::try_from(MAX_MEDIA_SECTIONS.saturating_sub(sections)).unwrap_or(u32::MAX);
    let want =
        |waiting: u32, is_audio| (waiting + MIN_SPARE_SECTIONS).saturating_sub(free(is_audio)).min(most);
    let audio = want(waiting.audio, true);
    WantedSections { audio, video: want(waiting.video, false).min(most - audio) }
}

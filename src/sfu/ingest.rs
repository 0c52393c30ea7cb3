//! Media in: one RTP packet of a publisher, from its datagram to its receivers.
//!
//! ```text
//!   Header::parse ─▶ whose SSRC? ─▶ open ─▶ (bind a new SSRC) ─▶ Published ─▶ forward to each receiver
//! ```
//!
//! Invariant: nothing a packet says is believed before it is authenticated. A new SSRC that names one of the peer's
//! sections (Chromium with several sections may signal none) gets as far as authentication, and is bound only after it.
use crate::call::Call;
use crate::context::Context;
use crate::forward::Needs;
use crate::peer::{Binding, Peer};
use crate::publish::{Incoming, Published, Received};
use crate::rtp::{Header, ReadExtensions};
use crate::slots::Slots;
use std::time::Duration;

/// How long arrivals are collected before they are reported.
pub(crate) const FEEDBACK_INTERVAL: Duration = Duration::from_millis(50);

/// A known SSRC, or one that has to be bound once the packet is authenticated.
enum Claim {
    Known(Binding),
    New(Binding),
}

impl Call {
    /// A datagram of an authenticated address that looks like RTP. Decrypted in place.
    pub(crate) fn handle_rtp(&mut self, index: usize, datagram: &mut [u8], cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        if !peer.is_connected {
            cx.counters.dropped.early += 1;
            return;
        }
        let Some(header) = Header::parse(datagram) else {
            cx.counters.dropped.malformed += 1;
            return;
        };
        let Some(claim) = claim(peer, &self.encodings, &header, datagram, cx) else {
            return;
        };
        let Ok(len) = peer.transport.open_rtp(datagram, header.len) else {
            cx.counters.dropped.srtp += 1;
            return;
        };
        cx.counters.rtp_received += 1;
        let packet = datagram.get(..len).unwrap_or_default();
        let extensions = ReadExtensions::read(&header, packet, &peer.ids);
        if let Some(sequence) = extensions.transport_cc
            && peer.arrivals.packet(sequence, cx.now)
            && peer.timers.feedback.is_none()
        {
            peer.timers.feedback = Some(cx.now + FEEDBACK_INTERVAL);
            self.touched.push(index);
        }
        let binding = match claim {
            Claim::Known(binding) => binding,
            Claim::New(binding) => {
                self.bind(index, header.ssrc, binding, cx);
                binding
            }
        };
        let Some(payload) = header.payload(packet) else {
            cx.counters.dropped.malformed += 1;
            return;
        };
        self.receive(index, binding, Incoming { header: &header, payload, extensions: &extensions }, cx);
    }

    /// Stores an authenticated packet and sends it on.
    fn receive(&mut self, index: usize, binding: Binding, packet: Incoming<'_>, cx: &mut Context<'_>) {
        let Some(encoding) = self.encodings.get_mut(binding.encoding()) else {
            return;
        };
        let received = match binding {
            Binding::Media(_) => encoding.media(packet, cx.now),
            Binding::Rtx(_) => {
                let (received, was_missing) = encoding.retransmission(packet, cx.now);
                cx.counters.rtp_repaired += u64::from(was_missing);
                received
            }
        };
        let due = encoding.poll_timeout(cx.now);
        let scheduled = self.peers.get(index).and_then(|peer| peer.timers.scheduled);
        if due.is_some_and(|due| scheduled.is_none_or(|scheduled| due < scheduled)) {
            self.touched.push(index);
        }
        let dropped = &mut cx.counters.dropped;
        match received {
            Received::Stored(number) => self.publish(binding.encoding(), number, cx),
            Received::Padding => dropped.padding += 1,
            Received::Duplicate => dropped.duplicate += 1,
            Received::TooOld => dropped.too_old += 1,
            Received::TooLong => dropped.too_long += 1,
            Received::UnknownPayloadType => dropped.unknown_payload_type += 1,
        }
    }

    /// Sends a stored packet to everyone its encoding is assigned to; the first one makes the encoding exist.
    fn publish(&mut self, index: usize, number: u64, cx: &mut Context<'_>) {
        let Some(encoding) = self.encodings.get_mut(index) else {
            return;
        };
        if !encoding.is_live {
            encoding.is_live = true;
            self.touched.push(encoding.owner);
            self.assign_all(cx);
        }
        let Some(encoding) = self.encodings.get(index) else {
            return;
        };
        let mut needs = Needs::Nothing;
        for receiver in &encoding.receivers {
            let Some(peer) = self.peers.get_mut(receiver.peer) else {
                continue;
            };
            if peer.forward(receiver.track, &encoding.ring, number, cx) == Needs::KeyFrame {
                needs = Needs::KeyFrame;
            }
        }
        if needs == Needs::KeyFrame {
            self.request_key_frame(index, cx);
        }
    }

    /// Binds an SSRC that an authenticated packet has shown.
    fn bind(&mut self, index: usize, ssrc: u32, binding: Binding, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        if let Binding::Media(encoding_index) = binding {
            // The section's former SSRC is no longer in use.
            peer.bindings.retain(|_, other| other != binding);
            let Some(encoding) = self.encodings.get_mut(encoding_index) else {
                return;
            };
            if encoding.change_ssrc(ssrc, cx.now) {
                for receiver in &encoding.receivers {
                    let track = self
                        .peers
                        .get_mut(receiver.peer)
                        .and_then(|peer| peer.receive.get_mut(receiver.track));
                    if let Some(track) = track {
                        track.restart();
                    }
                }
            }
        } else {
            peer.bindings.retain(|_, other| other != binding);
        }
        if let Some(peer) = self.peers.get_mut(index) {
            peer.bindings.insert(ssrc, binding);
        }
    }
}

/// Whose packet is this? Counts the ones that are nobody's.
fn claim(
    peer: &Peer,
    encodings: &Slots<Published>,
    header: &Header,
    datagram: &[u8],
    cx: &mut Context<'_>,
) -> Option<Claim> {
    if let Some(binding) = peer.bindings.get(header.ssrc) {
        return Some(Claim::Known(binding));
    }
    let extensions = ReadExtensions::read(header, datagram, &peer.ids);
    let published = peer.published.iter().filter_map(|index| Some((*index, encodings.get(*index)?)));
    let named = extensions.mid.and_then(|mid| published.into_iter().find(|(_, e)| e.mid.as_bytes() == mid));
    let Some((index, encoding)) = named else {
        cx.counters.dropped.unknown_ssrc += 1;
        return None;
    };
    let is_rtx = encoding.codecs.iter().any(|codec| codec.rtx_payload_type == Some(header.payload_type));
    if is_rtx {
        return Some(Claim::New(Binding::Rtx(index)));
    }
    if !encoding.may_change_ssrc(cx.now) {
        cx.counters.dropped.surplus_ssrc += 1;
        return None;
    }
    Some(Claim::New(Binding::Media(index)))
}

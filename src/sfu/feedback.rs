//! RTCP in: what peers say about what they send and get.
//!
//! Requests are followed only for the sender's own sections, and only so often: a NACK is answered from the shared ring
//! at most three times per packet, a key frame is asked of the publisher at most every few hundred milliseconds however
//! many receivers want one.
use crate::call::Call;
use crate::context::Context;
use crate::peer::Binding;
use crate::rtcp::{Packet, Reader, ReportBlock, nack_sequences};
use crate::stats::SenderClock;
use std::time::Duration;

/// Retransmissions one RTCP datagram can cause.
const MAX_RESENDS_PER_DATAGRAM: usize = 128;
/// Full intra requests read from one packet.
const MAX_FIR_ENTRIES: usize = 16;
/// A round trip beyond this is a lie or a clock jump.
const MAX_ROUND_TRIP: Duration = Duration::from_secs(5);

impl Call {
    /// A datagram of an authenticated address that looks like RTCP. Decrypted in place.
    pub(crate) fn handle_rtcp(&mut self, index: usize, datagram: &mut [u8], cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        if !peer.is_connected {
            cx.counters.dropped.early += 1;
            return;
        }
        let Ok(len) = peer.transport.open_rtcp(datagram) else {
            cx.counters.dropped.srtp += 1;
            return;
        };
        cx.counters.rtcp_received += 1;
        let mut resends = MAX_RESENDS_PER_DATAGRAM;
        let mut reader = Reader::new(datagram.get(..len).unwrap_or_default());
        for packet in reader.by_ref() {
            match packet {
                Packet::SenderReport { ssrc, ntp, timestamp, reports } => {
                    self.sender_report(index, ssrc, ntp, timestamp, cx);
                    reports.for_each(|block| self.reception(index, &block, cx));
                }
                Packet::ReceiverReport { reports } => {
                    reports.for_each(|block| self.reception(index, &block, cx))
                }
                Packet::Nack { media, pairs } => self.nacked(index, media, pairs, &mut resends, cx),
                Packet::Pli { media } => self.picture_lost(index, media, cx),
                Packet::Fir { entries } => {
                    for entry in entries.chunks_exact(8).take(MAX_FIR_ENTRIES) {
                        let media = crate::bytes::u32_at(entry, 0).unwrap_or_default();
                        self.picture_lost(index, media, cx);
                    }
                }
                Packet::TransportCc => cx.counters.transport_feedback_received += 1,
                // Bandwidth estimation comes with simulcast; the end of a stream is told by signalling.
                Packet::Remb { .. } | Packet::Goodbye | Packet::Other => {}
            }
        }
        cx.counters.dropped.rtcp += u64::from(reader.is_malformed());
    }

    fn sender_report(&mut self, index: usize, ssrc: u32, ntp: u64, timestamp: u32, cx: &Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        let Some(Binding::Media(encoding)) = peer.bindings.get(ssrc) else {
            return;
        };
        let ours = ntp.wrapping_add(*peer.clock_offset.get_or_insert(cx.ntp.wrapping_sub(ntp)));
        if let Some(encoding) = self.encodings.get_mut(encoding) {
            encoding.clock = Some(SenderClock { ntp, ours, timestamp, arrived: cx.now });
        }
    }

    /// How a receiver gets one of its tracks.
    fn reception(&mut self, index: usize, block: &ReportBlock, cx: &Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        let Some(track) = peer.receiving(block.ssrc).and_then(|track| peer.receive.get_mut(track)) else {
            return;
        };
        track.fraction_lost = block.fraction_lost;
        let Some(sent) = track.sent_report.filter(|sent| sent.middle == block.last_report) else {
            return;
        };
        let held = Duration::from_nanos(u64::from(block.delay) * 1_000_000_000 / 65_536);
        let Some(sample) =
            cx.now.duration_since(sent.at).checked_sub(held).filter(|rtt| *rtt <= MAX_ROUND_TRIP)
        else {
            return;
        };
        peer.round_trip = (peer.round_trip * 7 + sample) / 8;
    }

    fn nacked(&mut self, index: usize, media: u32, pairs: &[u8], resends: &mut usize, cx: &mut Context<'_>) {
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        let Some(track) = peer.receiving(media) else {
            return;
        };
        let assigned = peer.receive.get(track).and_then(|track| track.assigned);
        let Some(encoding) = assigned.and_then(|encoding| self.encodings.get(encoding)) else {
            return;
        };
        for sequence in nack_sequences(pairs) {
            cx.counters.nacks_received += 1;
            if *resends > 0 && peer.resend(track, &encoding.ring, sequence, cx) {
                *resends -= 1;
            } else {
                cx.counters.dropped.refused_resend += 1;
            }
        }
    }

    /// A receiver cannot go on without a key frame.
    fn picture_lost(&mut self, index: usize, media: u32, cx: &mut Context<'_>) {
        let assigned =
            self.peers.get(index).and_then(|peer| peer.receive.get(peer.receiving(media)?)?.assigned);
        if let Some(encoding) = assigned {
            self.request_key_frame(encoding, cx);
        }
    }
}

//! One receiving track: a receive section of a peer, and how the packets assigned to it look to that peer.
//!
//! ```text
//!   encoding's numbers   …  41  42  43            907  908  909
//!   receiver's sequence  …  12  13  14    switch   15   16   17
//!                           └ segment: number − first + 12 ┘
//! ```
//!
//! The section's SSRCs stay the same for its whole life, whoever is assigned to it; sequence numbers go on without a
//! gap, timestamps go on with the time that passed. Within one source the mapping is a constant, so it needs no table:
//! a receiver's retransmission request is answered from the shared ring by arithmetic.
//!
//! Invariants
//! - A sequence number is used for one packet only: reuse under AES-GCM would repeat a nonce.
//! - Video starts, and starts again after each switch, with a key frame.
use crate::publish::{Origin, Published};
use crate::resend::ResendGuard;
use crate::ring::Packet;
use crate::rtp::{ExtensionIds, HeaderTemplate};
use crate::sdp::Format;
use crate::sequence::extend;
use crate::stats::in_clock_units;
use std::time::{Duration, Instant};

/// A hole wider than this begins a new segment: SRTP's packet index must never be in doubt.
const MAX_HOLE: u64 = 1 << 12;
/// In [`ReceiveTrack::payload_types`]: the receiver cannot decode it.
const UNMATCHED: u8 = 0xff;

/// A codec a receiver may get in its section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedCodec {
    /// Payload type of its media.
    pub(crate) payload_type: u8,
    /// Payload type of its retransmissions.
    pub(crate) rtx_payload_type: Option<u8>,
    /// What the payload is.
    pub(crate) format: Format,
    /// Hertz.
    pub(crate) clock_rate: u32,
}

/// How numbers of the encoding map to the receiver's.
#[derive(Clone, Copy, Debug)]
struct Segment {
    first_number: u64,
    first_sequence: u64,
    /// Added to every timestamp.
    shift: u32,
}

/// Where a packet stands for one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The receiver's sequence number.
    pub(crate) sequence: u16,
    /// The receiver's timestamp.
    pub(crate) timestamp: u32,
    /// The receiver's payload type.
    pub(crate) payload_type: u8,
    /// The first packet of a segment: what came after it out of order has to follow from the ring.
    pub(crate) is_start: bool,
}

/// Why a packet is not for this receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unplaced {
    /// The receiver has no codec for it.
    Codec,
    /// The receiver waits for a key frame, or the packet lies before its segment.
    Early,
}

/// What our last sender report said, to recognise the reports about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentReport {
    /// Middle bits of its NTP time.
    pub(crate) middle: u32,
    /// When it left.
    pub(crate) at: Instant,
}

/// One receive section.
#[derive(Debug)]
pub(crate) struct ReceiveTrack {
    /// The section of the receiver's SDP.
    pub(crate) mid: String,
    /// Audio or video section?
    pub(crate) is_audio: bool,
    /// How many sections of its kind came before it: audio and video of one number share a stream in the answer.
    pub(crate) pair: usize,
    /// The section's media SSRC.
    pub(crate) ssrc: u32,
    /// The section's retransmission SSRC.
    pub(crate) rtx_ssrc: u32,
    /// The section still wants to receive.
    pub(crate) is_open: bool,
    /// The encoding it carries: index in the call.
    pub(crate) assigned: Option<usize>,
    /// Whom it carries, or carried last.
    pub(crate) origin: Option<Origin>,
    /// Header of media packets.
    pub(crate) header: HeaderTemplate,
    /// Header of retransmissions.
    pub(crate) rtx_header: HeaderTemplate,
    /// Next retransmission's sequence number.
    pub(crate) rtx_sequence: u16,
    /// Limits repeats.
    pub(crate) resend: ResendGuard,
    /// Packets sent, for sender reports.
    pub(crate) packets: u32,
    /// Payload bytes sent, for sender reports.
    pub(crate) octets: u32,
    /// Our last sender report.
    pub(crate) sent_report: Option<SentReport>,
    /// What the receiver says it loses, in 256ths.
    pub(crate) fraction_lost: u8,
    codecs: Vec<ReceivedCodec>,
    /// The publisher's payload type → ours.
    payload_types: [u8; 128],
    clock_rate: u32,
    segment: Option<Segment>,
    /// Highest extended sequence number sent.
    newest: u64,
    /// Timestamp and time of the newest packet sent.
    last: Option<(u32, Instant)>,
}

/// What a section is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewReceiveTrack<'a> {
    /// The section of the receiver's SDP.
    pub(crate) mid: &'a str,
    /// Audio or video?
    pub(crate) is_audio: bool,
    /// See [`ReceiveTrack::pair`].
    pub(crate) pair: usize,
    /// Media SSRC.
    pub(crate) ssrc: u32,
    /// Retransmission SSRC.
    pub(crate) rtx_ssrc: u32,
    /// Unpredictable first sequence numbers, media and retransmissions (RFC 3550, section 5.1).
    pub(crate) sequences: [u16; 2],
}

impl ReceiveTrack {
    /// A free section.
    pub(crate) fn new(new: NewReceiveTrack<'_>, now: Instant) -> Self {
        let ids = ExtensionIds::default();
        Self {
            mid: new.mid.to_owned(),
            is_audio: new.is_audio,
            pair: new.pair,
            ssrc: new.ssrc,
            rtx_ssrc: new.rtx_ssrc,
            is_open: true,
            assigned: None,
            origin: None,
            header: HeaderTemplate::new(new.ssrc, new.mid, ids),
            rtx_header: HeaderTemplate::new(new.rtx_ssrc, new.mid, ids),
            rtx_sequence: new.sequences[1] >> 1,
            resend: ResendGuard::new(now),
            packets: 0,
            octets: 0,
            sent_report: None,
            fraction_lost: 0,
            codecs: Vec::new(),
            payload_types: [UNMATCHED; 128],
            clock_rate: 0,
            segment: None,
            // In the lower half: SRTP's rollover counter starts at 0 (RFC 3711, section 3.3.1).
            newest: u64::from(new.sequences[0] >> 1),
            last: None,
        }
    }

    /// Takes over what a (re-)negotiation said. The caller maps payload types anew with [`ReceiveTrack::map_codecs`].
    pub(crate) fn negotiated(&mut self, codecs: Vec<ReceivedCodec>, ids: ExtensionIds) {
        self.header = HeaderTemplate::new(self.ssrc, &self.mid, ids);
        self.rtx_header = HeaderTemplate::new(self.rtx_ssrc, &self.mid, ids);
        self.codecs = codecs;
        self.is_open = true;
    }

    /// Carries `encoding` from its next key frame on.
    pub(crate) fn assign(&mut self, index: usize, encoding: &Published) {
        self.assigned = Some(index);
        self.origin = Some(encoding.origin);
        self.map_codecs(encoding);
        self.restart();
    }

    /// Carries nothing. Remembers whom it carried, who gets the section back if it is still free.
    pub(crate) fn release(&mut self) {
        self.assigned = None;
        self.restart();
    }

    /// The next packet begins a new segment.
    pub(crate) fn restart(&mut self) {
        self.segment = None;
        self.resend.clear();
    }

    /// Is media flowing, or does the track wait for its start?
    pub(crate) fn is_flowing(&self) -> bool {
        self.segment.is_some()
    }

    /// Matches the publisher's codecs with the section's.
    pub(crate) fn map_codecs(&mut self, encoding: &Published) {
        self.payload_types = [UNMATCHED; 128];
        for codec in &encoding.codecs {
            let matching = self.codecs.iter().find(|own| crate::codec::matches(&codec.format, &own.format));
            let place = self.payload_types.get_mut(usize::from(codec.payload_type));
            if let (Some(own), Some(place)) = (matching, place) {
                *place = own.payload_type;
                self.clock_rate = own.clock_rate;
            }
        }
    }

    /// The retransmission payload type that belongs to one of the section's payload types.
    pub(crate) fn rtx_payload_type(&self, payload_type: u8) -> Option<u8> {
        self.codecs.iter().find(|codec| codec.payload_type == payload_type)?.rtx_payload_type
    }

    /// Hertz of the codec in use; 0 before the first assignment.
    pub(crate) fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    /// Translates a media timestamp of the encoding; `None` while nothing flows.
    pub(crate) fn timestamp(&self, published: u32) -> Option<u32> {
        Some(published.wrapping_add(self.segment?.shift))
    }

    /// Where a packet stands that is sent for the first time; counts it as sent.
    pub(crate) fn place(
        &mut self,
        packet: &Packet,
        payload_len: usize,
        now: Instant,
    ) -> Result<Placed, Unplaced> {
        let payload_type = self.map(packet.payload_type).ok_or(Unplaced::Codec)?;
        let mut is_start = false;
        let mut segment = self.segment.filter(|segment| !self.is_beyond(segment, packet.number));
        if segment.is_none() {
            if packet.is_filler || !(self.is_audio || packet.starts_key_frame) {
                self.segment = None;
                return Err(Unplaced::Early);
            }
            is_start = true;
            segment = Some(self.begin(packet, now));
            self.segment = segment;
        }
        let segment = segment.ok_or(Unplaced::Early)?;
        let offset = packet.number.checked_sub(segment.first_number).ok_or(Unplaced::Early)?;
        let sequence = segment.first_sequence + offset;
        let timestamp = packet.timestamp.wrapping_add(segment.shift);
        if sequence > self.newest {
            self.newest = sequence;
            self.last = Some((timestamp, now));
        }
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(u32::try_from(payload_len).unwrap_or_default());
        Ok(Placed { sequence: low_bits(sequence), timestamp, payload_type, is_start })
    }

    /// The number of a packet this receiver was sent, by its sequence number.
    pub(crate) fn number_of(&self, sequence: u16) -> Option<u64> {
        let segment = self.segment?;
        let extended = extend(self.newest, sequence);
        if extended > self.newest {
            return None;
        }
        Some(segment.first_number + extended.checked_sub(segment.first_sequence)?)
    }

    /// The place of a packet that was sent before.
    pub(crate) fn placed(&self, packet: &Packet) -> Option<Placed> {
        let segment = self.segment?;
        let offset = packet.number.checked_sub(segment.first_number)?;
        Some(Placed {
            sequence: low_bits(segment.first_sequence + offset),
            timestamp: packet.timestamp.wrapping_add(segment.shift),
            payload_type: self.map(packet.payload_type)?,
            is_start: false,
        })
    }

    fn begin(&self, packet: &Packet, now: Instant) -> Segment {
        let shift = self.last.map_or(0, |(timestamp, at)| {
            let passed = in_clock_units(now.duration_since(at), self.clock_rate).max(1);
            timestamp.wrapping_add(passed).wrapping_sub(packet.timestamp)
        });
        Segment { first_number: packet.number, first_sequence: self.newest + 1, shift }
    }

    fn is_beyond(&self, segment: &Segment, number: u64) -> bool {
        let Some(offset) = number.checked_sub(segment.first_number) else {
            return false;
        };
        segment.first_sequence + offset > self.newest + MAX_HOLE
    }

    fn map(&self, payload_type: u8) -> Option<u8> {
        let mapped = *self.payload_types.get(usize::from(payload_type))?;
        (mapped != UNMATCHED).then_some(mapped)
    }
}

fn low_bits(sequence: u64) -> u16 {
    u16::try_from(sequence & 0xffff).expect("invariant: masked to 16 bits")
}

/// Round trip assumed before a receiver report says better.
pub(crate) const DEFAULT_ROUND_TRIP: Duration = Duration::from_millis(100);

#[cfg(test)]
#[path = "receive/tests.rs"]
mod tests;

//! One published encoding: what a peer sends in one media section.
//!
//! ```text
//!   media packet ──▶ Sequence ─▶ NackList ─▶ Ring ─▶ number ─▶ forwarded to every receiver
//!   retransmission ─▶ original number ─────▲
//! ```
//!
//! Encodings are keyed by (section, layer). There is one layer per section today; simulcast adds more of them, and the
//! choice of a layer becomes the choice which encoding a receiver is assigned to.
//!
//! Invariants
//! - A number is stored at most once, whichever way its packet came, so no receiver gets one sequence number twice.
//! - Numbers grow for the life of the encoding, across changes of its SSRC.
use crate::keyframe::{KeyFrameRequests, Packing};
use crate::nack::NackList;
use crate::ring::{Capacity, MAX_PAYLOAD_BYTES, Packet, Ring};
use crate::rtp::{Header, ReadExtensions};
use crate::sdp::Format;
use crate::sequence::{Arrival, Sequence};
use crate::stats::{Reception, SenderClock};
use model::{SessionKey, call::Source};
use std::time::{Duration, Instant};

/// A screen that sends nothing for this long is no longer shared.
pub(crate) const SCREEN_TIMEOUT: Duration = Duration::from_secs(5);
/// A section that was silent for this long may change its SSRC.
const SSRC_CHANGE: Duration = Duration::from_secs(2);

/// Who publishes what: the same origin returns to the same receive section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The publishing session.
    pub(crate) session: SessionKey,
    /// What it shows.
    pub(crate) source: Source,
}

/// A codec a publisher may use in its section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublishedCodec {
    /// Payload type of its media.
    pub(crate) payload_type: u8,
    /// Payload type of its retransmissions.
    pub(crate) rtx_payload_type: Option<u8>,
    /// What the payload is.
    pub(crate) format: Format,
    /// How its key frames are recognised.
    pub(crate) packing: Packing,
    /// Hertz.
    pub(crate) clock_rate: u32,
}

/// A receiving track that is assigned to an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receiver {
    /// Index of the peer in its call.
    pub(crate) peer: usize,
    /// Index of the track in the peer.
    pub(crate) track: usize,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// It is stored under this number and has to be forwarded.
    Stored(u64),
    /// Padding in order: nobody misses it.
    Padding,
    /// It was there already.
    Duplicate,
    /// It cannot be placed any more.
    TooOld,
    /// Its payload does not fit.
    TooLong,
    /// Its payload type is not negotiated, or its padding is a lie.
    UnknownPayloadType,
}

/// A decrypted packet of a publisher.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    /// Its header.
    pub(crate) header: &'a Header,
    /// Its payload without padding.
    pub(crate) payload: &'a [u8],
    /// Its extensions.
    pub(crate) extensions: &'a ReadExtensions<'a>,
}

/// One published encoding.
#[derive(Debug)]
pub(crate) struct Published {
    /// Index of the publishing peer in its call.
    pub(crate) owner: usize,
    /// Session and source.
    pub(crate) origin: Origin,
    /// The section of the publisher's SDP.
    pub(crate) mid: String,
    /// What its packets may carry.
    pub(crate) codecs: Vec<PublishedCodec>,
    /// The media SSRC, once known.
    pub(crate) ssrc: Option<u32>,
    /// Who gets it.
    pub(crate) receivers: Vec<Receiver>,
    /// It has sent media and counts as existing.
    pub(crate) is_live: bool,
    /// Stored packets.
    pub(crate) ring: Ring,
    /// Missing packets.
    pub(crate) nack: NackList,
    /// Key frames asked of the publisher.
    pub(crate) key_frames: KeyFrameRequests,
    /// The publisher's last sender report.
    pub(crate) clock: Option<SenderClock>,
    /// Reception of the media SSRC.
    pub(crate) reception: Reception,
    /// When the last packet with a payload came.
    pub(crate) last_media: Instant,
    sequence: Sequence,
    /// Were retransmissions negotiated?
    repairs: bool,
    /// Where the last packet's codec was found: nearly always the next one's too.
    last_codec: usize,
}

impl Published {
    /// An encoding that has sent nothing yet.
    pub(crate) fn new(owner: usize, origin: Origin, mid: &str, now: Instant) -> Self {
        let is_audio = origin.source.is_audio();
        let interval =
            if origin.source == Source::Screen { KeyFrameRequests::SCREEN } else { KeyFrameRequests::CAMERA };
        Self {
            owner,
            origin,
            mid: mid.to_owned(),
            codecs: Vec::new(),
            ssrc: None,
            receivers: Vec::new(),
            is_live: false,
            ring: Ring::new(if is_audio { Capacity::AUDIO } else { Capacity::VIDEO }, now),
            nack: NackList::default(),
            key_frames: KeyFrameRequests::new(interval),
            clock: None,
            reception: Reception::new(0, now),
            last_media: now,
            sequence: Sequence::new(0),
            repairs: false,
            last_codec: 0,
        }
    }

    /// Takes over what a (re-)negotiation said.
    pub(crate) fn negotiated(&mut self, codecs: Vec<PublishedCodec>, now: Instant) {
        self.repairs = codecs.iter().any(|codec| codec.rtx_payload_type.is_some());
        if self.codecs.is_empty() {
            self.reception = Reception::new(codecs.first().map_or(0, |codec| codec.clock_rate), now);
        }
        self.codecs = codecs;
        self.last_codec = 0;
    }

    /// Is it video?
    pub(crate) fn is_video(&self) -> bool {
        !self.origin.source.is_audio()
    }

    /// May another SSRC take over this encoding?
    pub(crate) fn may_change_ssrc(&self, now: Instant) -> bool {
        self.ssrc.is_none() || now.duration_since(self.last_media) >= SSRC_CHANGE
    }

    /// The encoding continues under an SSRC with unrelated sequence numbers and timestamps. Says whether receivers have
    /// to make a fresh start.
    pub(crate) fn change_ssrc(&mut self, ssrc: u32, now: Instant) -> bool {
        let had_one = self.ssrc.replace(ssrc).is_some_and(|before| before != ssrc);
        if had_one {
            // Far enough above everything stored that the old packets can neither be mistaken nor asked for.
            self.sequence = Sequence::new(self.ring.newest() + (1 << 17));
            self.nack.clear();
            self.clock = None;
            self.reception = Reception::new(self.codecs.first().map_or(0, |codec| codec.clock_rate), now);
        }
        had_one
    }

    /// A packet of the media SSRC.
    pub(crate) fn media(&mut self, packet: Incoming<'_>, now: Instant) -> Received {
        let header = packet.header;
        let Some(packing) = self.packing(header.payload_type) else {
            return Received::UnknownPayloadType;
        };
        if packet.payload.len() > MAX_PAYLOAD_BYTES {
            return Received::TooLong;
        }
        let arrival = self.sequence.arrive(header.sequence);
        let extended = arrival.extended();
        match arrival {
            Arrival::Newest { missing: 0, .. } => {}
            Arrival::Newest { missing, .. } => {
                if self.repairs && !self.nack.gap(extended, missing, now) && self.is_video() {
                    self.key_frames.request();
                }
            }
            Arrival::Late { .. } => {
                self.nack.arrived(extended);
            }
        }
        self.reception.packet(extended, header.timestamp, now);
        let is_padding = packet.payload.is_empty();
        if is_padding && matches!(arrival, Arrival::Newest { .. }) {
            self.sequence.drop_newest();
            return Received::Padding;
        }
        self.store(extended, header.payload_type, packing, packet, now)
    }

    /// A retransmission (RFC 4588). Says also whether the packet had been missing.
    pub(crate) fn retransmission(&mut self, packet: Incoming<'_>, now: Instant) -> (Received, bool) {
        let Some(codec) =
            self.codecs.iter().find(|codec| codec.rtx_payload_type == Some(packet.header.payload_type))
        else {
            return (Received::UnknownPayloadType, false);
        };
        let (payload_type, packing) = (codec.payload_type, codec.packing);
        // Probes may be padding only.
        let Some((original, payload)) = packet.payload.split_first_chunk::<2>() else {
            return (Received::Padding, false);
        };
        if payload.len() > MAX_PAYLOAD_BYTES {
            return (Received::TooLong, false);
        }
        let Some(extended) = self.sequence.locate(u16::from_be_bytes(*original)) else {
            return (Received::TooOld, false);
        };
        let was_missing = self.nack.arrived(extended);
        (self.store(extended, payload_type, packing, Incoming { payload, ..packet }, now), was_missing)
    }

    /// When this encoding wants its publisher's timer.
    pub(crate) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let screen = (self.is_live && self.ends_in_silence()).then(|| self.last_media + SCREEN_TIMEOUT);
        [self.nack.poll_timeout(), self.key_frame_timeout(now), screen].into_iter().flatten().min()
    }

    /// Has a shared screen stopped? It sends again when it is shared again.
    pub(crate) fn is_silent(&self, now: Instant) -> bool {
        self.is_live && self.ends_in_silence() && now.duration_since(self.last_media) >= SCREEN_TIMEOUT
    }

    fn key_frame_timeout(&self, now: Instant) -> Option<Instant> {
        // Without an SSRC there is nobody to ask yet.
        self.ssrc.and(self.key_frames.poll_timeout(now))
    }

    fn ends_in_silence(&self) -> bool {
        matches!(self.origin.source, Source::Screen | Source::ScreenAudio)
    }

    fn packing(&mut self, payload_type: u8) -> Option<Packing> {
        let is_it = |codec: &PublishedCodec| codec.payload_type == payload_type;
        if let Some(codec) = self.codecs.get(self.last_codec).filter(|codec| is_it(codec)) {
            return Some(codec.packing);
        }
        self.last_codec = self.codecs.iter().position(is_it)?;
        self.codecs.get(self.last_codec).map(|codec| codec.packing)
    }

    fn store(
        &mut self,
        extended: u64,
        payload_type: u8,
        packing: Packing,
        packet: Incoming<'_>,
        now: Instant,
    ) -> Received {
        let Some(number) = self.sequence.number(extended) else {
            return Received::TooOld;
        };
        if !self.ring.accepts(number) {
            return if self.ring.contains(number) { Received::Duplicate } else { Received::TooOld };
        }
        let is_filler = packet.payload.is_empty();
        let starts_key_frame = !is_filler && packing.starts_key_frame(packet.payload);
        if starts_key_frame {
            self.key_frames.arrived();
        }
        let stored = Packet {
            number,
            timestamp: packet.header.timestamp,
            payload_type,
            marker: packet.header.marker,
            is_filler,
            starts_key_frame,
            audio_level: packet.extensions.audio_level,
            orientation: packet.extensions.orientation,
        };
        self.ring.insert(stored, packet.payload, now);
        if !is_filler {
            self.last_media = now;
        }
        Received::Stored(number)
    }
}

#[cfg(test)]
#[path = "publish/tests.rs"]
mod tests;

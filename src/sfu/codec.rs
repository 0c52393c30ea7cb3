//! Which codecs are forwarded, and when a publisher's and a receiver's are the same.
//!
//! Payload types differ from browser to browser; what has to agree is what a decoder would be set up with.
use crate::keyframe::Packing;
use crate::publish::PublishedCodec;
use crate::receive::ReceivedCodec;
use crate::sdp::{Codec, Format, Section};

/// How a format's payloads are read; `None` for formats that are not forwarded (RED would hide what it wraps).
pub(crate) fn packing(format: &Format) -> Option<Packing> {
    match format {
        Format::Opus => Some(Packing::Audio),
        Format::Vp8 => Some(Packing::Vp8),
        Format::H264 { .. } => Some(Packing::H264),
        Format::Vp9 { .. } => Some(Packing::Vp9),
        Format::Av1 { .. } => Some(Packing::Av1),
        Format::Red => None,
    }
}

/// Can a receiver that negotiated `receiver` decode what a publisher sends as `publisher`?
pub(crate) fn matches(publisher: &Format, receiver: &Format) -> bool {
    match (publisher, receiver) {
        (
            Format::H264 { profile_level_id: sent, packetization_mode: sent_mode },
            Format::H264 { profile_level_id: received, packetization_mode: received_mode },
        ) => sent >> 8 == received >> 8 && sent_mode == received_mode,
        (Format::Av1 { profile: sent }, Format::Av1 { profile: received }) => sent == received,
        _ => publisher == receiver,
    }
}

/// The codecs of a section that are answered.
pub(crate) fn accepted(section: &Section) -> impl Iterator<Item = &Codec> {
    section.codecs.iter().filter(|codec| packing(&codec.format).is_some())
}

/// What a publishing section may carry.
pub(crate) fn published(section: &Section) -> Vec<PublishedCodec> {
    let codec = |codec: &Codec| {
        Some(PublishedCodec {
            payload_type: codec.payload_type,
            rtx_payload_type: codec.rtx_payload_type,
            format: codec.format,
            packing: packing(&codec.format)?,
            clock_rate: codec.clock_rate,
        })
    };
    section.codecs.iter().filter_map(codec).collect()
}

/// What a receive section may carry.
pub(crate) fn received(section: &Section) -> Vec<ReceivedCodec> {
    accepted(section)
        .map(|codec| ReceivedCodec {
            payload_type: codec.payload_type,
            rtx_payload_type: codec.rtx_payload_type,
            format: codec.format,
            clock_rate: codec.clock_rate,
        })
        .collect()
}

//! SDP: a client's offer as far as a forwarding unit understands it, and the answer to it (RFC 8866, 8829, 8843).
//!
//! ```text
//!   text ─▶ bounds ─▶ rtc-sdp ─▶ offer: session, bundle ─▶ media: one section ─▶ format: its codecs ─▶ Offer
//!   Section + what is decided about it ─▶ answer ─▶ text
//! ```
//!
//! The syntax is read by `rtc-sdp` once the size is known to be bearable; the meaning is read here, strictly: one BUNDLE
//! group, ICE, DTLS-SRTP, RTP and RTCP on one port. What is not understood (a codec, an extension, a data channel) is
//! left out or refused in the answer, never an error; what makes a connection impossible is a [`BadSdp`] that says so.
//!
//! Nothing here knows peers or calls: which sections and codecs are accepted is decided by `negotiate`.

mod answer;
mod error;
mod format;
mod media;
mod offer;

pub(crate) use answer::{AnswerSection, SendIds, write_answer};
pub use error::BadSdp;
pub(crate) use offer::parse_offer;

use crate::transport::{Fingerprint, IceCredentials};

/// What a client offers.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// Its ICE credentials.
    pub(crate) ice: IceCredentials,
    /// Its certificate.
    pub(crate) fingerprint: Fingerprint,
    /// Its m-lines, in order.
    pub(crate) sections: Vec<Section>,
}

/// One m-line.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// Its name; empty only for a refused one that has none.
    pub(crate) mid: String,
    /// What flows.
    pub(crate) kind: Kind,
    /// Which way, from the client's view.
    pub(crate) direction: Direction,
    /// What it may carry, best first. Empty when the client refuses the section itself.
    pub(crate) codecs: Vec<Codec>,
    /// Header extensions we know, by id.
    pub(crate) extensions: Vec<(u8, Extension)>,
    /// Streams the client says it sends, media only.
    pub(crate) ssrcs: Vec<Signalled>,
    /// RTCP need not be compound (RFC 5506).
    pub(crate) reduced_size: bool,
    /// The m-line itself, for the answer.
    pub(crate) line: MediaLine,
}

/// An m-line as it was offered.
#[derive(Clone, Debug)]
pub(crate) struct MediaLine {
    /// `audio`, `video`, `application`, …
    pub(crate) media: String,
    /// Such as `UDP/TLS/RTP/SAVPF`.
    pub(crate) protocol: String,
    /// Payload types, or what stands in their place.
    pub(crate) formats: String,
}

/// What flows in a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Anything else: data channels, text, unprotected RTP. Always refused.
    Other,
}

/// Which way media flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Both ways.
    SendRecv,
    /// From the one who says it.
    SendOnly,
    /// To the one who says it.
    RecvOnly,
    /// Not at all.
    Inactive,
}

impl Direction {
    const ALL: [Self; 4] = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];

    /// The attribute.
    fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// A payload type with its retransmissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Codec {
    /// Payload type of the media.
    pub(crate) payload_type: u8,
    /// Payload type of its retransmissions (RFC 4588).
    pub(crate) rtx_payload_type: Option<u8>,
    /// What the payload is.
    pub(crate) format: Format,
    /// Hertz.
    pub(crate) clock_rate: u32,
    /// Format parameters as offered, for the answer.
    parameters: Option<String>,
    /// RTCP feedback the client is ready for.
    feedback: Vec<Feedback>,
}

/// What a payload is, as far as it decides who can decode it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 7587.
    Opus,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9 {
        /// Bit depth and chroma sampling.
        profile_id: u8,
    },
    /// RFC 6184.
    H264 {
        /// Profile, constraints, level: a byte each.
        profile_level_id: u32,
        /// 0 or 1; the interleaved mode 2 is not for conversations.
        packetization_mode: u8,
    },
    /// The AV1 RTP specification of the Alliance for Open Media.
    Av1 {
        /// Bit depth and chroma sampling.
        profile: u8,
    },
    /// RFC 2198: wraps other formats.
    Red,
}

/// RTCP feedback (RFC 4585, RFC 5104).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feedback {
    /// Requests for packets.
    Nack,
    /// Picture loss indication.
    NackPli,
    /// Full intra request.
    CcmFir,
    /// Arrival times, transport-wide.
    TransportCc,
}

impl Feedback {
    const ALL: [Self; 4] = [Self::TransportCc, Self::CcmFir, Self::Nack, Self::NackPli];

    fn as_str(self) -> &'static str {
        match self {
            Self::Nack => "nack",
            Self::NackPli => "nack pli",
            Self::CcmFir => "ccm fir",
            Self::TransportCc => "transport-cc",
        }
    }
}

/// RTP header extensions (RFC 8285) we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extension {
    /// The section a packet belongs to (RFC 9143).
    Mid,
    /// The simulcast layer (RFC 8852).
    Rid,
    /// The simulcast layer a retransmission belongs to.
    RepairedRid,
    /// Loudness and voice flag (RFC 6464).
    AudioLevel,
    /// How the camera is held (3GPP TS 26.114).
    VideoOrientation,
    /// Departure time.
    AbsSendTime,
    /// Transport-wide sequence number.
    TransportCc,
}

impl Extension {
    const ALL: [Self; 7] = [
        Self::Mid,
        Self::Rid,
        Self::RepairedRid,
        Self::AudioLevel,
        Self::VideoOrientation,
        Self::AbsSendTime,
        Self::TransportCc,
    ];

    fn uri(self) -> &'static str {
        match self {
            Self::Mid => "urn:ietf:params:rtp-hdrext:sdes:mid",
            Self::Rid => "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            Self::RepairedRid => "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
            Self::AudioLevel => "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            Self::VideoOrientation => "urn:3gpp:video-orientation",
            Self::AbsSendTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            Self::TransportCc => "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        }
    }
}

/// A stream the client says it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signalled {
    /// The media.
    pub(crate) ssrc: u32,
    /// Its retransmissions.
    pub(crate) rtx: Option<u32>,
}

#[cfg(test)]
#[path = "sdp/tests.rs"]
mod tests;

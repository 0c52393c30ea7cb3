//! The answer, written from a template.
//!
//! ICE, DTLS and the port multiplexing are repeated in every accepted section, although the bundle needs them once:
//! browsers of every age accept that. Candidates stand in the first accepted section only.
//!
//! What is left out on purpose: `goog-remb`, since nobody would answer an estimate; `extmap-allow-mixed`, since all ids
//! fit the one-byte form.
use super::{Codec, Direction, Extension, Feedback, Kind, Section};
use crate::transport::{Fingerprint, IceCredentials};
use std::fmt::{Result, Write};
use std::net::SocketAddr;

/// One m-line of the answer: the offered section and what was decided about it.
#[derive(Clone, Debug)]
pub(crate) struct AnswerSection<'a> {
    /// As offered.
    pub(crate) section: &'a Section,
    /// Is it used at all?
    pub(crate) accepted: bool,
    /// Which way media flows, from the server's view.
    pub(crate) direction: Direction,
    /// The offered codecs that are accepted, best first. Not empty in an accepted section.
    pub(crate) codecs: Vec<&'a Codec>,
    /// The offered extensions that are accepted.
    pub(crate) extensions: Vec<(u8, Extension)>,
    /// What the server sends with, if it does.
    pub(crate) send: Option<SendIds>,
    /// Simulcast layers the server takes, by their offered names.
    pub(crate) rids: Vec<&'a str>,
}

/// How the server's media of one section can be recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SendIds {
    /// Media.
    pub(crate) ssrc: u32,
    /// Retransmissions, if negotiated.
    pub(crate) rtx_ssrc: Option<u32>,
    /// Canonical name, the same for everything one peer is sent.
    pub(crate) cname: String,
    /// Tracks of one stream are played in step.
    pub(crate) msid_stream: String,
    /// The track.
    pub(crate) msid_track: String,
}

/// Writes an answer. `version` grows with every answer to the same peer.
pub(crate) fn write_answer(
    local: &IceCredentials,
    fingerprint: &Fingerprint,
    candidates: &[SocketAddr],
    version: u64,
    sections: &[AnswerSection<'_>],
) -> String {
    let answer = Answer { local, fingerprint, candidates };
    let mut text = String::new();
    answer.write(&mut text, version, sections).expect("invariant: a string takes everything");
    text
}

/// What all sections share.
struct Answer<'a> {
    local: &'a IceCredentials,
    fingerprint: &'a Fingerprint,
    candidates: &'a [SocketAddr],
}

impl Answer<'_> {
    fn write(&self, out: &mut String, version: u64, sections: &[AnswerSection<'_>]) -> Result {
        // Whoever reads it compares the version only; the id has to be a number.
        write!(out, "v=0\r\no=- 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")?;
        write!(out, "a=ice-lite\r\na=ice-options:ice2\r\na=group:BUNDLE")?;
        for answered in sections.iter().filter(|answered| answered.accepted) {
            write!(out, " {}", answered.section.mid)?;
        }
        write!(out, "\r\na=msid-semantic: WMS *\r\n")?;
        let mut is_first = true;
        for answered in sections {
            if answered.accepted {
                self.accepted(out, answered, std::mem::take(&mut is_first))?;
            } else {
                refused(out, answered.section)?;
            }
        }
        Ok(())
    }

    fn accepted(&self, out: &mut String, answered: &AnswerSection<'_>, has_candidates: bool) -> Result {
        let section = answered.section;
        write!(out, "m={} 9 {}", section.line.media, section.line.protocol)?;
        for codec in &answered.codecs {
            write!(out, " {}", codec.payload_type)?;
            if let Some(rtx) = codec.rtx_payload_type {
                write!(out, " {rtx}")?;
            }
        }
        write!(out, "\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n")?;
        write!(out, "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", self.local.ufrag, self.local.pwd)?;
        write!(out, "a=fingerprint:sha-256 {}\r\na=setup:passive\r\n", self.fingerprint)?;
        write!(out, "a=mid:{}\r\n", section.mid)?;
        for (id, extension) in &answered.extensions {
            write!(out, "a=extmap:{id} {}\r\n", extension.uri())?;
        }
        write!(out, "a={}\r\na=rtcp-mux\r\n", answered.direction.as_str())?;
        if section.reduced_size {
            write!(out, "a=rtcp-rsize\r\n")?;
        }
        for codec in &answered.codecs {
            codec_lines(out, section.kind, codec)?;
        }
        layers(out, &answered.rids)?;
        if let Some(send) = &answered.send {
            streams(out, send)?;
        }
        if has_candidates {
            self.candidates(out)?;
        }
        Ok(())
    }

    /// The first candidate is the best one (RFC 8445, section 5.1.2).
    fn candidates(&self, out: &mut String) -> Result {
        const HOST: u32 = 126 << 24;
        const LOCAL: u32 = 0xffff;
        for (place, candidate) in (0..LOCAL).zip(self.candidates) {
            let priority = HOST + ((LOCAL - place) << 8) + 255;
            let (ip, port) = (candidate.ip(), candidate.port());
            write!(out, "a=candidate:{} 1 udp {priority} {ip} {port} typ host\r\n", place + 1)?;
        }
        write!(out, "a=end-of-candidates\r\n")
    }
}

/// A section that is not used keeps its place (RFC 8829, section 5.3.1).
fn refused(out: &mut String, section: &Section) -> Result {
    let line = &section.line;
    write!(out, "m={} 0 {} {}\r\nc=IN IP4 0.0.0.0\r\n", line.media, line.protocol, line.formats)?;
    if !section.mid.is_empty() {
        write!(out, "a=mid:{}\r\n", section.mid)?;
    }
    write!(out, "a=inactive\r\n")
}

fn codec_lines(out: &mut String, kind: Kind, codec: &Codec) -> Result {
    let payload_type = codec.payload_type;
    write!(out, "a=rtpmap:{payload_type} {}\r\n", codec.format.encoding())?;
    for feedback in Feedback::ALL {
        if codec.feedback.contains(&feedback) && is_kept(feedback, kind, codec) {
            write!(out, "a=rtcp-fb:{payload_type} {}\r\n", feedback.as_str())?;
        }
    }
    if let Some(parameters) = &codec.parameters {
        write!(out, "a=fmtp:{payload_type} {parameters}\r\n")?;
    }
    if let Some(rtx) = codec.rtx_payload_type {
        write!(out, "a=rtpmap:{rtx} rtx/{}\r\na=fmtp:{rtx} apt={payload_type}\r\n", codec.clock_rate)?;
    }
    Ok(())
}

/// Only what the server keeps: packets are sent again as retransmissions or not at all, sound has no key frames.
fn is_kept(feedback: Feedback, kind: Kind, codec: &Codec) -> bool {
    match feedback {
        Feedback::TransportCc => true,
        Feedback::Nack => codec.rtx_payload_type.is_some(),
        Feedback::NackPli | Feedback::CcmFir => kind == Kind::Video,
    }
}

fn layers(out: &mut String, rids: &[&str]) -> Result {
    for rid in rids {
        write!(out, "a=rid:{rid} recv\r\n")?;
    }
    if rids.is_empty() { Ok(()) } else { write!(out, "a=simulcast:recv {}\r\n", rids.join(";")) }
}

fn streams(out: &mut String, send: &SendIds) -> Result {
    let SendIds { ssrc, rtx_ssrc, cname, msid_stream, msid_track } = send;
    write!(out, "a=msid:{msid_stream} {msid_track}\r\n")?;
    if let Some(rtx) = rtx_ssrc {
        write!(out, "a=ssrc-group:FID {ssrc} {rtx}\r\n")?;
    }
    for ssrc in [Some(*ssrc), *rtx_ssrc].into_iter().flatten() {
        write!(out, "a=ssrc:{ssrc} cname:{cname}\r\na=ssrc:{ssrc} msid:{msid_stream} {msid_track}\r\n")?;
    }
    Ok(())
}

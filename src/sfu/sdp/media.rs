//! One m-line and its attributes.
use super::offer::has;
use super::{BadSdp, Direction, Extension, Kind, MediaLine, Section, Signalled, format};
use rtc_sdp::description::common::Attribute;
use rtc_sdp::description::media::MediaDescription;

/// Longest name of a section. Browsers use one to three characters.
const MAX_MID_BYTES: usize = 64;
/// Streams read from one section: three layers with retransmissions and some room.
const MAX_SIGNALLED: usize = 16;

/// Reads a section. One that is refused by the client has no codecs; it keeps its place.
pub(super) fn read(media: &MediaDescription, session: &[Attribute]) -> Result<Section, BadSdp> {
    let name = &media.media_name;
    let attributes = &media.attributes;
    let mid = attributes.iter().find(|a| a.key == "mid").and_then(|a| a.value.clone()).unwrap_or_default();
    if mid.len() > MAX_MID_BYTES || !mid.bytes().all(is_token_char) {
        let mid = mid.chars().take(MAX_MID_BYTES).collect();
        return Err(BadSdp::Section { mid, problem: "has a name that is too long or no token" });
    }
    // Port 0 refuses, except in a first offer, where it says "only in the bundle" (RFC 8843, section 7.2.1).
    let is_refused = name.port.value == 0 && !has(attributes, "bundle-only");
    let protocol = name.protos.join("/");
    let kind = match name.media.as_str() {
        "audio" if is_secure_rtp(&protocol) => Kind::Audio,
        "video" if is_secure_rtp(&protocol) => Kind::Video,
        _ => Kind::Other,
    };
    let codecs = if is_refused || kind == Kind::Other {
        Vec::new()
    } else {
        format::read(kind, &name.formats, attributes)
    };
    Ok(Section {
        mid,
        kind,
        direction: if is_refused { Direction::Inactive } else { direction(attributes, session) },
        codecs,
        extensions: extensions(attributes),
        ssrcs: streams(attributes),
        reduced_size: has(attributes, "rtcp-rsize"),
        line: MediaLine { media: name.media.clone(), protocol, formats: name.formats.join(" ") },
    })
}

/// DTLS-SRTP under any of the names it is offered by (RFC 8829, section 5.1.2).
fn is_secure_rtp(protocol: &str) -> bool {
    matches!(
        protocol,
        "UDP/TLS/RTP/SAVPF" | "UDP/TLS/RTP/SAVP" | "TCP/DTLS/RTP/SAVPF" | "RTP/SAVPF" | "RTP/SAVP"
    )
}

fn direction(own: &[Attribute], session: &[Attribute]) -> Direction {
    let said = |a: &Attribute| Direction::ALL.into_iter().find(|direction| direction.as_str() == a.key);
    own.iter().chain(session).find_map(said).unwrap_or(Direction::SendRecv)
}

/// Extensions by id. An id or an extension that appears again is ignored, and so is one for one direction only.
fn extensions(attributes: &[Attribute]) -> Vec<(u8, Extension)> {
    let mut extensions: Vec<(u8, Extension)> = Vec::new();
    for attribute in attributes.iter().filter(|a| a.key == "extmap") {
        let mut words = attribute.value.as_deref().unwrap_or_default().split_ascii_whitespace();
        let id = words.next().map(|id| id.strip_suffix("/sendrecv").unwrap_or(id));
        let id = id.and_then(|id| id.parse::<u8>().ok()).filter(|id| *id != 0);
        let known = words.next().and_then(|uri| Extension::ALL.into_iter().find(|known| known.uri() == uri));
        let (Some(id), Some(extension)) = (id, known) else {
            continue;
        };
        if !extensions.iter().any(|(taken, other)| *taken == id || *other == extension) {
            extensions.push((id, extension));
        }
    }
    extensions
}

/// Streams in order of appearance, retransmissions with their media.
fn streams(attributes: &[Attribute]) -> Vec<Signalled> {
    let mut ssrcs: Vec<u32> = Vec::new();
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for attribute in attributes {
        let Some(value) = attribute.value.as_deref() else {
            continue;
        };
        let mut words = value.split_ascii_whitespace();
        match attribute.key.as_str() {
            "ssrc" => {
                let ssrc = words.next().and_then(ssrc);
                ssrcs.extend(ssrc.filter(|ssrc| ssrcs.len() < MAX_SIGNALLED && !ssrcs.contains(ssrc)));
            }
            "ssrc-group" if words.next() == Some("FID") => {
                let pair = words.next().and_then(ssrc).zip(words.next().and_then(ssrc));
                pairs.extend(pair.filter(|(media, rtx)| media != rtx && pairs.len() < MAX_SIGNALLED));
            }
            _ => {}
        }
    }
    let media = ssrcs.into_iter().filter(|ssrc| !pairs.iter().any(|(_, rtx)| rtx == ssrc));
    let with_rtx = media.map(|ssrc| {
        let rtx = pairs.iter().find(|(media, _)| *media == ssrc).map(|(_, rtx)| *rtx);
        Signalled { ssrc, rtx }
    });
    with_rtx.collect()
}

fn ssrc(text: &str) -> Option<u32> {
    text.parse().ok().filter(|ssrc| *ssrc != 0)
}

/// RFC 8866, section 9.
fn is_token_char(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&c)
}

//! The codecs of a section: `a=rtpmap`, `a=fmtp`, `a=rtcp-fb` and the order of the m-line.
use super::{Codec, Feedback, Format, Kind};
use rtc_sdp::description::common::Attribute;

/// Payload types there are.
const PAYLOAD_TYPES: usize = 128;

/// What the attributes say about one payload type.
#[derive(Clone, Debug, Default)]
struct Described<'a> {
    rtpmap: Option<&'a str>,
    fmtp: Option<&'a str>,
    feedback: Vec<Feedback>,
}

/// What a payload type turns out to be.
enum Meaning {
    Media(Codec),
    /// Retransmissions of another payload type.
    Rtx {
        payload_type: u8,
        of: u8,
    },
}

/// The codecs we know, in the order of the m-line.
pub(super) fn read(kind: Kind, formats: &[String], attributes: &[Attribute]) -> Vec<Codec> {
    let (mut described, for_all) = describe(attributes);
    let mut codecs: Vec<Codec> = Vec::new();
    let mut repairs = Vec::new();
    for payload_type in formats.iter().filter_map(|format| payload_type(format)) {
        // Taken: a payload type that stands in the line twice is read once.
        let described = described.get_mut(usize::from(payload_type)).map(std::mem::take).unwrap_or_default();
        match meaning(kind, payload_type, described, &for_all) {
            Some(Meaning::Media(codec)) => codecs.push(codec),
            Some(Meaning::Rtx { payload_type, of }) => repairs.push((payload_type, of)),
            None => {}
        }
    }
    for (payload_type, of) in repairs {
        if let Some(codec) = codecs.iter_mut().find(|codec| codec.payload_type == of) {
            codec.rtx_payload_type.get_or_insert(payload_type);
        }
    }
    codecs
}

/// One that RTCP on the same port cannot be mistaken for (RFC 5761, section 4), written as it will be in the answer.
fn payload_type(text: &str) -> Option<u8> {
    let payload_type: u8 = text.parse().ok()?;
    (matches!(payload_type, 0..=63 | 96..=127) && payload_type.to_string() == text).then_some(payload_type)
}

/// The attributes by payload type, and the feedback that holds for all of them.
fn describe(attributes: &[Attribute]) -> (Vec<Described<'_>>, Vec<Feedback>) {
    let mut described = vec![Described::default(); PAYLOAD_TYPES];
    let mut for_all = Vec::new();
    for attribute in attributes {
        let value = attribute.value.as_deref().unwrap_or_default();
        let Some((payload_type, text)) = value.split_once(' ') else {
            continue;
        };
        if attribute.key == "rtcp-fb" && payload_type == "*" {
            add_feedback(&mut for_all, text);
            continue;
        }
        let Some(described) = payload_type.parse().ok().and_then(|at: usize| described.get_mut(at)) else {
            continue;
        };
        match attribute.key.as_str() {
            "rtpmap" => described.rtpmap = described.rtpmap.or(Some(text.trim())),
            "fmtp" => described.fmtp = described.fmtp.or(Some(text.trim())),
            "rtcp-fb" => add_feedback(&mut described.feedback, text),
            _ => {}
        }
    }
    (described, for_all)
}

fn add_feedback(list: &mut Vec<Feedback>, text: &str) {
    let known = Feedback::ALL.into_iter().find(|feedback| feedback.as_str() == text.trim());
    list.extend(known.filter(|feedback| !list.contains(feedback)));
}

fn meaning(kind: Kind, payload_type: u8, described: Described<'_>, for_all: &[Feedback]) -> Option<Meaning> {
    let mut parts = described.rtpmap?.split('/');
    let (name, clock_rate) = (parts.next()?, parts.next()?.parse().ok()?);
    let channels = parts.next();
    let fmtp = described.fmtp.unwrap_or_default();
    if name.eq_ignore_ascii_case("rtx") {
        return Some(Meaning::Rtx { payload_type, of: parameter(fmtp, "apt")?.parse().ok()? });
    }
    let format = format(kind, name, channels, fmtp)?;
    if clock_rate != format.clock_rate() && format != Format::Red {
        return None;
    }
    let mut feedback = described.feedback;
    feedback.extend(for_all);
    Some(Meaning::Media(Codec {
        payload_type,
        rtx_payload_type: None,
        format,
        clock_rate,
        parameters: described.fmtp.map(str::to_owned),
        feedback,
    }))
}

/// The format of a name, unless its parameters make it one nobody could decode.
fn format(kind: Kind, name: &str, channels: Option<&str>, fmtp: &str) -> Option<Format> {
    let number = |name, or: u8| parameter(fmtp, name).map_or(Some(or), |value| value.parse().ok());
    let name = name.to_ascii_lowercase();
    match (kind, name.as_str()) {
        (Kind::Audio, "opus") => (channels == Some("2")).then_some(Format::Opus),
        (Kind::Video, "vp8") => Some(Format::Vp8),
        (Kind::Video, "vp9") => Some(Format::Vp9 { profile_id: number("profile-id", 0)? }),
        (Kind::Video, "av1") => Some(Format::Av1 { profile: number("profile", 0)? }),
        (Kind::Video, "h264") => {
            let profile_level_id = match parameter(fmtp, "profile-level-id") {
                // RFC 6184, section 8.1: Baseline, level 1.
                None => 0x42_00_0a,
                Some(hex) if hex.len() == 6 && !hex.starts_with('+') => u32::from_str_radix(hex, 16).ok()?,
                Some(_) => return None,
            };
            let packetization_mode = number("packetization-mode", 0)?;
            (packetization_mode <= 1).then_some(Format::H264 { profile_level_id, packetization_mode })
        }
        (_, "red") => Some(Format::Red),
        _ => None,
    }
}

/// The value of one `name=value;…` parameter.
fn parameter<'a>(fmtp: &'a str, name: &str) -> Option<&'a str> {
    fmtp.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

impl Format {
    /// The name in `a=rtpmap`, with clock rate and channels.
    pub(super) fn encoding(self) -> &'static str {
        match self {
            Self::Opus => "opus/48000/2",
            Self::Vp8 => "VP8/90000",
            Self::Vp9 { .. } => "VP9/90000",
            Self::H264 { .. } => "H264/90000",
            Self::Av1 { .. } => "AV1/90000",
            Self::Red => "red/90000",
        }
    }

    fn clock_rate(self) -> u32 {
        if self == Self::Opus { 48_000 } else { 90_000 }
    }
}

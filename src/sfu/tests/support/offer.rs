//! The client's SDP: offers written the way Chromium writes them, answers read as far as a client needs.
use model::call::Source;
use std::fmt::Write;

/// What differs between browsers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    pub(crate) opus: u8,
    pub(crate) vp8: u8,
    pub(crate) vp8_rtx: u8,
    /// Header extension ids: mid, audio level, abs-send-time, transport-cc, orientation.
    pub(crate) ids: [u8; 5],
    /// Are SSRCs signalled, or found by the mid in the packets?
    pub(crate) signals_ssrcs: bool,
}

impl Dialect {
    pub(crate) const CHROMIUM: Self =
        Self { opus: 111, vp8: 96, vp8_rtx: 97, ids: [4, 1, 2, 3, 13], signals_ssrcs: true };
    pub(crate) const OTHER: Self =
        Self { opus: 109, vp8: 120, vp8_rtx: 124, ids: [3, 2, 4, 7, 5], signals_ssrcs: false };
}

/// Which way media flows, from the client's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Send(Source),
    Receive,
    Inactive,
}

/// One m-line.
#[derive(Clone, Debug)]
pub(crate) struct MediaSection {
    pub(crate) mid: String,
    pub(crate) is_audio: bool,
    pub(crate) flow: Flow,
    pub(crate) ssrc: u32,
    pub(crate) rtx_ssrc: u32,
}

/// Who offers.
#[derive(Clone, Debug)]
pub(crate) struct Offerer<'a> {
    pub(crate) ufrag: &'a str,
    pub(crate) pwd: &'a str,
    pub(crate) fingerprint: &'a str,
    pub(crate) dialect: Dialect,
}

const EXTENSIONS: [&str; 5] = [
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "urn:3gpp:video-orientation",
];

pub(crate) fn write(offerer: &Offerer<'_>, sections: &[MediaSection]) -> String {
    let mids: Vec<&str> = sections.iter().map(|section| section.mid.as_str()).collect();
    let mut sdp = format!(
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n\
         a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n",
        mids.join(" ")
    );
    for section in sections {
        section_lines(&mut sdp, offerer, section).expect("writing to a string");
    }
    sdp
}

fn section_lines(sdp: &mut String, offerer: &Offerer<'_>, section: &MediaSection) -> std::fmt::Result {
    let Dialect { opus, vp8, vp8_rtx, ids, signals_ssrcs } = offerer.dialect;
    if section.is_audio {
        write!(sdp, "m=audio 9 UDP/TLS/RTP/SAVPF {opus} 63\r\n")?;
    } else {
        write!(sdp, "m=video 9 UDP/TLS/RTP/SAVPF {vp8} {vp8_rtx}\r\n")?;
    }
    write!(
        sdp,
        "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=ice-options:trickle\r\n\
         a=fingerprint:sha-256 {}\r\na=setup:actpass\r\na=mid:{}\r\n",
        offerer.ufrag, offerer.pwd, offerer.fingerprint, section.mid
    )?;
    for (place, (id, uri)) in ids.iter().zip(EXTENSIONS).enumerate() {
        if (place == 1 && !section.is_audio) || (place == 4 && section.is_audio) {
            continue;
        }
        write!(sdp, "a=extmap:{id} {uri}\r\n")?;
    }
    let direction = match section.flow {
        Flow::Send(_) => "sendonly",
        Flow::Receive => "recvonly",
        Flow::Inactive => "inactive",
    };
    write!(sdp, "a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\n")?;
    if section.is_audio {
        write!(
            sdp,
            "a=rtpmap:{opus} opus/48000/2\r\na=rtcp-fb:{opus} transport-cc\r\n\
             a=fmtp:{opus} minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 {opus}/{opus}\r\n"
        )?;
    } else {
        write!(
            sdp,
            "a=rtpmap:{vp8} VP8/90000\r\na=rtcp-fb:{vp8} goog-remb\r\na=rtcp-fb:{vp8} transport-cc\r\n\
             a=rtcp-fb:{vp8} ccm fir\r\na=rtcp-fb:{vp8} nack\r\na=rtcp-fb:{vp8} nack pli\r\n\
             a=rtpmap:{vp8_rtx} rtx/90000\r\na=fmtp:{vp8_rtx} apt={vp8}\r\n"
        )?;
    }
    if let Flow::Send(_) = section.flow {
        write!(sdp, "a=msid:local track-{}\r\n", section.mid)?;
        if signals_ssrcs {
            let (ssrc, rtx) = (section.ssrc, section.rtx_ssrc);
            if !section.is_audio {
                write!(sdp, "a=ssrc-group:FID {ssrc} {rtx}\r\na=ssrc:{rtx} cname:local\r\n")?;
            }
            write!(sdp, "a=ssrc:{ssrc} cname:local\r\n")?;
        }
    }
    Ok(())
}

/// An answer, as far as a client needs it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
    pub(crate) sections: Vec<AnsweredSection>,
}

/// One m-line of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AnsweredSection {
    pub(crate) mid: String,
    pub(crate) direction: String,
    /// The SFU's SSRCs: media, retransmissions.
    pub(crate) ssrc: Option<u32>,
    pub(crate) rtx_ssrc: Option<u32>,
    pub(crate) stream: String,
}

pub(crate) fn read(answer: &str) -> Answer {
    let mut read = Answer::default();
    for line in answer.lines() {
        if line.starts_with("m=") {
            read.sections.push(AnsweredSection::default());
        }
        let Some((name, value)) = line.strip_prefix("a=").map(|a| a.split_once(':').unwrap_or((a, "")))
        else {
            continue;
        };
        match name {
            "ice-ufrag" => value.clone_into(&mut read.ufrag),
            "ice-pwd" => value.clone_into(&mut read.pwd),
            _ => {}
        }
        let Some(section) = read.sections.last_mut() else {
            continue;
        };
        match name {
            "mid" => value.clone_into(&mut section.mid),
            "sendonly" | "recvonly" | "sendrecv" | "inactive" => name.clone_into(&mut section.direction),
            "msid" => value.split(' ').next().unwrap_or_default().clone_into(&mut section.stream),
            "ssrc-group" => {
                let ssrcs: Vec<u32> = value.split(' ').filter_map(|ssrc| ssrc.parse().ok()).collect();
                section.ssrc = ssrcs.first().copied();
                section.rtx_ssrc = ssrcs.get(1).copied();
            }
            "ssrc" if section.ssrc.is_none() => {
                section.ssrc = value.split(' ').next().and_then(|ssrc| ssrc.parse().ok());
            }
            _ => {}
        }
    }
    read
}

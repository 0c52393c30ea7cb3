//! Offers of browsers are understood, and what cannot work is named.
use super::*;
use crate::codec;
use model::limits::{MAX_MEDIA_SECTIONS, MAX_SIGNAL_BYTES};
use rtc_sdp::SessionDescription;
use std::io::Cursor;
use std::net::SocketAddr;

const FINGERPRINT: &str = "sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:\
                           00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

/// What Chromium puts into every section.
fn chromium_transport() -> String {
    format!(
        "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:Q+c/\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
         a=ice-options:trickle\r\na=fingerprint:{FINGERPRINT}\r\na=setup:actpass\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
    )
}

/// A microphone, a camera with H264 in several kinds, a free video section and a data channel, as Chromium offers them.
fn chromium() -> String {
    let transport = chromium_transport();
    format!(
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3\r\n\
         a=extmap-allow-mixed\r\na=msid-semantic: WMS stream\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0\r\n{transport}\
         a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
         a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
         a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
         a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=mid:0\r\na=sendonly\r\na=msid:stream mic\r\n\
         a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n\
         a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n\
         a=ssrc:1001 cname:local\r\na=ssrc:1001 msid:stream mic\r\n\
         m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107 108 35 98 45 46 120\r\n{transport}\
         a=extmap:13 urn:3gpp:video-orientation\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
         a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n\
         a=extmap:14 urn:ietf:params:rtp-hdrext:toffset\r\na=mid:1\r\na=sendonly\r\n\
         a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\n\
         a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
         a=rtpmap:103 H264/90000\r\na=rtcp-fb:103 nack\r\n\
         a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n\
         a=rtpmap:104 rtx/90000\r\na=fmtp:104 apt=103\r\n\
         a=rtpmap:107 H264/90000\r\na=fmtp:107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42E01f\r\n\
         a=rtpmap:108 rtx/90000\r\na=fmtp:108 apt=107\r\n\
         a=rtpmap:35 AV1/90000\r\na=fmtp:35 level-idx=5;profile=0;tier=0\r\n\
         a=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=2\r\na=rtpmap:45 rtx/90000\r\na=fmtp:45 apt=35\r\n\
         a=rtpmap:46 ulpfec/90000\r\na=rtpmap:120 VP9/90000\r\n\
         a=ssrc-group:FID 2001 2002\r\na=ssrc:2001 cname:local\r\na=ssrc:2002 cname:local\r\n\
         m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\n{transport}a=mid:2\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n\
         m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n{transport}a=mid:3\r\na=sctp-port:5000\r\n"
    )
}

/// A camera as Firefox offers it: session-level certificate, extensions for one direction, feedback of its own.
fn firefox() -> String {
    format!(
        "v=0\r\no=mozilla...THIS_IS_SDPARTA-128.0 7023464562546 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
         a=fingerprint:sha-1 00:11\r\na=fingerprint:{FINGERPRINT}\r\na=group:BUNDLE 0 1\r\na=ice-options:trickle\r\n\
         a=msid-semantic:WMS *\r\n\
         m=audio 0 UDP/TLS/RTP/SAVPF 109\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:0\r\na=rtpmap:109 opus/48000/2\r\n\
         m=video 9 UDP/TLS/RTP/SAVPF 120 124\r\nc=IN IP4 0.0.0.0\r\na=sendrecv\r\n\
         a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=extmap:4/recvonly http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
         a=fmtp:124 apt=120\r\na=fmtp:120 max-fs=12288;max-fr=60\r\na=ice-pwd:8d7e3a5c1f2b4d6e8d7e3a5c1f2b4d6e\r\n\
         a=ice-ufrag:1a2b3c4d\r\na=mid:1\r\na=msid:- {{a-track}}\r\na=rtcp-fb:* nack pli\r\na=rtcp-fb:120 nack\r\n\
         a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:120 VP8/90000\r\na=rtpmap:124 rtx/90000\r\na=setup:actpass\r\n\
         a=ssrc:77 cname:{{x}}\r\na=ssrc:78 cname:{{x}}\r\na=ssrc-group:FID 77 78\r\n"
    )
}

fn video(offer: &Offer) -> &Section {
    &offer.sections[1]
}

#[test]
fn a_chromium_offer_is_understood() {
    let offer = parse_offer(&chromium()).unwrap();
    assert_eq!((&offer.ice.ufrag[..], &offer.ice.pwd[..]), ("Q+c/", "abcdefghijklmnopqrstuvwx"));
    let kinds: Vec<_> = offer.sections.iter().map(|section| (&section.mid[..], section.kind)).collect();
    assert_eq!(kinds, [("0", Kind::Audio), ("1", Kind::Video), ("2", Kind::Video), ("3", Kind::Other)]);
    let audio = &offer.sections[0];
    let formats: Vec<_> = audio.codecs.iter().map(|codec| (codec.payload_type, codec.format)).collect();
    assert_eq!(formats, [(111, Format::Opus), (63, Format::Red)]);
    assert_eq!(audio.ssrcs, [Signalled { ssrc: 1001, rtx: None }]);
    let codecs: Vec<_> = video(&offer)
        .codecs
        .iter()
        .map(|codec| (codec.payload_type, codec.rtx_payload_type, codec.format))
        .collect();
    let h264 = |profile_level_id, packetization_mode| Format::H264 { profile_level_id, packetization_mode };
    assert_eq!(
        codecs,
        [
            (96, Some(97), Format::Vp8),
            (103, Some(104), h264(0x42_00_1f, 1)),
            (107, Some(108), h264(0x42_e0_1f, 0)),
            (35, Some(45), Format::Av1 { profile: 0 }),
            (98, None, Format::Vp9 { profile_id: 2 }),
            (120, None, Format::Vp9 { profile_id: 0 }),
        ]
    );
    let extensions = [
        (13, Extension::VideoOrientation),
        (4, Extension::Mid),
        (10, Extension::Rid),
        (11, Extension::RepairedRid),
    ];
    assert_eq!(video(&offer).extensions, extensions);
    assert_eq!(video(&offer).ssrcs, [Signalled { ssrc: 2001, rtx: Some(2002) }]);
    assert_eq!(offer.sections[2].direction, Direction::RecvOnly, "bundle-only is not a refusal");
    assert!(!offer.sections[2].codecs.is_empty());
}

#[test]
fn a_firefox_offer_is_understood() {
    let offer = parse_offer(&firefox()).unwrap();
    assert_eq!(offer.ice.ufrag, "1a2b3c4d", "of the first section in use");
    assert!(offer.sections[0].codecs.is_empty(), "refused by the client");
    assert_eq!(offer.sections[0].direction, Direction::Inactive);
    assert_eq!(video(&offer).direction, Direction::SendRecv);
    assert_eq!(video(&offer).extensions, [(3, Extension::Mid)], "an extension for one direction is not used");
    assert_eq!(video(&offer).ssrcs, [Signalled { ssrc: 77, rtx: Some(78) }]);
    let codec = &video(&offer).codecs[0];
    assert_eq!((codec.payload_type, codec.rtx_payload_type), (120, Some(124)));
    assert!(codec.feedback.contains(&Feedback::Nack) && codec.feedback.contains(&Feedback::NackPli));
}

#[test]
fn what_makes_a_connection_impossible_is_named() {
    // (text to replace, replacement, what is said)
    let rows = [
        ("v=0", "v=1", "is not SDP"),
        ("t=0 0", "t=0 0\r\na=ice-lite", "a=ice-lite cannot be used"),
        ("a=group:BUNDLE", "a=group:LS", "has no a=group:BUNDLE"),
        ("BUNDLE 0 1 2 3", "BUNDLE 0 2 3", "section \"1\" is not in the BUNDLE group"),
        ("a=mid:1\r\n", "a=mid:0\r\n", "section \"0\" appears twice"),
        ("a=mid:1\r\n", "", "section \"\" has no a=mid"),
        ("a=mid:1\r\n", "a=mid:one two\r\n", "no token"),
        ("a=fingerprint", "a=finger", "has no a=fingerprint"),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-512", "a=fingerprint cannot be used"),
        ("a=fingerprint:sha-256 00:", "a=fingerprint:sha-256 ", "a=fingerprint cannot be used"),
        ("a=ice-ufrag:Q+c/", "a=x:y", "has no a=ice-ufrag"),
        ("a=ice-ufrag:Q+c/", "a=ice-ufrag:Q+c", "a=ice-ufrag cannot be used"),
        ("a=ice-ufrag:Q+c/", "a=ice-ufrag:Q:c/", "a=ice-ufrag cannot be used"),
        ("a=ice-pwd:", "a=x:", "has no a=ice-pwd"),
        ("a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=ice-pwd:short", "a=ice-pwd cannot be used"),
        ("a=rtcp-mux", "a=rtcp", "has no a=rtcp-mux"),
        ("a=setup:actpass", "a=setup:passive", "a=setup cannot be used"),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", "has no section with a codec that is forwarded"),
        ("m=audio", "m=smell", "is not SDP"),
        ("a=mid:1", "a=mid:1\u{1}", "is not SDP: control characters"),
        ("a=mid:1\r\n", "a=mid:1\ra=x\r\n", "is not SDP: control characters"),
    ];
    parse_offer(&chromium()).unwrap();
    for (from, to, expected) in rows {
        let damaged = chromium().replace(from, to);
        assert_ne!(damaged, chromium(), "{from:?} is there");
        let problem = parse_offer(&damaged).unwrap_err().to_string();
        assert!(problem.contains(expected), "{from:?} → {to:?}: {problem}");
    }
    assert_eq!(
        parse_offer("v=0\r\no=- 1 2 IN IP4 0\r\ns=-\r\nt=0 0\r\n").unwrap_err().to_string(),
        "the offer has no media section"
    );
}

#[test]
fn sizes_are_bounded() {
    let section = |mid: usize| format!("m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:x{mid}\r\n");
    let with = |more: usize| (0..more).fold(firefox(), |text, mid| text + &section(mid));
    assert_eq!(parse_offer(&with(MAX_MEDIA_SECTIONS - 2)).unwrap().sections.len(), MAX_MEDIA_SECTIONS);
    assert_eq!(parse_offer(&with(MAX_MEDIA_SECTIONS - 1)).unwrap_err(), BadSdp::TooManySections);

    let line = |len: usize| firefox() + "a=" + &"x".repeat(len - 2) + "\r\n";
    assert!(parse_offer(&line(offer::MAX_LINE_BYTES)).is_ok());
    assert_eq!(parse_offer(&line(offer::MAX_LINE_BYTES + 1)).unwrap_err(), BadSdp::TooLarge);

    let mut text = firefox();
    while text.len() + 1003 < MAX_SIGNAL_BYTES {
        text += &format!("a={}\n", "x".repeat(997));
    }
    text += &format!("a={}\n", "x".repeat(MAX_SIGNAL_BYTES - text.len() - 3));
    assert_eq!(text.len(), MAX_SIGNAL_BYTES);
    assert!(parse_offer(&text).is_ok());
    assert_eq!(parse_offer(&(text + "\n")).unwrap_err(), BadSdp::TooLarge);

    // Firefox's own two, one of them a retransmission, count as well.
    for (more, expected) in [(13, 14), (14, 15), (15, 15), (99, 15)] {
        let text =
            (100..100 + more).fold(firefox(), |text, ssrc| text + &format!("a=ssrc:{ssrc} cname:x\r\n"));
        assert_eq!(video(&parse_offer(&text).unwrap()).ssrcs.len(), expected, "{more} more");
    }
    for (length, is_fine) in [(64, true), (65, false)] {
        let mid = "m".repeat(length);
        let text = firefox()
            .replace("a=mid:1\r\n", &format!("a=mid:{mid}\r\n"))
            .replace("BUNDLE 0 1", &format!("BUNDLE 0 {mid}"));
        assert_eq!(parse_offer(&text).is_ok(), is_fine, "a name of {length}");
    }
    let problem =
        parse_offer(&firefox().replace("a=mid:1", &format!("a=mid:{}", "x".repeat(5000)))).unwrap_err();
    assert!(problem.to_string().len() < 200, "what is said about a long name is short");
}

#[test]
fn ice_credentials_are_as_long_as_the_standard_allows() {
    let ufrag = |length: usize| firefox().replace("1a2b3c4d", &"u".repeat(length));
    let pwd = |length: usize| firefox().replace("8d7e3a5c1f2b4d6e8d7e3a5c1f2b4d6e", &"p".repeat(length));
    for (length, is_fine) in [(3, false), (4, true), (256, true), (257, false)] {
        assert_eq!(parse_offer(&ufrag(length)).is_ok(), is_fine, "a=ice-ufrag of {length}");
    }
    for (length, is_fine) in [(21, false), (22, true), (256, true), (257, false)] {
        assert_eq!(parse_offer(&pwd(length)).is_ok(), is_fine, "a=ice-pwd of {length}");
    }
}

#[test]
fn formats_are_told_apart_or_ignored() {
    // (kind, rtpmap, fmtp, format)
    let h264 =
        |profile_level_id, packetization_mode| Some(Format::H264 { profile_level_id, packetization_mode });
    let rows = [
        ("audio", "OPUS/48000/2", "", Some(Format::Opus)),
        ("audio", "opus/48000", "", None),
        ("audio", "opus/16000/2", "", None),
        ("audio", "VP8/90000", "", None),
        ("video", "opus/48000/2", "", None),
        ("video", "vp8/90000", "max-fs=12288", Some(Format::Vp8)),
        ("video", "VP8/8000", "", None),
        ("video", "VP9/90000", "", Some(Format::Vp9 { profile_id: 0 })),
        ("video", "VP9/90000", "x=1; profile-id = 1", Some(Format::Vp9 { profile_id: 1 })),
        ("video", "VP9/90000", "profile-id=high", None),
        ("video", "AV1/90000", "level-idx=5;PROFILE=1;tier=0", Some(Format::Av1 { profile: 1 })),
        ("video", "H264/90000", "", h264(0x42_00_0a, 0)),
        ("video", "H264/90000", "packetization-mode=1;profile-level-id=640c1F", h264(0x64_0c_1f, 1)),
        ("video", "H264/90000", "packetization-mode=2", None),
        ("video", "H264/90000", "profile-level-id=42001", None),
        ("video", "H264/90000", "profile-level-id=+2001f", None),
        ("video", "H265/90000", "", None),
        ("video", "VP8", "", None),
        ("video", "/", "", None),
    ];
    for (media, rtpmap, fmtp, expected) in rows {
        let kind = if media == "audio" { Kind::Audio } else { Kind::Video };
        let attribute = |key: &str, value: &str| rtc_sdp::description::common::Attribute {
            key: key.to_owned(),
            value: Some(format!("100 {value}")),
        };
        let attributes = [attribute("rtpmap", rtpmap), attribute("fmtp", fmtp)];
        let codecs = format::read(kind, &["100".to_owned()], &attributes);
        assert_eq!(codecs.first().map(|codec| codec.format), expected, "{media} {rtpmap} {fmtp}");
    }
}

#[test]
fn payload_types_that_look_like_rtcp_or_no_number_are_ignored() {
    for (payload_type, is_taken) in [
        ("63", true),
        ("64", false),
        ("95", false),
        ("96", true),
        ("127", true),
        ("128", false),
        ("+96", false),
        ("096", false),
    ] {
        let text = chromium().replace("96", payload_type);
        let codecs = &video(&parse_offer(&text).unwrap()).codecs.clone();
        assert_eq!(codecs[0].format == Format::Vp8, is_taken, "{payload_type}");
    }
}

/// Answers everything that is offered.
fn answer(offer: &Offer, send: Option<&SendIds>, rids: &[&'static str]) -> String {
    let accepted = |section: &&Section| codec::accepted(section).next().is_some();
    let sections: Vec<_> = offer
        .sections
        .iter()
        .map(|section| AnswerSection {
            section,
            accepted: accepted(&section),
            direction: Direction::SendRecv,
            codecs: codec::accepted(section).collect(),
            extensions: section.extensions.clone(),
            send: send.cloned(),
            rids: rids.to_vec(),
        })
        .collect();
    let ice = IceCredentials { ufrag: "ours".to_owned(), pwd: "our-password".to_owned() };
    let candidates = [SocketAddr::from(([192, 0, 2, 1], 8080)), "[2001:db8::1]:8081".parse().unwrap()];
    write_answer(&ice, &offer.fingerprint, &candidates, 7, &sections)
}

#[test]
fn an_answer_holds_what_browsers_insist_on() {
    let text = answer(&parse_offer(&chromium()).unwrap(), None, &[]);
    let read = SessionDescription::unmarshal(&mut Cursor::new(&text)).unwrap();
    assert_eq!(read.origin.session_version, 7);
    assert_eq!(read.attribute("group").map(String::as_str), Some("BUNDLE 0 1 2"), "only what is accepted");
    assert!(read.has_attribute("ice-lite"));
    for media in &read.media_descriptions[..3] {
        assert_eq!(media.media_name.port.value, 9);
        assert_eq!(media.attribute("setup").flatten(), Some("passive"));
        assert_eq!(media.attribute("ice-ufrag").flatten(), Some("ours"));
        assert_eq!(media.attribute("ice-pwd").flatten(), Some("our-password"));
        assert_eq!(media.attribute("fingerprint").flatten(), Some(FINGERPRINT));
        for flag in ["mid", "rtcp-mux", "rtcp-rsize", "sendrecv", "rtcp"] {
            assert!(media.has_attribute(flag), "{flag}");
        }
    }
    let candidates: Vec<_> = text.lines().filter(|line| line.starts_with("a=candidate")).collect();
    assert_eq!(
        candidates,
        [
            "a=candidate:1 1 udp 2130706431 192.0.2.1 8080 typ host",
            "a=candidate:2 1 udp 2130706175 2001:db8::1 8081 typ host"
        ]
    );
    assert_eq!(text.matches("a=end-of-candidates").count(), 1);
    let refused = &read.media_descriptions[3];
    assert_eq!(m_line(refused), "application 0 UDP/DTLS/SCTP webrtc-datachannel");
    assert_eq!(refused.attribute("mid").flatten(), Some("3"));
}

#[test]
fn codecs_are_answered_with_what_the_server_keeps() {
    let text = answer(&parse_offer(&chromium()).unwrap(), None, &[]);
    assert!(text.contains("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"), "no RED, no G722");
    assert!(text.contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107 108 35 45 98 120\r\n"), "{text}");
    let about_96: Vec<_> = text.split("a=rtpmap:96").nth(1).unwrap().lines().take(7).collect();
    assert_eq!(
        about_96,
        [
            " VP8/90000",
            "a=rtcp-fb:96 transport-cc",
            "a=rtcp-fb:96 ccm fir",
            "a=rtcp-fb:96 nack",
            "a=rtcp-fb:96 nack pli",
            "a=rtpmap:97 rtx/90000",
            "a=fmtp:97 apt=96"
        ]
    );
    assert!(text.contains(
        "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    ));
    assert!(
        text.contains(
            "a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42E01f\r\n"
        )
    );
    assert!(text.contains("a=extmap:13 urn:3gpp:video-orientation\r\n"));
    assert!(!text.contains("goog-remb") && !text.contains("toffset"));
    let without_rtx = chromium().replace("apt=96", "apt=100");
    let text = answer(&parse_offer(&without_rtx).unwrap(), None, &[]);
    assert!(
        text.contains("a=rtcp-fb:96 nack pli") && !text.contains("a=rtcp-fb:96 nack\r"),
        "no packet is repeated"
    );
}

#[test]
fn streams_and_layers_are_signalled() {
    let ids = SendIds {
        ssrc: 5,
        rtx_ssrc: Some(6),
        cname: "name".to_owned(),
        msid_stream: "pair-0".to_owned(),
        msid_track: "track-1".to_owned(),
    };
    let text = answer(&parse_offer(&firefox()).unwrap(), Some(&ids), &["hi", "lo"]);
    for line in [
        "a=msid:pair-0 track-1",
        "a=ssrc-group:FID 5 6",
        "a=ssrc:5 cname:name",
        "a=ssrc:6 cname:name",
        "a=ssrc:6 msid:pair-0 track-1",
        "a=rid:hi recv",
        "a=simulcast:recv hi;lo",
    ] {
        assert_eq!(text.lines().filter(|other| *other == line).count(), 1, "{line}");
    }
    assert!(
        text.contains("m=audio 0 UDP/TLS/RTP/SAVPF 109\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=inactive\r\n")
    );
    let without = answer(&parse_offer(&firefox()).unwrap(), Some(&SendIds { rtx_ssrc: None, ..ids }), &[]);
    assert!(!without.contains("FID") && !without.contains("simulcast") && without.contains("a=ssrc:5"));
}

fn m_line(media: &rtc_sdp::MediaDescription) -> String {
    let name = &media.media_name;
    format!("{} {} {} {}", name.media, name.port.value, name.protos.join("/"), name.formats.join(" "))
}

//! Entry points for fuzzers: any bytes, no panic, and what is written can be read again.
//!
//! The targets in `tests/fuzz` call these; the unit test below calls them too, with seeded noise.
use crate::keyframe::Packing;
use crate::publish::{Incoming, Origin, Published, PublishedCodec, Received};
use crate::receive::{NewReceiveTrack, ReceiveTrack, ReceivedCodec};
use crate::rtcp::{Arrivals, MAX_RTCP_BYTES, Packet, Reader, Writer, nack_sequences};
use crate::rtp::{ExtensionIds, Fields, Header, HeaderTemplate, ReadExtensions, Stamps};
use crate::sdp::Format;
use crate::transport::{IceCredentials, Transport, local_ufrag, request};
use crate::{Certificate, Sfu, SfuConfig, Transmits};
use model::{CallId, SessionKey, call::Source};
use rtc_sdp::{MediaDescription, SessionDescription};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::message::Message;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const IDS: ExtensionIds = ExtensionIds {
    mid: 4,
    rid: 10,
    repaired_rid: 11,
    audio_level: 1,
    orientation: 13,
    abs_send_time: 2,
    transport_cc: 3,
};

#[expect(clippy::disallowed_methods, reason = "an arbitrary beginning of virtual time")]
fn begin() -> Instant {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    *BEGIN.get_or_init(Instant::now)
}

/// Packets of a publisher, as they are after decryption: `data` is cut into length-prefixed packets.
///
/// # Panics
/// When a sequence number would be given to two packets, or a written header cannot be read.
pub fn rtp(data: &[u8]) {
    let mut now = begin();
    let origin = Origin { session: SessionKey(1), source: Source::Camera };
    let mut published = Published::new(0, origin, "1", now);
    published.negotiated(codecs(), now);
    let new = NewReceiveTrack { mid: "2", is_audio: false, pair: 0, ssrc: 1, rtx_ssrc: 2, sequences: [9, 9] };
    let mut track = ReceiveTrack::new(new, now);
    let received = codecs().into_iter().map(|codec| ReceivedCodec {
        payload_type: codec.payload_type,
        rtx_payload_type: codec.rtx_payload_type,
        format: codec.format,
        clock_rate: codec.clock_rate,
    });
    track.negotiated(received.collect(), IDS);
    track.assign(0, &published);
    let template = HeaderTemplate::new(7, "2", IDS);
    let mut newest = None;
    for packet in pieces(data) {
        now += Duration::from_millis(u64::from(packet.first().copied().unwrap_or_default()));
        let Some(header) = Header::parse(packet) else {
            continue;
        };
        let extensions = ReadExtensions::read(&header, packet, &IDS);
        let Some(payload) = header.payload(packet) else {
            continue;
        };
        let incoming = Incoming { header: &header, payload, extensions: &extensions };
        let stored = match published.retransmission(incoming, now).0 {
            Received::UnknownPayloadType => published.media(incoming, now),
            received => received,
        };
        let Received::Stored(number) = stored else {
            continue;
        };
        let Some((packet, payload)) = published.ring.get(number) else {
            continue;
        };
        let Ok(placed) = track.place(packet, payload.len(), now) else {
            continue;
        };
        assert_ne!(newest.replace(placed.sequence), Some(placed.sequence), "one sequence number, one packet");
        check_written(&template, placed.sequence, placed.timestamp);
    }
}

fn check_written(template: &HeaderTemplate, sequence: u16, timestamp: u32) {
    let mut bytes = [0xff; 100];
    let fields = Fields { marker: true, has_padding: false, payload_type: 96, sequence, timestamp };
    template.write(&mut bytes, fields, &Stamps::default()).expect("invariant: a header fits 100 bytes");
    let header = Header::parse(&bytes).expect("invariant: what we write is RTP");
    assert_eq!((header.sequence, header.timestamp, header.len), (sequence, timestamp, template.len()));
}

fn codecs() -> Vec<PublishedCodec> {
    let codec = |payload_type, rtx_payload_type, format, packing| PublishedCodec {
        payload_type,
        rtx_payload_type,
        format,
        packing,
        clock_rate: 90_000,
    };
    vec![
        codec(96, Some(97), Format::Vp8, Packing::Vp8),
        codec(98, None, Format::Vp9 { profile_id: 0 }, Packing::Vp9),
        codec(100, None, Format::Opus, Packing::Av1),
        codec(102, None, Format::Opus, Packing::H264),
    ]
}

/// Compound RTCP as it is after decryption, and our own feedback about arbitrary arrivals.
///
/// # Panics
/// When what we write about it cannot be read.
pub fn rtcp(data: &[u8]) {
    let mut buffer = [0; MAX_RTCP_BYTES];
    for packet in Reader::new(data) {
        match packet {
            Packet::Nack { pairs, .. } => {
                let asked: Vec<u16> = nack_sequences(pairs).take(256).collect();
                let mut writer = Writer::new(&mut buffer);
                let taken = writer.nack(1, 2, &asked).unwrap_or_default();
                let len = writer.len();
                let again: Vec<u16> = Reader::new(buffer.get(..len).unwrap_or_default())
                    .flat_map(|packet| match packet {
                        Packet::Nack { pairs, .. } => nack_sequences(pairs).collect(),
                        _ => Vec::new(),
                    })
                    .collect();
                assert_eq!(Some(&again[..]), asked.get(..taken));
            }
            Packet::SenderReport { reports, .. } | Packet::ReceiverReport { reports } => {
                let blocks: Vec<_> = reports.collect();
                let _ = Writer::new(&mut buffer).receiver_report(1, &blocks);
            }
            _ => {}
        }
    }
    let mut arrivals = Arrivals::new(begin());
    for arrival in data.chunks_exact(4) {
        let sequence = crate::bytes::u16_at(arrival, 0).unwrap_or_default();
        let millis = crate::bytes::u16_at(arrival, 2).unwrap_or_default();
        arrivals.packet(sequence, begin() + Duration::from_millis(u64::from(millis)));
    }
    // Each feedback moves on by at least one packet of the window.
    for _ in 0..2000 {
        if arrivals.feedback(1, 2, &mut Writer::new(&mut buffer)).is_none() {
            break;
        }
    }
    assert!(!arrivals.has_news(), "all arrivals are reported in the end");
}

/// Datagrams from known and unknown addresses to an SFU with one peer: `data` is cut into length-prefixed datagrams.
pub fn datagram(data: &[u8]) {
    let mut now = begin();
    let mut sfu = empty();
    let _ = sfu.negotiate(CallId(1), SessionKey(1), OFFER, &[], now);
    for piece in pieces(data) {
        let Some((&first, datagram)) = piece.split_first() else {
            continue;
        };
        now += Duration::from_millis(u64::from(first >> 2));
        let from = SocketAddr::from(([10, 0, 0, 1], u16::from(first & 3)));
        sfu.force_route(from);
        sfu.handle_datagram(from, &mut datagram.to_vec(), now);
        if sfu.poll_timeout().is_some_and(|due| due <= now) {
            sfu.handle_timeout(now);
        }
        sfu.transmits().clear();
        while sfu.poll_event().is_some() {}
    }
}

/// STUN to one transport: `data` as it is, as the attributes of a request, and as those of an authentic one.
///
/// # Panics
/// When an address is believed that proved nothing, an answer is no STUN, or one to a stranger is longer than what it
/// answers.
pub fn stun(data: &[u8]) {
    let credentials =
        |ufrag: &str| IceCredentials { ufrag: ufrag.to_owned(), pwd: format!("password of {ufrag}") };
    let (local, remote) = (credentials("us"), credentials("them"));
    let pwd = local.pwd.clone();
    let certificate = certificate();
    let promised = certificate.fingerprint();
    let mut transport = Transport::new(local, &remote, promised, &certificate, begin());
    let attributes = |pwd| request("us:them", data, pwd);
    let requests = [(false, Some(data.to_vec())), (false, attributes(None)), (true, attributes(Some(&pwd)))];
    for (number, (is_authentic, datagram)) in (1_u16..).zip(requests) {
        let Some(datagram) = datagram else {
            continue;
        };
        let from = SocketAddr::from(([10, 0, 0, 1], number));
        let mut out = Transmits::default();
        let is_believed = transport.handle_stun(from, &datagram, begin(), &mut out).is_ok();
        assert_eq!(transport.accepts(from), is_believed);
        assert!(is_authentic || !is_believed, "a password is not guessed");
        for (to, answer) in out.iter() {
            assert_eq!(to, from);
            let is_longer = answer.len() > datagram.len();
            assert!(is_authentic || local_ufrag(&datagram).is_none() || !is_longer, "nothing is amplified");
            let mut read = Message::new();
            read.unmarshal_binary(answer).expect("invariant: what we answer is STUN");
            FINGERPRINT.check(&read).expect("invariant: answers have a fingerprint");
        }
    }
}

/// An offer as text, negotiated twice by one session, as clients do.
///
/// # Panics
/// When an answer is not SDP, or does not fit its offer line by line.
pub fn sdp(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut sfu = empty();
    let sources = [("0".to_owned(), Source::Screen), ("1".to_owned(), Source::ScreenAudio)];
    let Ok(first) = sfu.negotiate(CallId(1), SessionKey(1), &text, &sources, begin()) else {
        assert_eq!(sfu.population(), (0, 0), "a refused offer changes nothing");
        return;
    };
    let second = sfu.negotiate(CallId(1), SessionKey(1), &text, &sources, begin());
    let second = second.expect("invariant: what was accepted once is accepted again");
    let offer = read(&text);
    for answer in [first, second] {
        assert!(answer.lines().count() == answer.matches("\r\n").count(), "every line ends with CR LF");
        let answer = read(&answer);
        assert_eq!(answer.media_descriptions.len(), offer.media_descriptions.len());
        for (answered, offered) in answer.media_descriptions.iter().zip(&offer.media_descriptions) {
            assert_eq!(mid(answered), mid(offered));
            let (answered, offered) = (&answered.media_name, &offered.media_name);
            assert_eq!((&answered.media, &answered.protos), (&offered.media, &offered.protos));
            assert!(
                answered.formats.iter().all(|format| offered.formats.contains(format)),
                "only what was offered"
            );
        }
    }
}

fn mid(section: &MediaDescription) -> &str {
    section.attribute("mid").flatten().unwrap_or_default()
}

fn read(text: &str) -> SessionDescription {
    SessionDescription::unmarshal(&mut std::io::Cursor::new(text)).expect("invariant: this is SDP")
}

/// Made once: generating one is slow.
fn certificate() -> Certificate {
    static CERTIFICATE: OnceLock<Certificate> = OnceLock::new();
    CERTIFICATE.get_or_init(Certificate::generate).clone()
}

/// An SFU without calls whose randomness is none.
fn empty() -> Sfu {
    let certificate = certificate();
    let candidates = vec![SocketAddr::from(([192, 0, 2, 1], 8080))];
    let config = SfuConfig { candidates, consent_timeout: SfuConfig::CONSENT_TIMEOUT };
    let mut counter = 0_u8;
    let random = move |bytes: &mut [u8]| {
        counter = counter.wrapping_add(1);
        bytes.fill(counter);
    };
    Sfu::new(config, certificate, Box::new(random), begin(), 0)
}

/// A minimal offer: one microphone.
const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n\
    a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 \
    00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:1 cname:c\r\n";

/// Length-prefixed pieces; the last one may be short.
fn pieces(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (&len, rest) = data.split_first()?;
        let (piece, rest) = rest.split_at(usize::from(len).min(rest.len()));
        data = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    /// Seeded bytes.
    fn noise() -> impl FnMut(usize) -> Vec<u8> {
        let mut state = 0x1234_5678_9abc_def1_u64;
        let mut byte = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[3]
        };
        move |len| (0..len).map(|_| byte()).collect()
    }

    #[test]
    fn damaged_offers_are_answered_or_refused() {
        let mut noise = noise();
        super::sdp(super::OFFER.as_bytes());
        for _ in 0..3000 {
            let mut lines: Vec<Vec<u8>> =
                super::OFFER.split_inclusive("\r\n").map(|l| l.as_bytes().to_vec()).collect();
            for damage in noise(3).chunks_exact(1) {
                let place = usize::from(damage[0]) % lines.len();
                match noise(1)[0] % 4 {
                    0 => lines.push(lines[place].clone()),
                    1 => drop(lines.remove(place)),
                    2 => {
                        let at = usize::from(noise(1)[0]) % lines[place].len();
                        lines[place][at] = noise(1)[0];
                    }
                    _ => {
                        let other = lines[usize::from(noise(1)[0]) % lines.len()].clone();
                        lines.insert(place, other);
                    }
                }
            }
            super::sdp(&lines.concat());
        }
    }

    #[test]
    fn seeded_noise_is_survived() {
        let mut noise = noise();
        for round in 0..500 {
            let mut data = noise(round);
            super::rtcp(&data);
            super::sdp(&data);
            super::datagram(&data);
            super::stun(&data);
            // Make it look like STUN attributes of four bytes.
            let mut attributes = data.clone();
            for header in attributes.chunks_exact_mut(8) {
                let typ = [header[0] & 0x80, header[1] & 0x3f];
                header[..4].copy_from_slice(&[typ[0], typ[1], 0, 4]);
            }
            super::stun(&attributes);
            // Make most pieces look like RTP of a known payload type.
            for at in (0..data.len().saturating_sub(31)).step_by(31) {
                data[at] = 30;
                data[at + 1] = 0x80;
                data[at + 2] = 96 + (data[at + 2] & 7);
                data[at + 3] = 0;
            }
            super::rtp(&data);
        }
    }
}

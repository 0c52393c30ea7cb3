//! What a publisher sends: stored once, gaps asked for, padding told apart.
use super::*;

#[expect(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

const KEY_FRAME: &[u8] = &[0x10, 0x00, 1, 2];
const INTER_FRAME: &[u8] = &[0x10, 0x01, 1, 2];

fn camera(now: Instant) -> Published {
    published(Source::Camera, now)
}

fn published(source: Source, now: Instant) -> Published {
    let mut published = Published::new(0, Origin { session: SessionKey(1), source }, "1", now);
    let (format, packing, clock_rate) = if source.is_audio() {
        (Format::Opus, Packing::Audio, 48_000)
    } else {
        (Format::Vp8, Packing::Vp8, 90_000)
    };
    let codec = PublishedCodec { payload_type: 96, rtx_payload_type: Some(97), format, packing, clock_rate };
    published.negotiated(vec![codec], now);
    published.change_ssrc(1, now);
    published
}

fn header(sequence: u16, payload_type: u8) -> Header {
    let mut bytes = [0; 12];
    bytes[0] = 0x80;
    bytes[1] = payload_type;
    bytes[2..4].copy_from_slice(&sequence.to_be_bytes());
    Header::parse(&bytes).unwrap()
}

fn media(published: &mut Published, sequence: u16, payload: &[u8], now: Instant) -> Received {
    let header = header(sequence, 96);
    let extensions = ReadExtensions::default();
    published.media(Incoming { header: &header, payload, extensions: &extensions }, now)
}

fn repair(published: &mut Published, original: u16, payload: &[u8], now: Instant) -> (Received, bool) {
    let header = header(9, 97);
    let extensions = ReadExtensions::default();
    let mut with_original = original.to_be_bytes().to_vec();
    with_original.extend_from_slice(payload);
    published
        .retransmission(Incoming { header: &header, payload: &with_original, extensions: &extensions }, now)
}

fn number(received: Received) -> u64 {
    match received {
        Received::Stored(number) => number,
        other => panic!("not stored: {other:?}"),
    }
}

#[test]
fn a_retransmission_fills_the_gap_and_ends_the_asking() {
    let now = start();
    let mut track = camera(now);
    let first = number(media(&mut track, 10, KEY_FRAME, now));
    let third = number(media(&mut track, 12, INTER_FRAME, now));
    assert_eq!(third, first + 2);
    assert!(track.nack.poll_timeout().is_some());
    let (received, was_missing) = repair(&mut track, 11, &[0x00, 7], now);
    assert_eq!((received, was_missing), (Received::Stored(first + 1), true));
    assert_eq!(track.nack.poll_timeout(), None);
    let (packet, payload) = track.ring.get(first + 1).unwrap();
    assert_eq!((packet.payload_type, payload), (96, &[0x00, 7][..]), "as if it had never been lost");
    assert_eq!(repair(&mut track, 11, &[0x00, 7], now), (Received::Duplicate, false));
    assert_eq!(media(&mut track, 11, &[0x00, 7], now), Received::Duplicate, "the late original too");
}

#[test]
fn probes_and_lies_of_the_retransmission_stream_do_no_harm() {
    let now = start();
    let mut track = camera(now);
    assert_eq!(repair(&mut track, 10, KEY_FRAME, now).0, Received::TooOld, "before any media");
    media(&mut track, 10, KEY_FRAME, now);
    assert_eq!(repair(&mut track, 10, KEY_FRAME, now).0, Received::Duplicate, "a probe repeats a packet");
    assert_eq!(repair(&mut track, 11, KEY_FRAME, now).0, Received::TooOld, "ahead of the media");
    let header = header(9, 97);
    let extensions = ReadExtensions::default();
    for payload in [&[][..], &[1]] {
        let incoming = Incoming { header: &header, payload, extensions: &extensions };
        assert_eq!(track.retransmission(incoming, now).0, Received::Padding);
    }
}

#[test]
fn padding_leaves_no_gap_and_a_late_one_is_a_filler() {
    let now = start();
    let mut track = camera(now);
    let first = number(media(&mut track, 10, KEY_FRAME, now));
    assert_eq!(media(&mut track, 11, &[], now), Received::Padding);
    assert_eq!(number(media(&mut track, 12, INTER_FRAME, now)), first + 1);
    // 13 is overtaken by 14, so its number is missed until it turns out to be padding.
    assert_eq!(number(media(&mut track, 14, INTER_FRAME, now)), first + 3);
    assert_eq!(number(media(&mut track, 13, &[], now)), first + 2);
    assert!(track.ring.get(first + 2).unwrap().0.is_filler);
}

#[test]
fn payloads_up_to_the_limit_and_known_types_are_stored() {
    let now = start();
    let mut track = camera(now);
    let longest = vec![0x10; MAX_PAYLOAD_BYTES];
    number(media(&mut track, 1, &longest, now));
    assert_eq!(media(&mut track, 2, &[&longest[..], &[0]].concat(), now), Received::TooLong);
    let header = header(3, 98);
    let extensions = ReadExtensions::default();
    let incoming = Incoming { header: &header, payload: KEY_FRAME, extensions: &extensions };
    assert_eq!(track.media(incoming, now), Received::UnknownPayloadType);
}

#[test]
fn a_gap_too_wide_to_repair_asks_for_a_key_frame() {
    let now = start();
    let mut track = camera(now);
    media(&mut track, 1, KEY_FRAME, now);
    media(&mut track, 1 + 257, INTER_FRAME, now);
    assert!(track.nack.poll_timeout().is_some(), "256 missing are repaired");
    assert_eq!(track.key_frames.poll_timeout(now), None);
    media(&mut track, 258 + 258, INTER_FRAME, now);
    assert_eq!(track.nack.poll_timeout(), None);
    assert!(track.key_frames.poll_timeout(now).is_some());
    media(&mut track, 517, KEY_FRAME, now);
    assert_eq!(track.key_frames.poll_timeout(now), None);
}

#[test]
fn another_ssrc_continues_the_numbers_after_a_silence_only() {
    let now = start();
    let mut track = camera(now);
    let last = number(media(&mut track, 65_000, KEY_FRAME, now));
    assert!(!track.may_change_ssrc(now + SSRC_CHANGE - Duration::from_millis(1)));
    assert!(track.may_change_ssrc(now + SSRC_CHANGE));
    assert!(track.change_ssrc(2, now), "receivers start afresh");
    assert!(!track.change_ssrc(2, now), "the same one again changes nothing");
    assert!(number(media(&mut track, 5, KEY_FRAME, now)) > last);
}

#[test]
fn screens_end_in_silence_and_cameras_do_not() {
    let now = start();
    for (source, ends) in [
        (Source::Screen, true),
        (Source::ScreenAudio, true),
        (Source::Camera, false),
        (Source::Microphone, false),
    ] {
        let mut track = published(source, now);
        media(&mut track, 1, KEY_FRAME, now);
        track.is_live = true;
        assert!(!track.is_silent(now + SCREEN_TIMEOUT - Duration::from_millis(1)));
        assert_eq!(track.is_silent(now + SCREEN_TIMEOUT), ends, "{source:?}");
        let deadline = ends.then_some(now + SCREEN_TIMEOUT);
        assert_eq!(track.poll_timeout(now), deadline);
    }
}

//! What a receiver is sent: one stream of numbers and times, whatever feeds it.
use super::*;
use crate::keyframe::Packing;
use crate::publish::PublishedCodec;
use model::{SessionKey, call::Source};

#[expect(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

fn track(is_audio: bool, now: Instant) -> ReceiveTrack {
    let new = NewReceiveTrack { mid: "5", is_audio, pair: 0, ssrc: 7, rtx_ssrc: 8, sequences: [200, 400] };
    let mut track = ReceiveTrack::new(new, now);
    let codec = |payload_type, rtx_payload_type, format, clock_rate| ReceivedCodec {
        payload_type,
        rtx_payload_type,
        format,
        clock_rate,
    };
    let codecs = if is_audio {
        vec![codec(109, None, Format::Opus, 48_000)]
    } else {
        vec![
            codec(120, Some(124), Format::Vp8, 90_000),
            codec(121, None, Format::Vp9 { profile_id: 0 }, 90_000),
        ]
    };
    track.negotiated(codecs, ExtensionIds::default());
    track
}

fn encoding(source: Source, payload_type: u8, format: Format, now: Instant) -> Published {
    let mut published = Published::new(0, Origin { session: SessionKey(1), source }, "1", now);
    let codec = PublishedCodec {
        payload_type,
        rtx_payload_type: None,
        format,
        packing: Packing::Vp8,
        clock_rate: if source.is_audio() { 48_000 } else { 90_000 },
    };
    published.negotiated(vec![codec], now);
    published
}

fn packet(number: u64, timestamp: u32, starts_key_frame: bool) -> Packet {
    Packet {
        number,
        timestamp,
        payload_type: 96,
        marker: false,
        is_filler: false,
        starts_key_frame,
        audio_level: None,
        orientation: None,
    }
}

#[test]
fn video_waits_for_a_key_frame_and_then_counts_on() {
    let now = start();
    let mut track = track(false, now);
    track.assign(0, &encoding(Source::Camera, 96, Format::Vp8, now));
    assert_eq!(track.place(&packet(1000, 5, false), 1, now), Err(Unplaced::Early));
    assert!(!track.is_flowing());
    let first = track.place(&packet(1001, 6, true), 1, now).unwrap();
    assert_eq!(first, Placed { sequence: 101, timestamp: 6, payload_type: 120, is_start: true });
    let third = track.place(&packet(1003, 8, false), 1, now).unwrap();
    assert_eq!((third.sequence, third.is_start), (103, false));
    let second = track.place(&packet(1002, 7, false), 1, now).unwrap();
    assert_eq!(second.sequence, 102, "reordering is kept");
    assert_eq!(track.place(&packet(1000, 5, false), 1, now), Err(Unplaced::Early), "before the key frame");
    assert_eq!((track.packets, track.octets), (3, 3));
}

#[test]
fn a_switch_continues_sequence_numbers_and_time() {
    let start = start();
    let mut track = track(false, start);
    track.assign(0, &encoding(Source::Camera, 96, Format::Vp8, start));
    track.place(&packet(1000, 90_000, true), 1, start).unwrap();
    track.assign(1, &encoding(Source::Camera, 96, Format::Vp8, start));
    let later = start + Duration::from_millis(500);
    assert_eq!(track.place(&packet(70_000, 12, false), 1, later), Err(Unplaced::Early));
    let placed = track.place(&packet(70_001, 12, true), 1, later).unwrap();
    assert_eq!((placed.sequence, placed.timestamp), (102, 90_000 + 45_000));
    let placed = track.place(&packet(70_002, 12 + 3000, false), 1, later).unwrap();
    assert_eq!((placed.sequence, placed.timestamp), (103, 90_000 + 48_000));
}

#[test]
fn payload_types_are_the_receivers_and_strangers_are_refused() {
    let now = start();
    let mut track = track(false, now);
    track.assign(0, &encoding(Source::Camera, 96, Format::Vp9 { profile_id: 0 }, now));
    assert_eq!(track.place(&packet(1, 1, true), 1, now).unwrap().payload_type, 121);
    track.assign(0, &encoding(Source::Camera, 96, Format::Vp9 { profile_id: 2 }, now));
    assert_eq!(track.place(&packet(2, 1, true), 1, now), Err(Unplaced::Codec));
    track.assign(0, &encoding(Source::Camera, 35, Format::Vp8, now));
    assert_eq!(track.place(&packet(3, 1, true), 1, now), Err(Unplaced::Codec), "96 is not negotiated");
    assert_eq!(track.rtx_payload_type(120), Some(124));
    assert_eq!(track.rtx_payload_type(121), None);
}

#[test]
fn a_sequence_number_leads_back_to_its_packet() {
    let now = start();
    let mut track = track(false, now);
    track.assign(0, &encoding(Source::Camera, 96, Format::Vp8, now));
    assert_eq!(track.number_of(101), None, "nothing flows");
    for number in 1000..70_000 {
        track.place(&packet(number, 1, number == 1000), 1, now).unwrap();
    }
    let newest = track.place(&packet(70_000, 1, false), 1, now).unwrap().sequence;
    assert_eq!(track.number_of(newest), Some(70_000));
    assert_eq!(track.number_of(newest.wrapping_sub(10)), Some(69_990));
    assert_eq!(track.number_of(newest.wrapping_add(1)), None, "never sent");
    let again = track.placed(&packet(69_990, 1, false)).unwrap();
    assert_eq!(again.sequence, newest.wrapping_sub(10));
}

#[test]
fn a_request_for_what_an_earlier_source_sent_finds_nothing() {
    let now = start();
    let mut track = track(true, now);
    track.assign(0, &encoding(Source::Microphone, 96, Format::Opus, now));
    let before = track.place(&packet(50, 1, true), 1, now).unwrap().sequence;
    track.assign(1, &encoding(Source::Microphone, 96, Format::Opus, now));
    let after = track.place(&packet(9000, 1, true), 1, now).unwrap().sequence;
    assert_eq!(after, before + 1);
    assert_eq!(track.number_of(before), None);
    assert_eq!(track.number_of(after), Some(9000));
}

#[test]
fn a_hole_up_to_the_limit_is_kept_and_a_wider_one_starts_afresh() {
    let now = start();
    let mut track = track(true, now);
    track.assign(0, &encoding(Source::Microphone, 96, Format::Opus, now));
    let first = track.place(&packet(1, 1, true), 1, now).unwrap().sequence;
    let edge = track.place(&packet(1 + MAX_HOLE, 2, true), 1, now).unwrap();
    assert_eq!((u64::from(edge.sequence - first), edge.is_start), (MAX_HOLE, false));
    let beyond = track.place(&packet(1 + MAX_HOLE + MAX_HOLE + 1, 3, true), 1, now).unwrap();
    assert_eq!((beyond.sequence, beyond.is_start), (edge.sequence + 1, true));
    assert_eq!(
        track.place(&packet(2 + MAX_HOLE, 3, true), 1, now),
        Err(Unplaced::Early),
        "its number is given away"
    );
}

#[test]
fn a_filler_starts_nothing() {
    let now = start();
    let mut track = track(true, now);
    track.assign(0, &encoding(Source::Microphone, 96, Format::Opus, now));
    let filler = Packet { is_filler: true, ..packet(1, 1, false) };
    assert_eq!(track.place(&filler, 0, now), Err(Unplaced::Early));
}

use super::*;

/// Small enough that a test sees every limit.
const SMALL: Capacity =
    Capacity { start_packets: 8, max_packets: 32, start_bytes: 4096, max_bytes: 16 * 1024 };

#[expect(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

fn packet(number: u64) -> Packet {
    Packet {
        number,
        timestamp: u32::try_from(number).unwrap(),
        payload_type: 96,
        marker: false,
        is_filler: false,
        starts_key_frame: false,
        audio_level: None,
        orientation: None,
    }
}

fn payload(number: u64, len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from((number + i as u64) & 0xff).unwrap()).collect()
}

#[test]
fn what_was_stored_is_read_until_it_is_overwritten() {
    let now = start();
    let mut ring = Ring::new(SMALL, now);
    for number in 1..=8 {
        ring.insert(packet(number), &payload(number, 100), now);
    }
    for number in 1..=8 {
        let (meta, bytes) = ring.get(number).unwrap();
        assert_eq!(meta.number, number);
        assert_eq!(bytes, payload(number, 100));
    }
    assert!(ring.get(9).is_none());
}

#[test]
fn a_packet_is_never_accepted_twice_while_its_number_can_be_told_apart() {
    let now = start();
    // Slow enough that the ring does not grow.
    let step = HISTORY;
    let mut ring = Ring::new(SMALL, now);
    for number in 1..=20_u32 {
        // Payloads so large that bytes are overwritten long before numbers are.
        ring.insert(packet(u64::from(number)), &payload(0, 1400), now + step * number);
    }
    assert!(ring.get(13).is_none(), "two payloads fit");
    assert!(ring.get(20).is_some());
    for number in 13..=20 {
        assert!(!ring.accepts(number), "{number} was stored");
    }
    assert!(!ring.accepts(12), "one past the index: unknown, so refused");
    assert!(ring.accepts(21));
    ring.insert(packet(25), &[], now + step * 21);
    assert!(ring.accepts(24) && ring.accepts(18 + 3) && !ring.accepts(20));
}

#[test]
fn a_fast_track_grows_to_its_limit_and_keeps_what_it_has() {
    let now = start();
    let mut ring = Ring::new(SMALL, now);
    let mut at = now;
    for number in 1..=200 {
        at += Duration::from_millis(1);
        ring.insert(packet(number), &payload(number, 300), at);
        let newest_readable = (1..=number).rev().take_while(|n| ring.get(*n).is_some()).count() as u64;
        assert!(newest_readable >= number.min(8), "growth at {number} lost history: {newest_readable}");
        for old in (number + 1 - newest_readable)..=number {
            assert_eq!(ring.get(old).unwrap().1, payload(old, 300));
        }
    }
    assert_eq!(ring.bytes.len(), SMALL.max_bytes);
    assert_eq!(ring.index.len(), SMALL.max_packets);
    let heap = ring.heap_bytes();
    for number in 201..=2000 {
        at += Duration::from_millis(1);
        ring.insert(packet(number), &payload(number, 1400), at);
    }
    assert_eq!(ring.heap_bytes(), heap, "the limit holds");
}

#[test]
fn growth_does_not_forget_which_numbers_were_stored() {
    let now = start();
    let mut ring = Ring::new(SMALL, now);
    for number in 1..=8 {
        ring.insert(packet(number), &payload(number, 1400), now);
        for old in 1..=number {
            assert!(!ring.accepts(old), "{old} after {number}");
        }
    }
}

#[test]
fn a_wider_index_does_not_take_back_what_the_narrow_one_forgot() {
    let now = start();
    let mut ring = Ring::new(SMALL, now);
    for number in 1..=100 {
        ring.insert(packet(number), &[], now);
        for old in 1..=number {
            assert!(!ring.accepts(old), "{old} after {number}");
        }
    }
    assert_eq!(ring.index.len(), SMALL.max_packets);
}

#[test]
fn a_slow_track_stays_small() {
    let now = start();
    let mut ring = Ring::new(SMALL, now);
    let heap = ring.heap_bytes();
    for number in 1..=500_u32 {
        ring.insert(packet(u64::from(number)), &payload(0, 100), now + HISTORY * number / 4);
    }
    assert_eq!(ring.heap_bytes(), heap);
}

#[test]
fn the_longest_payload_fits_and_a_longer_one_is_cut() {
    let now = start();
    let mut ring = Ring::new(SMALL, now);
    ring.insert(packet(1), &payload(1, MAX_PAYLOAD_BYTES), now);
    ring.insert(packet(2), &payload(2, MAX_PAYLOAD_BYTES + 1), now);
    assert_eq!(ring.get(1).unwrap().1.len(), MAX_PAYLOAD_BYTES);
    assert_eq!(ring.get(2).unwrap().1.len(), MAX_PAYLOAD_BYTES);
}

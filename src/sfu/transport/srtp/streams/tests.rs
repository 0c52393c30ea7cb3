//! Packet indexes follow the wrap of sequence numbers, and the windows of many streams stay bounded.
use super::*;
use std::collections::BTreeSet;

fn table() -> Streams {
    Streams::new(4, WhenFull::Refuse)
}

/// A packet of stream 1: its index if it is taken.
fn packet(streams: &mut Streams, sequence: u16) -> Option<u64> {
    let place = streams.find(1);
    let index = streams.index(place, sequence)?;
    streams.record(place, 1, index);
    Some(index)
}

#[test]
fn indexes_go_on_around_the_wrap_in_any_order() {
    // (sequence number, index)
    let rows = [
        (65_000_u16, Some(65_000)),
        (65_535, Some(65_535)),
        (1, Some(0x1_0001)),
        // Older ones of the cycle before keep its counter.
        (65_534, Some(65_534)),
        (0, Some(0x1_0000)),
        (65_534, None),
        (0, None),
        (2, Some(0x1_0002)),
        (64_000, Some(64_000)),
        (30_000, Some(0x1_0000 + 30_000)),
        (62_000, Some(0x1_0000 + 62_000)),
        (5, Some(0x2_0005)),
        (65_535, Some(0x1_ffff)),
    ];
    let mut streams = table();
    for (sequence, expected) in rows {
        assert_eq!(packet(&mut streams, sequence), expected, "{sequence}");
    }
}

#[test]
fn the_guess_is_that_of_appendix_a_of_rfc_3711() {
    let edges = [0_u16, 1, 2, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0x8002, 0xfffe, 0xffff];
    for cycle in [1_u64, 2, 77] {
        for newest in edges {
            for sequence in edges {
                let (last, next) = (i64::from(newest), i64::from(sequence));
                let guess = if last < 0x8000 {
                    if next - last > 0x8000 { cycle - 1 } else { cycle }
                } else if last - 0x8000 > next {
                    cycle + 1
                } else {
                    cycle
                };
                let stream = Stream::new(cycle << 16 | u64::from(newest));
                assert_eq!(stream.index(sequence), guess << 16 | u64::from(sequence), "{newest} {sequence}");
            }
        }
    }
}

#[test]
fn before_the_first_cycle_there_is_none() {
    let mut streams = table();
    assert_eq!(packet(&mut streams, 5), Some(5));
    assert_eq!(packet(&mut streams, 65_535), Some(65_535));
    assert_eq!(packet(&mut streams, 5), Some(0x1_0005));
}

#[test]
fn the_window_ends_where_it_says() {
    for first in [WINDOW, 5 * WINDOW + 17, 63, 64, 65] {
        let newest = first + WINDOW;
        for (behind, expected) in
            [(0, false), (1, true), (WINDOW - 1, true), (WINDOW, false), (newest, false)]
        {
            let mut streams = table();
            streams.record(streams.find(1), 1, newest);
            assert_eq!(streams.admits(streams.find(1), newest - behind), expected, "{newest} - {behind}");
        }
    }
}

#[test]
fn no_index_is_taken_twice_and_none_near_the_newest_is_refused() {
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut roll = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) % below
    };
    let mut streams = table();
    let mut taken = BTreeSet::new();
    let (mut newest, mut refused) = (30_000_u64, 0);
    for _ in 0..300_000 {
        // Mostly onwards, sometimes far, sometimes back: far enough to leave the window.
        let index = match roll(10) {
            0 => newest + roll(20_000),
            1..=5 => newest + roll(4),
            6..=8 => newest.saturating_sub(roll(100)),
            _ => newest.saturating_sub(roll(2 * WINDOW)),
        };
        let sequence = u16::try_from(index & 0xffff).unwrap();
        let got = packet(&mut streams, sequence);
        let is_new = !taken.contains(&index);
        let is_near = index > newest || newest - index < WINDOW;
        assert_eq!(got, (is_new && is_near).then_some(index), "{index} after {newest}");
        refused += usize::from(got.is_none());
        if got.is_some() {
            taken.insert(index);
            newest = newest.max(index);
        }
    }
    assert!(newest >> 16 > 100 && refused > 1000, "many cycles, many repeats");
}

#[test]
fn a_worn_out_key_seals_nothing() {
    let mut streams = table();
    streams.record(streams.find(1), 1, MAX_INDEX - 1);
    assert_eq!(packet(&mut streams, 0xffff), Some(MAX_INDEX));
    assert_eq!(packet(&mut streams, 0), None, "it would be the first index once more");
}

#[test]
fn a_full_table_refuses_or_forgets_the_most_silent() {
    let mut streams = table();
    for ssrc in [9, 3, 7, 5] {
        assert!(streams.has_room(streams.find(ssrc)));
        streams.record(streams.find(ssrc), ssrc, 10);
    }
    assert!(!streams.has_room(streams.find(4)) && streams.has_room(streams.find(5)));
    streams.record(streams.find(4), 4, 10);
    assert!(streams.find(4).is_err());
    assert_eq!(streams.len(), 4);

    let mut streams = Streams::new(4, WhenFull::ForgetOldest);
    for ssrc in [9, 3, 7, 5] {
        streams.record(streams.find(ssrc), ssrc, 10);
    }
    streams.record(streams.find(9), 9, 11);
    assert!(streams.has_room(streams.find(4)));
    streams.record(streams.find(4), 4, 10);
    assert_eq!(streams.len(), 4);
    let known: Vec<u32> = (0..10).filter(|ssrc| streams.find(*ssrc).is_ok()).collect();
    assert_eq!(known, [4, 5, 7, 9]);
    for ssrc in [4, 5, 7] {
        assert!(!streams.admits(streams.find(ssrc), 10) && streams.admits(streams.find(ssrc), 9));
    }
}

//! Packets are exchanged with an independent implementation; nothing is opened twice or changed unnoticed.
use super::streams::WINDOW;
use super::*;
use crate::transport::testing::reference;
use rtc_srtp::context::Context;

const HEADER: usize = 12;
/// Room behind the packet for everything that is appended.
const ROOM: usize = 64;

fn material(profile: SrtpProfile) -> Vec<u8> {
    (1..).take(profile.keying_material_len()).collect()
}

/// Our side, and the client's by another implementation: what it sends with, what it receives with.
fn sides(profile: SrtpProfile) -> (Srtp, Context, Context) {
    let material = material(profile);
    let (send, receive) = reference(profile, &material);
    (Srtp::server(profile, &material).unwrap(), send, receive)
}

/// Our implementation at the client's end.
fn client(profile: SrtpProfile) -> Srtp {
    let srtp = Srtp::server(profile, &material(profile)).unwrap();
    Srtp { outbound: srtp.inbound, inbound: srtp.outbound, ..srtp }
}

fn rtp(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0, 9]);
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(b"some payload");
    packet
}

fn receiver_report(ssrc: u32, len: usize) -> Vec<u8> {
    let words = u16::try_from(len / 4 - 1).unwrap();
    let mut packet = vec![0x80, 201];
    packet.extend_from_slice(&words.to_be_bytes());
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend((0..=255_u8).cycle().take(len - 8));
    packet
}

fn seal(srtp: &mut Srtp, packet: &[u8], header_len: usize) -> Option<Vec<u8>> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + ROOM, 0xee);
    let len = srtp.seal_rtp(&mut buffer, header_len, packet.len()).ok()?;
    buffer.truncate(len);
    Some(buffer)
}

fn open(srtp: &mut Srtp, datagram: &[u8], header_len: usize) -> Option<Vec<u8>> {
    let mut buffer = datagram.to_vec();
    let len = srtp.open_rtp(&mut buffer, header_len).ok()?;
    buffer.truncate(len);
    Some(buffer)
}

fn seal_rtcp(srtp: &mut Srtp, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + ROOM, 0xee);
    let len = srtp.seal_rtcp(&mut buffer, packet.len()).unwrap();
    buffer.truncate(len);
    buffer
}

fn open_rtcp(srtp: &mut Srtp, datagram: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = datagram.to_vec();
    let len = srtp.open_rtcp(&mut buffer).ok()?;
    buffer.truncate(len);
    Some(buffer)
}

/// Packets of every shape, with the lengths of their headers.
fn shapes() -> Vec<(Vec<u8>, usize)> {
    let fixed = |first: u8, sequence: u8| vec![first, 0xe0, 0x12, sequence, 0, 0, 0, 9, 0xca, 0xfe, 0, 7];
    let shape = |first: u8, sequence: u8, rest: &[u8], payload: &[u8]| {
        let header = [&fixed(first, sequence), rest].concat();
        let len = header.len();
        ([&header, payload].concat(), len)
    };
    let payload: Vec<u8> = (0..=255).cycle().take(1200).collect();
    let sources = [9; 60];
    vec![
        shape(0x80, 0, &[], &payload),
        shape(0x80, 1, &[], &[1]),
        shape(0x80, 2, &[], &[]),
        shape(0x82, 3, &sources[..8], b"with contributing sources"),
        shape(0x8f, 4, &sources, b"with many of them"),
        shape(0x90, 5, &[0xbe, 0xde, 0, 1, 0x10, 0x41, 0, 0], b"one-byte extension"),
        shape(0x90, 6, &[0x10, 0, 0, 2, 1, 3, 7, 7, 7, 2, 0, 0], b"two-byte extension"),
        shape(0x90, 7, &[0xbe, 0xde, 0, 0], b"empty extension"),
        shape(0x91, 8, &[9, 9, 9, 9, 0xbe, 0xde, 0, 1, 0x32, 1, 2, 3], b"both"),
        shape(0xa0, 9, &[], b"with padding\0\0\0\x04"),
        shape(0xa0, 10, &[], &[0, 0, 0, 4]),
        shape(0xb1, 11, &[9, 9, 9, 9, 0xbe, 0xde, 0, 1, 0x32, 1, 2, 3], b"everything\0\x02"),
    ]
}

#[test]
fn another_implementation_opens_what_we_seal_and_we_open_what_it_seals() {
    for profile in SrtpProfile::ALL {
        let (mut ours, mut send, mut receive) = sides(*profile);
        for (packet, header_len) in shapes() {
            let sealed = seal(&mut ours, &packet, header_len).unwrap();
            assert_eq!(sealed[..header_len], packet[..header_len], "the header stays in the clear");
            assert_eq!(&receive.decrypt_rtp(&sealed).unwrap()[..], packet, "{profile}");
            let sealed = send.encrypt_rtp(&packet).unwrap();
            assert_eq!(open(&mut ours, &sealed, header_len), Some(packet), "{profile}");
        }
        for len in (8..=1100).step_by(84) {
            for ssrc in [1, 0xffff_ffff] {
                let packet = receiver_report(ssrc, len);
                let sealed = seal_rtcp(&mut ours, &packet);
                assert_eq!(&receive.decrypt_rtcp(&sealed).unwrap()[..], packet, "{profile}");
                let sealed = send.encrypt_rtcp(&packet).unwrap();
                assert_eq!(open_rtcp(&mut ours, &sealed), Some(packet), "{profile}");
            }
        }
    }
}

#[test]
fn the_header_that_is_authenticated_is_as_long_as_it_is_on_the_wire() {
    // Id 15 ends the reading of a one-byte block, but not the block.
    let header = [0x90, 0xe0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, 0xbe, 0xde, 0, 2, 0xf0, 1, 2, 3, 0x10, 1, 0, 0];
    let packet = [&header[..], b"payload"].concat();
    for profile in SrtpProfile::ALL {
        let (mut ours, mut theirs) = (Srtp::server(*profile, &material(*profile)).unwrap(), client(*profile));
        let sealed = seal(&mut theirs, &packet, header.len()).unwrap();
        assert_ne!(sealed[header.len()..packet.len()], packet[header.len()..]);
        for at in HEADER..header.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&mut ours, &changed, header.len()), None);
        }
        assert_eq!(open(&mut ours, &sealed, header.len()), Some(packet.clone()));
    }
}

#[test]
fn every_changed_byte_is_noticed_and_leaves_no_trace() {
    for profile in SrtpProfile::ALL {
        let (mut ours, mut send, _) = sides(*profile);
        let packet = rtp(7, 1);
        let sealed = send.encrypt_rtp(&packet).unwrap();
        for at in 0..sealed.len() {
            for change in [1, 0x80, 0xff] {
                let mut changed = sealed.to_vec();
                changed[at] ^= change;
                assert_eq!(open(&mut ours, &changed, HEADER), None, "{profile}, byte {at}");
            }
        }
        for len in 0..sealed.len() {
            assert_eq!(open(&mut ours, &sealed[..len], HEADER.min(len)), None, "{profile}, {len} bytes");
        }
        assert_eq!(ours.received.len(), 0);
        assert_eq!(open(&mut ours, &sealed, HEADER), Some(packet));

        let report = receiver_report(7, 32);
        let sealed = send.encrypt_rtcp(&report).unwrap();
        for at in 0..sealed.len() {
            for change in [1, 0x80, 0xff] {
                let mut changed = sealed.to_vec();
                changed[at] ^= change;
                assert_eq!(open_rtcp(&mut ours, &changed), None, "{profile}, byte {at}");
            }
        }
        for len in 0..sealed.len() {
            assert_eq!(open_rtcp(&mut ours, &sealed[..len]), None, "{profile}, {len} bytes");
        }
        assert_eq!(ours.reported.len(), 0);
        assert_eq!(open_rtcp(&mut ours, &sealed), Some(report));
    }
}

#[test]
fn unencrypted_reports_are_refused() {
    for profile in SrtpProfile::ALL {
        let (mut ours, ..) = sides(*profile);
        for tail in [14, 20] {
            let datagram = [receiver_report(7, 32), vec![0; tail]].concat();
            assert_eq!(open_rtcp(&mut ours, &datagram), None, "{profile}");
        }
        assert_eq!(ours.reported.len(), 0);
    }
}

#[test]
fn nothing_is_opened_twice() {
    for profile in SrtpProfile::ALL {
        let (mut ours, mut send, _) = sides(*profile);
        let newest = 2997;
        let sealed: Vec<_> = (0..).take(newest + 1).map(|n| send.encrypt_rtp(&rtp(7, n)).unwrap()).collect();
        let reports: Vec<_> =
            sealed.iter().map(|_| send.encrypt_rtcp(&receiver_report(7, 8)).unwrap()).collect();
        // Every third one arrives, then the gaps are filled as far back as the window goes.
        for n in (0..=newest).step_by(3) {
            assert!(open(&mut ours, &sealed[n], HEADER).is_some());
            assert!(open_rtcp(&mut ours, &reports[n]).is_some());
        }
        for n in (0..=newest).rev() {
            let is_new = n % 3 != 0 && newest - n < usize::try_from(WINDOW).unwrap();
            assert_eq!(open(&mut ours, &sealed[n], HEADER).is_some(), is_new, "{profile}, {n}");
            assert_eq!(open_rtcp(&mut ours, &reports[n]).is_some(), is_new, "{profile}, {n}");
            assert_eq!(open(&mut ours, &sealed[n], HEADER), None, "{profile}, {n} again");
            assert_eq!(open_rtcp(&mut ours, &reports[n]), None, "{profile}, {n} again");
        }
    }
}

#[test]
fn rollovers_are_followed_both_ways() {
    for profile in SrtpProfile::ALL {
        let (mut ours, mut send, mut receive) = sides(*profile);
        // Three cycles in steps, as a sparse stream has them.
        let mut sequence = 20_000_u16;
        for step in 0..300 {
            let packet = rtp(7, sequence);
            let sealed = send.encrypt_rtp(&packet).unwrap();
            assert_eq!(
                open(&mut ours, &sealed, HEADER).as_deref(),
                Some(&packet[..]),
                "{profile}, step {step}"
            );
            let sealed = seal(&mut ours, &packet, HEADER).unwrap();
            assert_eq!(&receive.decrypt_rtp(&sealed).unwrap()[..], packet, "{profile}, step {step}");
            sequence = sequence.wrapping_add(701);
        }
    }
}

#[test]
fn packets_that_cross_at_a_rollover_keep_their_counter() {
    let order = [65_530_u16, 65_535, 65_533, 1, 65_534, 0, 65_531, 3, 2, 65_532];
    let in_order = |mut sequences: Vec<u16>| {
        sequences.sort_by_key(|sequence| sequence.wrapping_add(100));
        sequences
    };
    for profile in SrtpProfile::ALL {
        let (mut ours, mut send, _) = sides(*profile);
        let mut sealed = std::collections::BTreeMap::new();
        for sequence in in_order(order.to_vec()) {
            sealed.insert(sequence, send.encrypt_rtp(&rtp(7, sequence)).unwrap());
        }
        for sequence in order {
            assert!(open(&mut ours, &sealed[&sequence], HEADER).is_some(), "{profile}, {sequence}");
        }
        // We seal in that order, somebody puts it right on the way.
        let (mut ours, _, mut receive) = sides(*profile);
        let mut sealed = std::collections::BTreeMap::new();
        for sequence in order {
            sealed.insert(sequence, seal(&mut ours, &rtp(7, sequence), HEADER).unwrap());
        }
        for sequence in in_order(order.to_vec()) {
            assert!(receive.decrypt_rtp(&sealed[&sequence]).is_ok(), "{profile}, {sequence}");
        }
    }
}

#[test]
fn no_sequence_number_is_sealed_twice() {
    let (mut ours, ..) = sides(SrtpProfile::AEAD_AES_128_GCM);
    for sequence in [10, 12, 11] {
        assert!(seal(&mut ours, &rtp(7, sequence), HEADER).is_some());
    }
    for sequence in 10..=12 {
        assert!(seal(&mut ours, &rtp(7, sequence), HEADER).is_none(), "{sequence}");
        assert!(seal(&mut ours, &rtp(8, sequence), HEADER).is_some(), "another stream has its own");
    }
    // Whatever does not fit is not sealed, and its number is not used.
    let packet = rtp(7, 13);
    for room in 0..16 {
        let mut buffer = packet.clone();
        buffer.resize(packet.len() + room, 0);
        assert_eq!(ours.seal_rtp(&mut buffer, HEADER, packet.len()), Err(Rejected));
        assert_eq!(buffer[..packet.len()], packet, "nothing was encrypted");
    }
    assert_eq!(ours.seal_rtp(&mut [0x80; 64], HEADER, HEADER - 1), Err(Rejected));
    assert_eq!(ours.seal_rtp(&mut [0x80; 64], 40, 30), Err(Rejected));
    assert_eq!(ours.seal_rtp(&mut [], 0, 0), Err(Rejected));
    assert!(seal(&mut ours, &packet, HEADER).is_some());
}

#[test]
fn reports_that_do_not_fit_or_are_none_are_not_sealed() {
    for profile in SrtpProfile::ALL {
        let (mut ours, _, mut receive) = sides(*profile);
        let packet = receiver_report(7, 32);
        for room in 0..14 {
            let mut buffer = packet.clone();
            buffer.resize(packet.len() + room, 0);
            assert_eq!(ours.seal_rtcp(&mut buffer, packet.len()), Err(Rejected), "{profile}, {room}");
        }
        assert_eq!(ours.seal_rtcp(&mut [0x80; 64], 7), Err(Rejected));
        assert_eq!(ours.seal_rtcp(&mut [0x80; 64], usize::MAX), Err(Rejected));
        assert!(receive.decrypt_rtcp(&seal_rtcp(&mut ours, &packet)).is_ok());
        ours.rtcp_index = MAX_RTCP_INDEX - 1;
        assert!(receive.decrypt_rtcp(&seal_rtcp(&mut ours, &packet)).is_ok());
        let mut buffer = [0x80; 64];
        assert_eq!(ours.seal_rtcp(&mut buffer, 32), Err(Rejected), "all indexes are used");
    }
}

#[test]
fn a_flood_of_forged_streams_leaves_nothing() {
    for profile in SrtpProfile::ALL {
        let (mut ours, mut send, _) = sides(*profile);
        for ssrc in 0..20_000 {
            assert_eq!(open(&mut ours, &[rtp(ssrc, 1), vec![7; 16]].concat(), HEADER), None);
            let mut report = [receiver_report(ssrc, 32), vec![7; 20]].concat();
            report[32..].fill(0x80);
            assert_eq!(open_rtcp(&mut ours, &report), None);
        }
        assert_eq!((ours.received.len(), ours.reported.len()), (0, 0));
        assert!(open(&mut ours, &send.encrypt_rtp(&rtp(7, 1)).unwrap(), HEADER).is_some());
    }
}

#[test]
fn streams_are_kept_up_to_the_limits() {
    let profile = SrtpProfile::AEAD_AES_256_GCM;
    let (mut ours, mut send, _) = sides(profile);
    let most = u32::try_from(MAX_SENT).unwrap();
    for ssrc in 0..most {
        assert!(seal(&mut ours, &rtp(ssrc, 1), HEADER).is_some());
    }
    assert!(seal(&mut ours, &rtp(most, 1), HEADER).is_none(), "one past the limit");
    assert!(seal(&mut ours, &rtp(0, 2), HEADER).is_some(), "those inside go on");
    assert!(seal(&mut ours, &rtp(0, 1), HEADER).is_none(), "and are not forgotten");

    let most = u32::try_from(MAX_RECEIVED).unwrap();
    for ssrc in 0..=most {
        assert!(open(&mut ours, &send.encrypt_rtp(&rtp(ssrc, 1)).unwrap(), HEADER).is_some());
        assert!(open_rtcp(&mut ours, &send.encrypt_rtcp(&receiver_report(ssrc, 8)).unwrap()).is_some());
    }
    assert_eq!((ours.received.len(), ours.reported.len()), (MAX_RECEIVED, MAX_RECEIVED));
}

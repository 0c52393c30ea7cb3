//! Peers and strangers that do not play by the rules: dropped and counted, never a panic, never another one's problem.
mod support;

use model::call::Source::{Camera, Microphone};
use model::limits::{MAX_CALL_PEERS, MAX_PUBLISHED_TRACKS};
use model::{CallId, SessionKey};
use rtc_rtcp::payload_feedbacks::full_intra_request::{FirEntry, FullIntraRequest};
use rtc_rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};
use sfu::{Sfu, SfuConfig, SfuEvent};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::Dice;
use support::client::{Client, Plan};
use support::offer::{self, Dialect, Flow};
use support::world::{CALL, World, certificate};

fn call(seed: u64) -> World {
    let mut world = World::new(seed);
    world.join(1, &Plan::new(&[Microphone, Camera]));
    world.join(2, &Plan::new(&[Microphone, Camera]));
    world.run_until_connected();
    world.run(500);
    world
}

#[test]
fn media_and_handshakes_from_strange_addresses_are_dropped() {
    let mut world = call(1);
    let stranger = SocketAddr::from(([203, 0, 113, 99], 9));
    let before = world.sfu.counters().clone();
    for first in [0x80_u8, 0x90, 0xbf] {
        world.inject(stranger, &[first, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]);
        world.inject(stranger, &[first, 200, 0, 1, 0, 0, 0, 1]);
    }
    world.inject(stranger, &[22, 254, 253, 0, 0]);
    let after = world.sfu.counters();
    assert_eq!(after.dropped.unknown_address - before.dropped.unknown_address, 7);
    assert_eq!(after.rtp_received, before.rtp_received);
}

#[test]
fn forged_packets_from_a_known_address_do_not_authenticate() {
    let mut world = call(2);
    let address = world.client(1).address;
    let ssrc = world.client(1).sender(Camera).ssrc;
    let mut forged = vec![0x80, 96, 0, 1, 0, 0, 0, 1];
    forged.extend_from_slice(&ssrc.to_be_bytes());
    forged.extend_from_slice(&[7; 100]);
    let before = world.sfu.counters().clone();
    world.inject(address, &forged);
    assert_eq!(world.sfu.counters().dropped.srtp - before.dropped.srtp, 1);
    assert_eq!(world.sfu.counters().rtp_forwarded, before.rtp_forwarded);
}

#[test]
fn a_replayed_packet_is_forwarded_once() {
    let mut world = call(3);
    world.client(1).send_frame(false, 1, 500);
    let datagram = world.client(1).out.pop().unwrap();
    let address = world.client(1).address;
    let before = world.sfu.counters().clone();
    world.inject(address, &datagram);
    world.inject(address, &datagram);
    let after = world.sfu.counters();
    assert_eq!(after.rtp_forwarded - before.rtp_forwarded, 1);
    assert_eq!(after.dropped.srtp - before.dropped.srtp, 1);
}

#[test]
fn an_ssrc_that_claims_no_section_is_nobodys() {
    let mut world = call(4);
    let client = world.client(1);
    client.sender(Camera).ssrc = 77;
    client.sender(Camera).mid = "9".to_owned();
    client.send_frame(false, 1, 500);
    let before = world.sfu.counters().dropped.unknown_ssrc;
    world.run(20);
    assert_eq!(world.sfu.counters().dropped.unknown_ssrc, before + 1);
    world.client(1).sender(Camera).is_muted = true;
}

#[test]
fn a_section_in_use_is_not_taken_over_by_new_ssrcs() {
    let mut world = call(5);
    let before = world.sfu.counters().clone();
    let kept = world.client(1).sender(Camera).ssrc;
    for ssrc in 5000..5200 {
        world.client(1).sender(Camera).ssrc = ssrc;
        world.client(1).send_frame(false, 1, 500);
    }
    world.run(20);
    let after = world.sfu.counters();
    assert_eq!(after.dropped.surplus_ssrc - before.dropped.surplus_ssrc, 200);
    world.client(1).sender(Camera).ssrc = kept;
    world.run(500);
    assert!(world.sfu.counters().rtp_forwarded > before.rtp_forwarded + 30, "the real one goes on");
}

#[test]
fn an_address_in_use_cannot_be_claimed_by_another_participant() {
    let mut world = call(6);
    world.join(3, &Plan::new(&[]));
    world.run_until_connected();
    world.run(500);
    let address = world.client(1).address;
    world.client(2).check();
    let claim = world.client(2).out.pop().unwrap();
    world.inject(address, &claim);
    // The liar's own media now goes to the wrong place, until its next check; nobody else's does.
    world.run(500);
    world.settle();
    assert!(world.check_complete(3, 1, Camera) > 10);
    assert!(world.lost.is_empty());
}

#[test]
fn garbage_of_every_kind_is_survived() {
    let mut world = call(7);
    let (known, stranger) = (world.client(1).address, SocketAddr::from(([203, 0, 113, 99], 9)));
    let mut dice = Dice::new(7);
    for round in 0..20_000_u32 {
        let len = usize::try_from(dice.below(120)).unwrap();
        let mut datagram = vec![0; len];
        dice.fill(&mut datagram);
        if let Some(first) = datagram.first_mut() {
            *first = u8::try_from(round % 256).unwrap();
        }
        world.inject(if round % 2 == 0 { known } else { stranger }, &datagram);
    }
    world.run(500);
    world.settle();
    assert!(world.check_complete(2, 1, Camera) > 10, "nobody else noticed");
}

#[test]
fn damaged_offers_are_refused_and_change_nothing() {
    let mut world = call(8);
    let (offer, sources) = world.client(1).offer();
    let now = world.now;
    let damaged = ["", "v=0", "m=audio", &offer.replace("a=fingerprint", "a=no-fingerprint")];
    for text in damaged {
        assert!(world.sfu.negotiate(CALL, SessionKey(1), text, &sources, now).is_err(), "{text}");
        assert!(world.sfu.negotiate(CALL, SessionKey(3), text, &sources, now).is_err(), "{text}");
    }
    assert_eq!(world.sfu.population(), (1, 2));
    world.run(300);
    world.settle();
    assert!(world.check_complete(2, 1, Camera) > 10);
}

#[test]
fn a_peer_may_publish_up_to_the_limit() {
    let mut world = World::new(9);
    let now = world.now;
    let mut client = Client::new(1, 1, &Plan { audio_spares: 0, video_spares: 0, ..Plan::new(&[]) }, now);
    for _ in 0..MAX_PUBLISHED_TRACKS {
        client.add_section(false, Flow::Send(Camera));
    }
    let (offer, sources) = client.offer();
    assert!(world.sfu.negotiate(CALL, SessionKey(1), &offer, &sources, now).is_ok());
    client.add_section(true, Flow::Send(Microphone));
    let (offer, sources) = client.offer();
    let refused = world.sfu.negotiate(CALL, SessionKey(2), &offer, &sources, now).unwrap_err();
    assert_eq!(refused.to_string(), "at most 16 sections may send");
}

#[test]
fn our_ssrcs_differ_even_when_the_randomness_does_not() {
    let now = support::start();
    let config = SfuConfig { candidates: Vec::new(), consent_timeout: SfuConfig::CONSENT_TIMEOUT };
    let mut sfu = Sfu::new(config, certificate(), Box::new(|bytes: &mut [u8]| bytes.fill(7)), now, 0);
    let client = Client::new(1, 1, &Plan::new(&[Microphone]), now);
    let (offer, sources) = client.offer();
    let answer = offer::read(&sfu.negotiate(CALL, SessionKey(1), &offer, &sources, now).unwrap());
    let ssrcs: Vec<u32> = answer.sections.iter().flat_map(|s| [s.ssrc, s.rtx_ssrc]).flatten().collect();
    assert_eq!(ssrcs.len(), 4 + 6 * 2, "audio has no retransmissions");
    assert_eq!(ssrcs.iter().collect::<BTreeSet<_>>().len(), ssrcs.len());
}

#[test]
fn a_call_holds_up_to_the_limit_of_peers() {
    let mut world = World::new(10);
    let now = world.now;
    let plan = Plan { audio_spares: 1, video_spares: 0, ..Plan::new(&[]) };
    let (offer, _) = Client::new(1, 1, &plan, now).offer();
    let most = u64::try_from(MAX_CALL_PEERS).unwrap();
    for session in 0..most {
        assert!(world.sfu.negotiate(CALL, SessionKey(session), &offer, &[], now).is_ok());
    }
    assert!(world.sfu.negotiate(CALL, SessionKey(most), &offer, &[], now).is_err(), "one past the limit");
    assert!(
        world.sfu.negotiate(CALL, SessionKey(0), &offer, &[], now).is_ok(),
        "those inside may renegotiate"
    );
    world.sfu.leave(CALL, SessionKey(0), now);
    assert!(world.sfu.negotiate(CALL, SessionKey(most), &offer, &[], now).is_ok());
}

#[test]
fn a_flood_of_retransmission_requests_is_answered_within_reason() {
    let mut world = call(11);
    let mid = world.mid_of(2, 1, Camera).unwrap();
    let ssrc = world.client(2).receiver(&mid).ssrc;
    let newest = *world.client(2).receiver(&mid).packets.last_key_value().unwrap().0;
    let newest = u16::try_from(newest & 0xffff).unwrap();
    let before = world.sfu.counters().rtp_resent;
    for _ in 0..50 {
        let nacks = (0..20)
            .map(|n| NackPair { packet_id: newest.wrapping_sub(n * 17), lost_packets: 0xffff })
            .collect();
        let nack = TransportLayerNack { sender_ssrc: 1, media_ssrc: ssrc, nacks };
        world.client(2).send_rtcp(&[Box::new(nack)]);
        world.run(20);
    }
    let resent = world.sfu.counters().rtp_resent - before;
    assert!(resent > 0);
    assert!(resent <= 3 * 150, "three times each of the packets at most, not {resent}");
    assert!(world.sfu.counters().dropped.refused_resend > 1000);
}

#[test]
fn one_datagram_of_requests_causes_a_bounded_number_of_retransmissions() {
    let mut world = call(14);
    // Enough packets a second that more than the limit are kept.
    for _ in 0..10 {
        world.client(1).send_frame(false, 60, 300);
        world.run(100);
    }
    let mid = world.mid_of(2, 1, Camera).unwrap();
    let ssrc = world.client(2).receiver(&mid).ssrc;
    let before = world.sfu.counters().rtp_resent;
    let newest = *world.client(2).receiver(&mid).packets.last_key_value().unwrap().0;
    let newest = u16::try_from(newest & 0xffff).unwrap();
    let nacks = (0..200).map(|n| NackPair { packet_id: newest.wrapping_sub(n), lost_packets: 0 }).collect();
    let all = TransportLayerNack { sender_ssrc: 1, media_ssrc: ssrc, nacks };
    world.client(2).send_rtcp(&[Box::new(all)]);
    world.run(6);
    assert_eq!(world.sfu.counters().rtp_resent - before, 128, "the limit of one datagram");
}

#[test]
fn so_many_entries_of_an_intra_request_are_read_and_the_next_is_not() {
    for (ahead, is_read) in [(15, true), (16, false)] {
        let mut world = call(15);
        let mid = world.mid_of(2, 1, Camera).unwrap();
        let ssrc = world.client(2).receiver(&mid).ssrc;
        let before = world.client(1).sender(Camera).key_frame_requests;
        let fir = (0..=ahead)
            .map(|n| FirEntry { ssrc: if n == ahead { ssrc } else { n }, sequence_number: 0 })
            .collect();
        let request = FullIntraRequest { sender_ssrc: 1, media_ssrc: 0, fir };
        world.client(2).send_rtcp(&[Box::new(request)]);
        world.run(50);
        let asked = world.client(1).sender(Camera).key_frame_requests - before;
        assert_eq!(asked > 0, is_read, "after {ahead} others");
    }
}

#[test]
fn requests_about_other_peoples_sections_are_ignored() {
    let mut world = call(12);
    let mid = world.mid_of(1, 2, Camera).unwrap();
    let foreign = world.client(1).receiver(&mid).ssrc;
    let nack = TransportLayerNack {
        sender_ssrc: 1,
        media_ssrc: foreign,
        nacks: vec![NackPair { packet_id: 1, lost_packets: 0xffff }],
    };
    let before = world.sfu.counters().nacks_received;
    world.client(2).send_rtcp(&[Box::new(nack)]);
    world.run(50);
    assert_eq!(world.sfu.counters().nacks_received, before);
}

#[test]
fn unsignalled_ssrcs_are_found_by_their_section_and_may_change_after_a_silence() {
    let mut world = World::new(13);
    world.join(1, &Plan { dialect: Dialect::OTHER, ..Plan::new(&[Microphone, Camera]) });
    world.join(2, &Plan::new(&[]));
    world.run_until_connected();
    world.run(500);
    world.client(1).sender(Camera).is_muted = true;
    world.run(2500);
    let camera = world.client(1).sender(Camera);
    camera.ssrc = 123_456;
    camera.rtx_ssrc = 123_457;
    camera.sequence = 3;
    camera.wants_key_frame = true;
    camera.is_muted = false;
    world.run(1000);
    world.settle();
    assert!(world.check_complete(2, 1, Camera) > 30, "one continuous track to the receiver");
}

#[test]
fn a_panic_ends_the_call_it_happened_in_and_no_other() {
    let now = support::start();
    let is_broken = Arc::new(AtomicBool::new(false));
    let (switch, mut dice) = (is_broken.clone(), Dice::new(15));
    let random = move |bytes: &mut [u8]| {
        assert!(!switch.load(Ordering::Relaxed), "a bug, for the sake of the test");
        dice.fill(bytes);
    };
    let config = SfuConfig { candidates: Vec::new(), consent_timeout: SfuConfig::CONSENT_TIMEOUT };
    let mut sfu = Sfu::new(config, certificate(), Box::new(random), now, 0);
    let join = |sfu: &mut Sfu, call, session| {
        let (offer, sources) = Client::new(session, session, &Plan::new(&[Microphone]), now).offer();
        let session = SessionKey(session);
        catch_unwind(AssertUnwindSafe(|| sfu.negotiate(CallId(call), session, &offer, &sources, now).is_ok()))
    };
    for (call, session) in [(1, 1), (1, 2), (2, 3)] {
        assert!(join(&mut sfu, call, session).unwrap());
    }
    while sfu.poll_event().is_some() {}
    assert_eq!(sfu.population(), (2, 3));
    is_broken.store(true, Ordering::Relaxed);
    assert!(join(&mut sfu, 1, 4).is_err(), "it panicked");
    is_broken.store(false, Ordering::Relaxed);
    assert_eq!(sfu.abandon(), Some(CallId(1)));
    assert_eq!(sfu.abandon(), None, "once");
    assert_eq!(sfu.population(), (1, 1));
    let lost: Vec<_> = std::iter::from_fn(|| sfu.poll_event()).collect();
    let expected = [1, 2].map(|session| SfuEvent::Lost { call: CallId(1), session: SessionKey(session) });
    assert_eq!(lost, expected);
    assert!(join(&mut sfu, 2, 5).unwrap(), "the other call goes on");
    assert!(join(&mut sfu, 1, 1).unwrap(), "and this one can begin again");
    assert_eq!(sfu.population(), (2, 3));
    sfu.handle_timeout(now + SfuConfig::CONSENT_TIMEOUT);
    assert_eq!(sfu.population(), (0, 0), "nobody was forgotten");
}

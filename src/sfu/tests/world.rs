//! Simulated calls: three or four clients with real STUN, DTLS and SRTP, a lossy network, virtual time. Every receiver
//! has to end up with every packet it should have, in order.
mod support;

use model::SessionKey;
use model::call::Source::{Camera, Microphone, Screen};
use sfu::SfuConfig;
use std::time::Duration;
use support::client::Plan;
use support::offer::{Dialect, Flow};
use support::world::{CALL, NTP_AT_START, Weather, World};

fn call(seed: u64, sessions: &[u64]) -> World {
    let mut world = World::new(seed);
    for session in sessions {
        world.join(*session, &Plan::new(&[Microphone, Camera]));
    }
    world.run_until_connected();
    world
}

#[track_caller]
fn check_everyone(world: &mut World, sessions: &[u64]) {
    world.check_protection();
    for receiver in sessions {
        for sender in sessions.iter().filter(|sender| *sender != receiver) {
            for source in [Microphone, Camera] {
                assert!(world.check_complete(*receiver, *sender, source) > 10);
            }
        }
    }
}

#[test]
fn everyone_receives_everything_from_everyone() {
    let mut world = call(1, &[1, 2, 3]);
    world.run(2000);
    world.settle();
    check_everyone(&mut world, &[1, 2, 3]);
    assert_eq!(world.connected.len(), 3, "one event each");
    for session in [1, 2, 3] {
        assert!(
            world.snapshot(session).tracks.iter().all(|(_, sender, _)| sender.0 != session),
            "never its own"
        );
        assert!(world.client(session).blocks > 0, "reception is reported");
        assert!(!world.client(session).reported.is_empty(), "arrivals are reported");
    }
    let dropped = &world.sfu.counters().dropped;
    assert_eq!((dropped.srtp, dropped.malformed, dropped.unknown_ssrc, dropped.unsent), (0, 0, 0, 0));
}

#[test]
fn video_lost_and_reordered_both_ways_is_repaired() {
    for seed in 2..5 {
        let mut world = call(seed, &[1, 2, 3]);
        world.weather = Weather::STORMY;
        world.run(4000);
        world.settle();
        world.check_protection();
        for receiver in [1, 2, 3] {
            for sender in [1, 2, 3] {
                if receiver != sender {
                    assert!(world.check_complete(receiver, sender, Camera) > 100, "seed {seed}");
                }
            }
        }
        let counters = world.sfu.counters();
        assert!(counters.rtp_repaired > 0 && counters.rtp_resent > 0, "seed {seed}");
        assert!(
            counters.rtp_resent < counters.rtp_forwarded / 5,
            "repairs are not repeated for ever, seed {seed}"
        );
    }
}

#[test]
fn padding_leaves_no_gaps_even_when_it_is_reordered_and_lost() {
    let mut world = call(6, &[1, 2]);
    world.has_padding = true;
    world.run(1000);
    world.settle();
    check_everyone(&mut world, &[1, 2]);
    let mut world = call(7, &[1, 2]);
    world.has_padding = true;
    world.weather = Weather { loss: 0, ..Weather::STORMY };
    world.run(2000);
    world.settle();
    check_everyone(&mut world, &[1, 2]);
}

#[test]
fn a_late_joiner_gets_a_key_frame_without_anyone_renegotiating() {
    let mut world = call(8, &[1, 2, 3]);
    world.run(1000);
    let asked = world.client(1).sender(Camera).key_frame_requests;
    world.join(4, &Plan::new(&[Microphone, Camera]));
    world.run(1500);
    assert!(world.client(1).sender(Camera).key_frame_requests > asked);
    for other in [1, 2, 3] {
        assert!(world.mid_of(other, 4, Camera).is_some() && world.mid_of(other, 4, Microphone).is_some());
        assert!(world.mid_of(4, other, Camera).is_some() && world.mid_of(4, other, Microphone).is_some());
    }
    world.settle();
    check_everyone(&mut world, &[1, 2, 3, 4]);
}

#[test]
fn a_receiver_asks_for_a_key_frame_the_moment_it_connects() {
    let mut world = call(22, &[1]);
    world.run(300);
    // Nothing is sent that could show the need for one.
    world.client(1).sender(Camera).is_muted = true;
    world.run(50);
    let before = world.sfu.counters().key_frame_requests;
    world.join(2, &Plan::new(&[]));
    assert_eq!(world.sfu.counters().key_frame_requests, before, "too early, it would be wasted");
    world.run_until_connected();
    assert_eq!(world.sfu.counters().key_frame_requests, before + 1);
    // A connected receiver asks with the assignment.
    world.join(3, &Plan::new(&[Camera]));
    world.client(3).sender(Camera).is_muted = true;
    world.run_until_connected();
    world.run(50);
    let before = world.sfu.counters().key_frame_requests;
    world.client(3).sender(Camera).is_muted = false;
    world.client(3).send_frame(false, 1, 500);
    world.client(3).sender(Camera).is_muted = true;
    world.client(3).sender(Camera).key_frame_requests = 0;
    world.run(30);
    assert!(world.sfu.counters().key_frame_requests > before);
}

#[test]
fn what_overtook_the_start_of_a_key_frame_follows_it() {
    let mut world = call(23, &[1, 2]);
    world.run(300);
    let place = world.clients.iter().position(|client| client.session.0 == 1).unwrap();
    world.clients.remove(place);
    world.connected.retain(|session| session.0 != 1);
    world.client(2).sender(Camera).is_muted = true;
    world.join(1, &Plan::new(&[]));
    world.run_until_connected();
    world.run(100);
    let sender = world.client(2);
    sender.sender(Camera).is_muted = false;
    sender.sender(Camera).wants_key_frame = true;
    sender.send_frame(false, 3, 500);
    sender.sender(Camera).is_muted = true;
    let frame = sender.out.len() - 3;
    sender.out[frame..].reverse();
    world.run(8);
    let mid = world.mid_of(1, 2, Camera).unwrap();
    let receiver = world.client(1).receiver(&mid);
    assert_eq!((receiver.packets.len(), receiver.repaired), (0, 0), "on the way");
    world.run(6);
    let receiver = world.client(1).receiver(&mid);
    assert_eq!((receiver.packets.len(), receiver.repaired), (3, 0), "all three, none of them repaired");
}

#[test]
fn a_leavers_sections_are_freed_and_used_again() {
    let mut world = call(9, &[1, 2, 3]);
    world.run(500);
    let (camera_of_2, camera_of_3) =
        (world.mid_of(1, 2, Camera).unwrap(), world.mid_of(1, 3, Camera).unwrap());
    world.leave(3);
    assert_eq!(world.mid_of(1, 3, Camera), None);
    assert_eq!(world.mid_of(1, 2, Camera), Some(camera_of_2.clone()), "the others stay where they are");
    world.join(3, &Plan::new(&[Microphone, Camera]));
    world.run(1000);
    assert_eq!(world.mid_of(1, 3, Camera), Some(camera_of_3), "the same source returns to its section");
    let (_, has_gaps) = world.client(1).receiver(&camera_of_2).sequence();
    assert!(!has_gaps);
    world.settle();
    check_everyone(&mut world, &[1, 2, 3]);
}

#[test]
fn a_section_that_changes_its_source_goes_on_without_a_break() {
    // One video section only: whoever is there next gets it.
    let mut world = World::new(10);
    let plan = Plan { video_spares: 1, audio_spares: 1, ..Plan::new(&[]) };
    world.join(1, &plan);
    world.join(2, &Plan::new(&[Camera]));
    world.run_until_connected();
    world.run(700);
    let mid = world.mid_of(1, 2, Camera).unwrap();
    world.leave(2);
    world.join(3, &Plan::new(&[Camera]));
    world.run(1000);
    assert_eq!(world.mid_of(1, 3, Camera), Some(mid.clone()));
    world.settle();
    world.check_complete(1, 3, Camera);
    let receiver = world.client(1).receiver(&mid);
    let packets: Vec<_> = receiver.packets.values().collect();
    assert!(packets.iter().any(|got| got.stamp.unwrap().maker == 2));
    for pair in packets.windows(2) {
        let media = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        let real = pair[1].at.duration_since(pair[0].at).as_millis() * 90;
        assert!(u128::from(media) <= real + 3600, "the media clock never runs ahead: {media} after {real}");
    }
}

#[test]
fn a_muted_track_keeps_its_section_and_a_stopped_screen_does_not() {
    let mut world = World::new(11);
    for session in [1, 2] {
        world.join(session, &Plan::new(&[Microphone, Camera, Screen]));
        world.client(session).sender(Screen).is_muted = true;
    }
    world.run_until_connected();
    world.run(500);
    assert_eq!(world.mid_of(1, 2, Screen), None, "a screen exists when it sends");
    world.client(2).sender(Microphone).is_muted = true;
    world.client(2).sender(Camera).is_muted = true;
    world.client(2).sender(Screen).is_muted = false;
    world.run(6000);
    assert!(world.mid_of(1, 2, Screen).is_some());
    assert!(
        world.mid_of(1, 2, Microphone).is_some() && world.mid_of(1, 2, Camera).is_some(),
        "muted, not gone"
    );
    world.client(2).sender(Screen).is_muted = true;
    world.run(4900);
    assert!(world.mid_of(1, 2, Screen).is_some(), "it may just stand still");
    world.run(200);
    assert_eq!(world.mid_of(1, 2, Screen), None);
    world.client(2).sender(Screen).is_muted = false;
    world.client(2).sender(Camera).is_muted = false;
    world.run(500);
    assert!(world.mid_of(1, 2, Screen).is_some(), "shared again without renegotiating");
    world.settle();
    world.check_complete(1, 2, Camera);
}

#[test]
fn browsers_with_other_numbers_understand_each_other() {
    let mut world = World::new(12);
    world.join(1, &Plan::new(&[Microphone, Camera]));
    world.join(2, &Plan { dialect: Dialect::OTHER, ..Plan::new(&[Microphone, Camera]) });
    world.run_until_connected();
    world.run(1000);
    world.settle();
    check_everyone(&mut world, &[1, 2]);
    for (receiver, sender, dialect) in [(1, 2, Dialect::CHROMIUM), (2, 1, Dialect::OTHER)] {
        let audio = world.mid_of(receiver, sender, Microphone).unwrap();
        let video = world.mid_of(receiver, sender, Camera).unwrap();
        let client = world.client(receiver);
        for got in client.receiver(&audio).packets.values() {
            assert_eq!((got.payload_type, got.audio_level), (dialect.opus, Some(0x80 | 42)));
        }
        let frames: Vec<_> = client.receiver(&video).packets.values().map(|got| got.orientation).collect();
        assert!(client.receiver(&video).packets.values().all(|got| got.payload_type == dialect.vp8));
        assert!(frames.contains(&Some(3)) && frames.contains(&None), "copied where it was, and only there");
    }
}

#[test]
fn lips_and_voice_share_a_stream_and_a_clock() {
    let mut world = call(13, &[1, 2, 3]);
    world.run(3000);
    for sender in [2, 3] {
        let audio = world.mid_of(1, sender, Microphone).unwrap();
        let video = world.mid_of(1, sender, Camera).unwrap();
        let client = world.client(1);
        assert_eq!(client.receiver(&audio).stream, client.receiver(&video).stream);
        let last = |mid: &str| *client.receiver(mid).reports.last().expect("sender reports arrive");
        let (audio_ntp, audio_time, _) = last(&audio);
        let (video_ntp, video_time, _) = last(&video);
        assert_eq!(audio_ntp, video_ntp, "sent together");
        assert!(audio_ntp.abs_diff(NTP_AT_START) >> 32 < 10, "in our time; the clients are an hour ahead");
        // Both media clocks started at one value and tick at 48 and 90 kHz from the same moment.
        let (audio_time, video_time) =
            (audio_time.wrapping_sub(u32::MAX - 100_000), video_time.wrapping_sub(u32::MAX - 100_000));
        let skew_ms = (i64::from(audio_time) / 48 - i64::from(video_time) / 90).abs();
        assert!(skew_ms <= 40, "audio and video are {skew_ms} ms apart");
    }
}

#[test]
fn too_few_sections_are_asked_for_and_filled_after_the_next_offer() {
    let mut world = World::new(14);
    world.join(1, &Plan { audio_spares: 1, video_spares: 1, ..Plan::new(&[]) });
    world.join(2, &Plan::new(&[Microphone, Camera]));
    world.join(3, &Plan::new(&[Microphone, Camera]));
    world.run_until_connected();
    world.run(500);
    let wanted = world.snapshot(1).wanted;
    assert_eq!((wanted.audio, wanted.video), (3, 3), "one is waiting and two spares are kept");
    let version = world.snapshot(1).version;
    for _ in 0..3 {
        world.client(1).add_section(true, Flow::Receive);
        world.client(1).add_section(false, Flow::Receive);
    }
    world.renegotiate(1);
    assert!(world.snapshot(1).version > version);
    assert_eq!((world.snapshot(1).wanted.audio, world.snapshot(1).wanted.video), (0, 0));
    world.run(1500);
    world.settle();
    for sender in [2, 3] {
        world.check_complete(1, sender, Microphone);
        world.check_complete(1, sender, Camera);
    }
}

#[test]
fn a_section_that_stops_sending_or_receiving_is_let_go() {
    let mut world = call(15, &[1, 2]);
    world.run(300);
    assert!(world.mid_of(1, 2, Camera).is_some());
    let section =
        world.client(2).sections.iter_mut().find(|section| section.flow == Flow::Send(Camera)).unwrap();
    section.flow = Flow::Inactive;
    world.client(2).senders.retain(|sender| sender.source != Camera);
    world.renegotiate(2);
    assert_eq!(world.mid_of(1, 2, Camera), None);
    let mid = world.mid_of(1, 2, Microphone).unwrap();
    let section = world.client(1).sections.iter_mut().find(|section| section.mid == mid).unwrap();
    section.flow = Flow::Inactive;
    world.renegotiate(1);
    let other = world.mid_of(1, 2, Microphone).expect("another section takes over");
    assert_ne!(other, mid);
}

#[test]
fn a_receiver_that_lost_its_picture_gets_a_key_frame_but_not_too_often() {
    let mut world = call(16, &[1, 2, 3]);
    world.run(1000);
    let before = world.client(2).sender(Camera).key_frame_requests;
    for _ in 0..10 {
        for receiver in [1, 3] {
            let mid = world.mid_of(receiver, 2, Camera).unwrap();
            world.client(receiver).send_pli(&mid);
        }
        world.run(30);
    }
    let asked = world.client(2).sender(Camera).key_frame_requests - before;
    assert!((1..=2).contains(&asked), "twenty requests in 300 ms became {asked}");
}

#[test]
fn silence_ends_a_peer_and_everyone_learns_it() {
    let mut world = call(17, &[1, 2]);
    world.run(500);
    let gone = world.clients.remove(1);
    world.run(29_000);
    assert!(world.lost.is_empty());
    world.run(3_000);
    assert_eq!(world.lost, [gone.session]);
    assert!(world.snapshot(1).tracks.is_empty());
    assert_eq!(world.sfu.population(), (1, 1));
    assert_eq!(SfuConfig::CONSENT_TIMEOUT, Duration::from_secs(30));
}

#[test]
fn a_peer_that_says_goodbye_is_gone_at_once() {
    let mut world = call(18, &[1, 2]);
    world.run(500);
    world.client(2).secure.close();
    world.run(50);
    assert_eq!(world.lost, [SessionKey(2)]);
    assert_eq!(world.mid_of(1, 2, Camera), None);
}

#[test]
fn ending_a_call_closes_every_peer_and_leaves_nothing() {
    let mut world = call(19, &[1, 2]);
    world.run(500);
    let now = world.now;
    world.sfu.end(CALL, now);
    world.collect();
    world.run(50);
    assert!(world.clients.iter().all(|client| client.secure.is_closed));
    assert!(world.lost.is_empty(), "nobody is told what everybody knows");
    assert_eq!(world.sfu.population(), (0, 0));
}

#[test]
fn another_certificate_replaces_the_peer_and_returns_to_its_sections() {
    let mut world = call(20, &[1, 2]);
    world.run(500);
    let mid = world.mid_of(1, 2, Camera).unwrap();
    let place = world.clients.iter().position(|client| client.session.0 == 2).unwrap();
    world.clients.remove(place);
    world.connected.retain(|session| session.0 != 2);
    world.join(2, &Plan::new(&[Microphone, Camera]));
    world.run_until_connected();
    world.run(1000);
    assert_eq!(world.mid_of(1, 2, Camera), Some(mid));
    assert!(world.lost.is_empty(), "a replaced peer is not a lost one");
    assert_eq!(world.sfu.population(), (1, 2));
    world.settle();
    let receiver = world.client(1);
    assert!(receiver.receivers.iter().all(|receiver| !receiver.sequence().1), "no gaps anywhere");
}

#[test]
fn an_ice_restart_keeps_the_media() {
    let mut world = call(21, &[1, 2]);
    world.run(500);
    world.client(1).ufrag = "another1".to_owned();
    world.renegotiate(1);
    world.client(1).address.set_port(50_000);
    world.client(1).check();
    world.run(1000);
    world.settle();
    // Audio on its way to the old address is lost; video is repaired.
    world.check_complete(1, 2, Camera);
    world.check_complete(2, 1, Camera);
    assert_eq!(world.connected.len(), 2, "connected once");
}

#[test]
fn checks_of_before_an_ice_restart_count_until_one_of_after_it_came() {
    let mut world = call(24, &[1, 2]);
    let address = world.client(1).address;
    let check = |world: &mut World| {
        world.client(1).check();
        world.client(1).out.pop().unwrap()
    };
    let refused = |world: &mut World, check: &[u8]| {
        let before = world.sfu.counters().dropped.stun;
        world.inject(address, check);
        world.sfu.counters().dropped.stun - before
    };
    let old = check(&mut world);
    for restart in 0..3 {
        world.client(1).ufrag = format!("another{restart}");
        world.renegotiate(1);
        assert_eq!(refused(&mut world, &old), 0, "the answer may still be on its way");
    }
    let new = check(&mut world);
    assert_eq!(refused(&mut world, &new), 0);
    assert_eq!(refused(&mut world, &old), 1);
    world.sfu.leave(CALL, SessionKey(1), world.now);
    assert_eq!(refused(&mut world, &new), 1);
}

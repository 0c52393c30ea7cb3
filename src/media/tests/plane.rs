//! The media plane over real sockets: simulated clients with real STUN, DTLS and SRTP, real UDP on loopback.
mod live;

use domain::Error;
use domain::ports::{CallMedia, MediaEvent, MediaOffer};
use live::simulated::client::Plan;
use live::{Live, Stage};
use media::{MediaMetrics, MediaPlane, MediaSettings};
use model::call::Source::{self, Camera, Microphone};
use model::{CallId, SessionKey};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use telemetry::metrics::Registry;

const LOOPBACK: &str = "127.0.0.1:0";

/// The receiver's mid that carries a source of another session, by the newest snapshot.
fn mid_of(seen: &[MediaEvent], receiver: SessionKey, sender: SessionKey, source: Source) -> Option<String> {
    let tracks = seen.iter().rev().find_map(|event| match event {
        MediaEvent::Tracks { session, tracks, .. } if *session == receiver => Some(tracks),
        _ => None,
    })?;
    let found = tracks.iter().find(|(_, session, other)| (*session, *other) == (sender, source));
    found.map(|(mid, _, _)| mid.clone())
}

async fn pair(stage: &Stage, call: u64) -> [Live; 2] {
    let plan = Plan::new(&[Microphone, Camera]);
    [stage.join(call, 2 * call, &plan, None).await, stage.join(call, 2 * call + 1, &plan, None).await]
}

/// Connects two clients and lets them see each other, `packets` of a camera each.
#[track_caller]
fn check_pair(stage: &mut Stage, clients: &mut [Live; 2], packets: usize) {
    stage.connect(clients);
    let [one, other] = [clients[0].session(), clients[1].session()];
    let mids =
        |seen: &[MediaEvent]| Some([mid_of(seen, one, other, Camera)?, mid_of(seen, other, one, Camera)?]);
    stage.run_until(clients, |clients, seen| {
        // What a section shows is known to others once its first packet is there.
        clients.iter_mut().for_each(Live::send_media);
        let got = |(live, mid): (&Live, &String)| live.client.receiver(mid).packets.len();
        mids(seen).is_some_and(|mids| clients.iter().zip(&mids).map(got).all(|got| got >= packets))
    });
    let mids = mids(&stage.seen).expect("both are told");
    for (live, mid) in clients.iter().zip(&mids) {
        let (stamps, _) = live.client.receiver(mid).sequence();
        let (maker, who) = (stamps[0].maker, live.session());
        assert!(stamps[0].is_key, "{who} begins with a key frame");
        assert!(stamps.iter().all(|stamp| stamp.maker == maker && maker != who.0), "{who}: the other's only");
        assert!(stamps.is_sorted_by_key(|stamp| stamp.number), "{who}: in order");
        assert_eq!(live.client.undecipherable, 0, "{who}");
    }
}

#[tokio::test]
async fn two_clients_see_each_other_over_udp() {
    let mut stage = Stage::start(LOOPBACK, MediaSettings::default());
    let mut clients = pair(&stage, 1).await;
    check_pair(&mut stage, &mut clients, 200);

    let is_closed = |live: &Live| live.client.secure.is_closed;
    stage.plane.leave(clients[0].call, clients[0].session());
    stage.run_until(&mut clients, |clients, seen| {
        let has_news = matches!(seen.last(), Some(MediaEvent::Tracks { tracks, .. }) if tracks.is_empty());
        has_news && is_closed(&clients[0])
    });
    assert!(!is_closed(&clients[1]), "the other one stays");
    stage.plane.end(clients[1].call);
    stage.run_until(&mut clients, |clients, _| is_closed(&clients[1]));
    let is_lost = |event: &MediaEvent| matches!(event, MediaEvent::Lost { .. });
    assert!(!stage.seen.iter().any(is_lost), "nobody is told what they asked for: {:?}", stage.seen);

    stage.plane.stop();
    assert_eq!(stage.metric("media_peers"), Some(0));
    let expectations = [
        ("media_rtp_total{kind=\"forwarded\"}", 400),
        ("media_packets_total{direction=\"in\"}", 400),
        ("media_packets_total{direction=\"out\"}", 400),
        ("media_bytes_total{direction=\"out\"}", 400 * 1100),
        ("media_rtcp_total{direction=\"out\"}", 1),
        ("media_send_calls_total", 1),
    ];
    for (name, least) in expectations {
        let value = stage.metric(name);
        assert!(value >= Some(least), "{name} is {value:?}, expected {least} and more");
    }
    for reason in ["malformed", "srtp", "unsent", "refused_by_system"] {
        assert_eq!(stage.metric(&format!("media_drops_total{{reason=\"{reason}\"}}")), Some(0), "{reason}");
    }
}

#[tokio::test]
async fn a_call_stays_on_its_thread_and_the_answer_names_its_port() {
    let (first, threads) = (free_ports(2), 2);
    let settings = MediaSettings { threads, ..MediaSettings::default() };
    let mut stage = Stage::start(&format!("127.0.0.1:{first}"), settings);
    for call in [2, 3] {
        let mut clients = pair(&stage, call).await;
        let port = first + u16::try_from(call % 2).expect("a small number");
        for live in &clients {
            assert_eq!(live.candidates, [SocketAddr::from(([127, 0, 0, 1], port))], "call {call}");
        }
        check_pair(&mut stage, &mut clients, 200);
    }
    stage.plane.stop();
}

#[tokio::test]
async fn answers_leave_from_the_address_that_was_asked() {
    for (listen, address) in [("0.0.0.0:0", "127.0.0.5"), ("[::]:0", "127.0.0.5"), ("[::]:0", "::1")] {
        if UdpSocket::bind(listen).is_err() {
            // A machine without IPv6.
            continue;
        }
        let mut stage = Stage::start(listen, MediaSettings::default());
        let plan = Plan::new(&[Microphone, Camera]);
        let mut clients =
            [stage.join(1, 1, &plan, Some(address)).await, stage.join(1, 2, &plan, Some("127.0.0.1")).await];
        assert!(clients[0].candidates.iter().any(|candidate| candidate.ip().is_loopback()), "{listen}");
        check_pair(&mut stage, &mut clients, 200);
        stage.plane.stop();
    }
}

#[tokio::test]
async fn a_silent_client_is_lost() {
    let settings = MediaSettings { consent_timeout: Duration::from_millis(300), ..MediaSettings::default() };
    let mut stage = Stage::start(LOOPBACK, settings);
    let mut clients = [stage.join(1, 1, &Plan::new(&[Microphone]), None).await];
    stage.connect(&mut clients);
    let lost = clients[0].lost();
    stage.run_until(&mut clients, |_, seen| seen.contains(&lost));
    stage.plane.stop();
    assert_eq!(stage.metric("media_peers_lost_total"), Some(1));
}

#[tokio::test]
async fn an_offer_that_cannot_be_used_says_why_and_makes_no_peer() {
    let stage = Stage::start(LOOPBACK, MediaSettings::default());
    for sdp in ["", "hello", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"] {
        let offer = MediaOffer { sdp: sdp.to_owned(), sources: Vec::new() };
        let refused = stage.plane.negotiate(CallId(1), SessionKey(1), offer).await;
        let Err(Error::Invalid { problem, .. }) = refused else { panic!("{sdp:?}: {refused:?}") };
        assert!(problem.len() > 10, "{problem}");
    }
    stage.plane.stop();
    assert_eq!(stage.metric("media_calls"), Some(0));
}

#[tokio::test]
async fn garbage_is_counted_and_changes_nothing() {
    let mut stage = Stage::start(LOOPBACK, MediaSettings::default());
    let mut clients = pair(&stage, 1).await;
    let stranger = UdpSocket::bind(LOOPBACK).expect("a socket");
    let datagrams: [&[u8]; 5] = [
        b"",
        b"\xff\xff\xff",
        b"\x00\x01\x00\x00\x21\x12\xa4\x42aaaaaaaaaaaa",
        b"\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff",
        b"\x80\x60\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01",
    ];
    for datagram in datagrams {
        stranger.send_to(datagram, clients[0].candidates[0]).expect("sent");
    }
    check_pair(&mut stage, &mut clients, 200);
    stage.plane.stop();
    for (reason, count) in [("malformed", 2), ("stun", 1), ("unknown_address", 2)] {
        assert_eq!(
            stage.metric(&format!("media_drops_total{{reason=\"{reason}\"}}")),
            Some(count),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn stopping_ends_everything_and_twice_is_once() {
    let mut stage = Stage::start(LOOPBACK, MediaSettings { threads: 2, ..MediaSettings::default() });
    assert!(stage.plane.is_ready());
    let mut clients = pair(&stage, 1).await;
    stage.connect(&mut clients);
    let address = clients[0].candidates[0];
    stage.plane.stop();
    stage.plane.stop();
    assert!(!stage.plane.is_ready());
    stage.run_until(&mut clients, |clients, _| clients.iter().all(|live| live.client.secure.is_closed));
    UdpSocket::bind(address).expect("the port is free again");
    while stage.events.recv().await.is_some() {}
    let (sdp, sources) = clients[0].client.offer();
    let refused = stage.plane.negotiate(CallId(1), SessionKey(9), MediaOffer { sdp, sources }).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    stage.plane.leave(CallId(1), SessionKey(9));
    stage.plane.end(CallId(1));
}

#[test]
fn a_plane_that_cannot_start_says_which_address_or_how_many_ports() {
    let taken = UdpSocket::bind(LOOPBACK).expect("a socket");
    let address = taken.local_addr().expect("its address");
    let start = |listen: SocketAddr, threads: usize| {
        let metrics = MediaMetrics::register(&Registry::new()).expect("new metrics");
        let settings = MediaSettings { listen, threads, ..MediaSettings::default() };
        MediaPlane::start(settings, metrics).map(|_| ()).expect_err("it cannot start").to_string()
    };
    let problem = start(address, 1);
    assert!(problem.contains(&format!("cannot listen on {address} (UDP)")), "{problem}");
    let problem = start(SocketAddr::from(([127, 0, 0, 1], 65_535)), 2);
    assert!(problem.contains("65535") && problem.contains('2'), "{problem}");
}

/// The first of `count` free UDP ports in a row.
fn free_ports(count: u16) -> u16 {
    let is_free = |port: u16| UdpSocket::bind(("127.0.0.1", port)).is_ok();
    let first = (20_000..30_000).step_by(7).find(|first| (*first..first + count).all(is_free));
    first.expect("free ports")
}

use super::*;
use telemetry::metrics::Registry;

fn metrics() -> MediaMetrics {
    MediaMetrics::register(&Registry::new()).unwrap()
}

fn settings(listen: &str, threads: usize) -> MediaSettings {
    MediaSettings { listen: listen.parse().unwrap(), threads, ..MediaSettings::default() }
}

fn offer(sdp: &str) -> MediaOffer {
    MediaOffer { sdp: sdp.to_owned(), sources: Vec::new() }
}

/// A plane whose only thread never runs.
fn stuck() -> (MediaPlane, Worker) {
    let metrics = metrics();
    let settings = settings("127.0.0.1:0", 1);
    let socket = bind(&settings).unwrap().remove(0);
    let outbox = Outbox::new(mpsc::channel(1).0, metrics.clone());
    let certificate = Certificate::generate();
    let parts = Parts { socket, ips: &[], certificate, outbox, metrics: &metrics };
    let (lane, worker) = assemble(parts, &settings, Box::new(unpredictable)).unwrap();
    (MediaPlane { threads: vec![lane], handles: Mutex::new(Vec::new()) }, worker)
}

#[tokio::test]
async fn a_full_control_queue_refuses_offers_at_once() {
    let (plane, worker) = stuck();
    while worker.control.push(Command::End { call: CallId(1) }).is_ok() {}
    let refused = plane.negotiate(CallId(1), SessionKey(1), offer("v=0")).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    // Nobody waits for these, and nothing happens.
    plane.leave(CallId(1), SessionKey(1));
    plane.end(CallId(1));
    assert!(plane.is_ready(), "busy is not dead");
}

#[tokio::test]
async fn a_bad_offer_is_the_callers_fault_and_says_what_is_wrong() {
    let (plane, _events) = MediaPlane::start(settings("127.0.0.1:0", 1), metrics()).unwrap();
    for (sdp, expected) in [
        (String::new(), "not SDP"),
        ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n".to_owned(), "no media section"),
        ("x".repeat(MAX_SIGNAL_BYTES + 1), "at most 262144 bytes"),
    ] {
        match plane.negotiate(CallId(1), SessionKey(1), offer(&sdp)).await {
            Err(Error::Invalid { field: "sdp", problem }) => assert!(problem.contains(expected), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
    plane.stop();
}

#[tokio::test]
async fn a_stopped_plane_is_not_ready_and_refuses() {
    let (plane, mut events) = MediaPlane::start(settings("127.0.0.1:0", 2), metrics()).unwrap();
    assert!(plane.is_ready());
    plane.stop();
    plane.stop();
    assert!(!plane.is_ready());
    let refused = plane.negotiate(CallId(1), SessionKey(1), offer("v=0")).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    plane.end(CallId(1));
    assert_eq!(events.recv().await, None, "the threads are gone");
}

#[test]
fn threads_have_ports_in_a_row() {
    let (plane, _events) = MediaPlane::start(settings("127.0.0.1:0", 1), metrics()).unwrap();
    plane.stop();
    let too_many = bind(&settings("127.0.0.1:65535", 2)).unwrap_err();
    assert!(matches!(too_many, MediaError::Ports { threads: 2, first: 65535 }), "{too_many}");
    // A port whose successor is free, too; others may take ports meanwhile, so more than one try.
    let in_a_row = (0..20).find_map(|_| {
        let free = bind(&settings("127.0.0.1:0", 1)).ok()?.remove(0).local();
        let sockets = bind(&settings(&free.to_string(), 2)).ok()?;
        Some(sockets.iter().map(|socket| socket.local().port() - free.port()).collect::<Vec<_>>())
    });
    assert_eq!(in_a_row, Some(vec![0, 1]));
}

#[test]
fn an_address_in_use_stops_the_start() {
    let taken = bind(&settings("127.0.0.1:0", 1)).unwrap().remove(0);
    let again = MediaPlane::start(settings(&taken.local().to_string(), 1), metrics());
    assert!(matches!(again, Err(MediaError::Bind { address, .. }) if address == taken.local()));
}

#[test]
fn the_wall_clock_becomes_ntp() {
    let seconds = ntp_now() >> 32;
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!((seconds - NTP_TO_UNIX_SECS).abs_diff(unix) <= 1);
}

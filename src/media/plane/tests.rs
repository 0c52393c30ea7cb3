use super::*;
use crate::worker::Worker;
use std::time::Duration;
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
    let socket = bind(&settings("127.0.0.1:0", 1)).unwrap().remove(0);
    let make = make_sfu(&socket, &[], Certificate::generate(), Duration::from_secs(30));
    let worker = assemble(socket, make, Outbox::new(mpsc::channel(1).0, metrics.clone()), &metrics).unwrap();
    (MediaPlane { controls: vec![worker.control.clone()], handles: Mutex::new(Vec::new()) }, worker)
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
async fn an_offer_is_not_left_waiting_when_its_thread_ends() {
    let (plane, worker) = stuck();
    let asked = plane.negotiate(CallId(1), SessionKey(1), offer("v=0"));
    let ends = async { worker.control.close() };
    let (refused, ()) = tokio::join!(asked, ends);
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert!(!plane.is_ready());
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
fn an_address_in_use_stops_the_start() {
    let taken = bind(&settings("127.0.0.1:0", 1)).unwrap().remove(0);
    let again = MediaPlane::start(settings(&taken.local().to_string(), 1), metrics());
    assert!(matches!(again, Err(MediaError::Bind { address, .. }) if address == taken.local()));
}

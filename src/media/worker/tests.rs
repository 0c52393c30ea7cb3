use super::*;
use crate::MediaMetrics;
use crate::assembly::assemble;
use crate::contained::MakeSfu;
use crate::control::Answer;
use model::{CallId, SessionKey};
use sfu::{Certificate, SfuConfig};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use telemetry::metrics::Registry;
use tokio::sync::{mpsc, oneshot};

/// Makes state machines whose randomness can be broken, so that whatever needs it panics.
pub(crate) fn breakable() -> (MakeSfu, Arc<AtomicBool>) {
    let is_broken = Arc::new(AtomicBool::new(false));
    let (switch, counter) = (is_broken.clone(), Arc::new(AtomicU8::new(0)));
    let certificate = Certificate::generate();
    let make: MakeSfu = Box::new(move || {
        let (switch, counter) = (switch.clone(), counter.clone());
        let random = move |bytes: &mut [u8]| {
            assert!(!switch.load(Ordering::Relaxed), "a bug, for the sake of the test");
            bytes.fill_with(|| counter.fetch_add(77, Ordering::Relaxed));
        };
        let config = SfuConfig { candidates: Vec::new(), consent_timeout: SfuConfig::CONSENT_TIMEOUT };
        Sfu::new(config, certificate.clone(), Box::new(random), Instant::now(), 0)
    });
    (make, is_broken)
}

/// A worker that is turned by hand.
struct Bench {
    worker: Worker,
    events: mpsc::Receiver<MediaEvent>,
    metrics: MediaMetrics,
    is_broken: Arc<AtomicBool>,
}

impl Bench {
    fn new() -> Self {
        let metrics = MediaMetrics::register(&Registry::new()).unwrap();
        let (queue, events) = mpsc::channel(64);
        let (make, is_broken) = breakable();
        let socket = Socket::bind("127.0.0.1:0".parse().unwrap(), 1 << 20).unwrap();
        let worker = assemble(socket, make, Outbox::new(queue, metrics.clone()), &metrics).unwrap();
        Self { worker, events, metrics, is_broken }
    }

    /// One turn; something to do has woken the worker before, or it would wait.
    fn turn(&mut self) -> Turn {
        self.worker.turn(&mut mio::Events::with_capacity(4))
    }

    fn offer(&mut self, call: u64, session: u64) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Negotiate {
            call: CallId(call),
            session: SessionKey(session),
            offer: OFFER.to_owned(),
            sources: Vec::new(),
            reply,
        };
        self.worker.control.push(command).unwrap();
        answer
    }

    fn events(&mut self) -> Vec<MediaEvent> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }
}

#[test]
fn a_panic_in_one_call_leaves_the_others_and_the_thread() {
    let mut bench = Bench::new();
    for (call, session) in [(1, 1), (2, 2)] {
        let mut answer = bench.offer(call, session);
        bench.turn();
        assert!(answer.try_recv().unwrap().is_ok());
    }
    bench.events();
    bench.is_broken.store(true, Ordering::Relaxed);
    let mut answer = bench.offer(1, 3);
    assert_eq!(bench.turn(), Turn::Again);
    assert_eq!(answer.try_recv().unwrap_err(), oneshot::error::TryRecvError::Closed);
    bench.is_broken.store(false, Ordering::Relaxed);
    assert_eq!(bench.metrics.panics_total.get(), 1);
    assert_eq!(bench.worker.calls.sfu().population(), (1, 1));
    assert_eq!(bench.events(), [MediaEvent::Lost { call: CallId(1), session: SessionKey(1) }]);
    let mut answer = bench.offer(1, 1);
    bench.turn();
    assert!(answer.try_recv().unwrap().is_ok(), "the same call can begin again");
}

#[test]
fn an_offer_nobody_waits_for_makes_no_peer() {
    let mut bench = Bench::new();
    drop(bench.offer(1, 1));
    bench.turn();
    assert_eq!(bench.worker.calls.sfu().population(), (0, 0));
}

#[test]
fn commands_of_one_turn_are_bounded_and_all_are_followed_before_the_end() {
    let mut bench = Bench::new();
    let mut answers: Vec<_> = (0..40).map(|session| bench.offer(1, session)).collect();
    bench.worker.control.stop();
    assert_eq!(bench.turn(), Turn::Again);
    assert_eq!(bench.worker.calls.sfu().population(), (1, COMMANDS_PER_TURN));
    assert_eq!(bench.turn(), Turn::Again);
    assert_eq!(bench.turn(), Turn::Last);
    assert!(answers.iter_mut().all(|answer| answer.try_recv().is_ok()));
}

#[test]
fn datagrams_that_wait_are_all_taken_and_counted() {
    let mut bench = Bench::new();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    for len in 0..100 {
        client.send_to(&[0x80; 100][..len], bench.worker.socket.local()).unwrap();
    }
    while bench.worker.inbox.traffic.packets < 100 {
        bench.turn();
    }
    assert_eq!(bench.worker.inbox.traffic.bytes, (0..100).sum::<u64>());
    let counters = bench.worker.calls.sfu().counters().clone();
    assert_eq!(
        (counters.datagrams, counters.dropped.malformed, counters.dropped.unknown_address),
        (100, 1, 99)
    );
    assert!(bench.worker.meter_due.is_some(), "somebody will look at the numbers");
}

/// One microphone.
pub(crate) const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n\
    a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 \
    00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:1 cname:c\r\n";

use super::*;
use crate::MediaSettings;
use crate::control::Answer;
use crate::plane::{Parts, assemble};
use model::{CallId, SessionKey};
use sfu::Certificate;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use telemetry::metrics::Registry;
use tokio::sync::{mpsc, oneshot};

/// A worker that is turned by hand, and whose randomness can be broken.
struct Bench {
    worker: Worker,
    events: mpsc::Receiver<MediaEvent>,
    is_broken: Arc<AtomicBool>,
}

impl Bench {
    fn new() -> Self {
        let settings = MediaSettings { listen: "127.0.0.1:0".parse().unwrap(), ..MediaSettings::default() };
        let metrics = MediaMetrics::register(&Registry::new()).unwrap();
        let (queue, events) = mpsc::channel(64);
        let is_broken = Arc::new(AtomicBool::new(false));
        let (switch, mut counter) = (is_broken.clone(), 0_u8);
        let random = move |bytes: &mut [u8]| {
            assert!(!switch.load(Ordering::Relaxed), "a bug, for the sake of the test");
            for byte in bytes {
                counter = counter.wrapping_mul(77).wrapping_add(13);
                *byte = counter;
            }
        };
        let parts = Parts {
            socket: Socket::bind(settings.listen, settings.socket_buffer_bytes).unwrap(),
            ips: &[settings.listen.ip()],
            certificate: Certificate::generate(),
            outbox: Outbox::new(queue, metrics.clone()),
            metrics: &metrics,
        };
        let (_, worker) = assemble(parts, &settings, Box::new(random)).unwrap();
        Self { worker, events, is_broken }
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
    assert_eq!(bench.worker.metrics.panics_total.get(), 1);
    assert_eq!(bench.worker.sfu.population(), (1, 1));
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
    assert_eq!(bench.worker.sfu.population(), (0, 0));
}

#[test]
fn commands_of_one_turn_are_bounded_and_all_are_followed_before_the_end() {
    let mut bench = Bench::new();
    let mut answers: Vec<_> = (0..40).map(|session| bench.offer(1, session)).collect();
    bench.worker.control.stop();
    assert_eq!(bench.turn(), Turn::Again);
    assert_eq!(bench.worker.sfu.population(), (1, COMMANDS_PER_TURN));
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
    let counters = bench.worker.sfu.counters();
    assert_eq!(
        (counters.datagrams, counters.dropped.malformed, counters.dropped.unknown_address),
        (100, 1, 99)
    );
    assert!(bench.worker.meter_due.is_some(), "somebody will look at the numbers");
}

/// One microphone.
const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n\
    a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 \
    00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:1 cname:c\r\n";

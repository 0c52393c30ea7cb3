//! What forwarding costs with everything: sockets, kernel, timers. One publisher, N receivers, real UDP on loopback,
//! packets of 1,200 bytes.
//!
//! ```text
//!   cargo bench -p whisker-media                           the table
//!   LOOPBACK=<receivers>,<packets/s>,<burst>,<seconds> …   one row, for a profiler: `perf record -g -t <media-0>`
//! ```
//!
//! Single packets show what waking up costs, bursts what a video frame costs, high rates what a busy thread does.
//!
//! The CPU time is that of the media thread, user and system, as the scheduler accounts it (Linux only). On loopback a
//! sender also does the receiver's half of the network stack, and GSO is undone in software: a network card does better.
//! Receivers send no feedback, so the cost of theirs is not in it.
//!
//! Exits with an error when packets were lost: then the numbers mean nothing.
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

#[path = "../tests/live/mod.rs"]
mod live;

use domain::ports::MediaEvent;
use live::simulated::client::Plan;
use live::{Live, Stage};
use media::MediaSettings;
use model::call::Source::Camera;
use std::fs;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Payload of a packet; header and tag come on top.
const BYTES: usize = 1200;
/// Measured time of a row; less than consent lasts, so nobody has to send checks.
const SECONDS: usize = 4;
/// After the last packet: time for what is on its way.
const SETTLE: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    println!("receivers  packets/s  burst  CPU ns/forward  CPU us/packet in  out/send call  in/receive call");
    let mut rows = Vec::new();
    if let Ok(row) = std::env::var("LOOPBACK") {
        let numbers: Vec<usize> = row.split(',').filter_map(|number| number.parse().ok()).collect();
        let [receivers, rate, burst, seconds] = numbers[..] else {
            println!("LOOPBACK wants receivers,packets/s,burst,seconds");
            return ExitCode::FAILURE;
        };
        rows.push(Row { receivers, rate, burst, seconds });
    } else {
        for receivers in [1, 10, 50] {
            let busy = 50_000 / receivers;
            let loads = [(1000, 1), (1000, 16), (busy, 16)];
            let seconds = SECONDS;
            rows.extend(loads.map(|(rate, burst)| Row { receivers, rate, burst, seconds }));
        }
        rows.dedup();
    }
    let mut lost = 0;
    for row in rows {
        lost += runtime.block_on(row.measure());
    }
    if lost == 0 {
        return ExitCode::SUCCESS;
    }
    println!("{lost} packets were lost");
    ExitCode::FAILURE
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    receivers: usize,
    /// Packets the publisher sends each second.
    rate: usize,
    /// How many of them at a time.
    burst: usize,
    seconds: usize,
}

impl Row {
    /// Measures and prints. Returns how many packets did not arrive.
    async fn measure(self) -> u64 {
        let Self { receivers, rate, burst, seconds } = self;
        let mut stage = Stage::start("0.0.0.0:0", MediaSettings::default());
        let mut clients = join(&mut stage, receivers).await;
        let sink = Sink::start(clients.iter().skip(1).map(Live::socket).collect());

        let packets = rate * seconds / burst * burst;
        let before = Reading::take(&stage);
        self.send(&mut clients[0], packets);
        std::thread::sleep(SETTLE);
        let nanos = cpu_nanos() - before.nanos;
        // Numbers are published once a second.
        std::thread::sleep(Duration::from_millis(1200));
        let after = Reading::take(&stage);

        let forwards = packets * receivers;
        let ratio = |read: fn(&Reading) -> u64, calls: fn(&Reading) -> u64| {
            (read(&after) - read(&before)) as f64 / ((calls(&after) - calls(&before)) as f64).max(1.0)
        };
        println!(
            "{receivers:9}  {rate:9}  {burst:5}  {:14.0}  {:16.1}  {:13.1}  {:15.1}",
            nanos as f64 / forwards as f64,
            nanos as f64 / packets as f64 / 1000.0,
            ratio(|r| r.sent, |r| r.send_calls),
            ratio(|r| r.received, |r| r.receive_calls),
        );
        stage.plane.stop();
        (forwards as u64).saturating_sub(sink.stop())
    }

    /// Sends `packets`, evenly spread over the time as far as bursts allow.
    fn send(self, publisher: &mut Live, packets: usize) {
        let began = Instant::now();
        for first in (0..packets).step_by(self.burst) {
            publisher.client.send_frame(false, self.burst, BYTES);
            let due = Duration::from_secs_f64(first as f64 / self.rate as f64);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            publisher.send();
        }
    }
}

/// Everybody connected, and the publisher's first packets forwarded, so that nothing is new any more.
async fn join(stage: &mut Stage, receivers: usize) -> Vec<Live> {
    let publisher = Plan { audio_spares: 0, video_spares: 0, ..Plan::new(&[Camera]) };
    let receiver = Plan { audio_spares: 1, video_spares: 1, ..Plan::new(&[]) };
    let mut clients = vec![stage.join(1, 1, &publisher, Some("127.0.0.1")).await];
    for session in 0..receivers as u64 {
        clients.push(stage.join(1, session + 2, &receiver, Some("127.0.0.1")).await);
    }
    stage.connect(&mut clients);
    stage.run_until(&mut clients, |clients, _| {
        clients[0].client.send_frame(false, 1, BYTES);
        let has_media = |live: &Live| live.client.receivers.iter().any(|r| r.packets.len() > 5);
        clients.iter().skip(1).all(has_media)
    });
    let is_lost = |event: &MediaEvent| matches!(event, MediaEvent::Lost { .. });
    assert!(!stage.seen.iter().any(is_lost), "everybody is still there");
    clients
}

/// Takes what the receivers get, and counts the media.
struct Sink {
    is_over: Arc<AtomicBool>,
    media: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Sink {
    fn start(sockets: Vec<UdpSocket>) -> Self {
        let (is_over, media) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (over, count) = (is_over.clone(), media.clone());
        for socket in &sockets {
            socket.set_nonblocking(true).expect("a socket that does not block");
            socket2::SockRef::from(socket).set_recv_buffer_size(4 << 20).expect("room");
            // What the first packets have left.
            while socket.recv(&mut [0; 2048]).is_ok() {}
        }
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while !over.load(Ordering::Relaxed) {
                for socket in &sockets {
                    while let Ok(len) = socket.recv(&mut buffer) {
                        count.fetch_add(u64::from(len > BYTES), Ordering::Relaxed);
                    }
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Self { is_over, media, thread }
    }

    fn stop(self) -> u64 {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("nothing panics there");
        self.media.load(Ordering::Relaxed)
    }
}

/// The counters at one moment.
struct Reading {
    nanos: u64,
    sent: u64,
    send_calls: u64,
    received: u64,
    receive_calls: u64,
}

impl Reading {
    fn take(stage: &Stage) -> Self {
        let metric = |name: &str| stage.metric(name).unwrap_or_default();
        Self {
            nanos: cpu_nanos(),
            sent: metric("media_packets_total{direction=\"out\"}"),
            send_calls: metric("media_send_calls_total"),
            received: metric("media_packets_total{direction=\"in\"}"),
            receive_calls: metric("media_receive_calls_total"),
        }
    }
}

/// CPU time of the media thread, nanoseconds.
fn cpu_nanos() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    let is_media = |task: &PathBuf| read(task.join("comm")).trim() == "media-0";
    let task = tasks.flatten().map(|task| task.path()).find(is_media).expect("a media thread");
    let statistics = read(task.join("schedstat"));
    let nanos = statistics.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.expect("the scheduler's statistics")
}

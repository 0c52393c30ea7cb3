//! What forwarding one packet costs: one publisher, N receivers, real DTLS-SRTP contexts, no sockets.
//!
//! ```text
//!   cargo bench -p whisker-sfu                            the table: nanoseconds and allocations per forwarded packet
//!   FORWARD=<receivers>,<bytes>,<packets> cargo bench …   exactly that many packets, for counting instructions
//! ```
//!
//! Instructions per forward: run the built benchmark twice under
//! `valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*packet_in*'` with the same receivers and
//! bytes and two packet counts; the difference of the two totals divided by the difference of the forwards is the cost
//! of receiving once and forwarding to all. Two receiver counts separate the two.
//!
//! Exits with an error when the steady state allocates.

#[path = "../tests/support/mod.rs"]
mod support;

use model::call::Source::{Camera, Microphone};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::client::Plan;
use support::world::World;

/// Virtual time between two packets: 1,000 packets a second, a busy screen share.
const SPACING: Duration = Duration::from_millis(1);
/// Until rings, queues and tables have their final size.
const WARM_UP: usize = 4096;
/// Packets per measured batch; sealed before the clock starts.
const BATCH: usize = 2048;
/// Batches per row; the fastest counts.
const BATCHES: usize = 8;

static IS_COUNTING: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// Counts allocations while it is told to.
struct Counting;

#[allow(unsafe_code, reason = "an allocator cannot be written without; this one only counts and passes on")]
// SAFETY: every call goes to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise is passed on unchanged.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on unchanged.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promise is passed on unchanged.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

fn count() {
    if IS_COUNTING.load(Ordering::Relaxed) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    if let Ok(exactly) = setting() {
        let numbers: Vec<usize> = exactly.split(',').filter_map(|number| number.parse().ok()).collect();
        if let [receivers, bytes, packets] = numbers[..] {
            let mut stage = Stage::new(receivers, bytes);
            let (forwarded, _) = stage.batch(packets);
            println!("{packets} packets in, {forwarded} forwarded");
            return ExitCode::SUCCESS;
        }
        println!("FORWARD wants receivers,bytes,packets");
        return ExitCode::FAILURE;
    }
    println!("receivers  bytes  ns/forward  allocations/forward");
    let mut allocations = 0;
    for (receivers, bytes) in [(1, 1200), (10, 1200), (50, 1200), (1, 100), (10, 100), (50, 100)] {
        allocations += row(receivers, bytes);
    }
    if allocations == 0 {
        return ExitCode::SUCCESS;
    }
    println!("the steady state allocated {allocations} times");
    ExitCode::FAILURE
}

fn row(receivers: usize, bytes: usize) -> u64 {
    let mut stage = Stage::new(receivers, bytes);
    let mut best = f64::MAX;
    let mut forwarded_in_all = 0;
    ALLOCATIONS.store(0, Ordering::Relaxed);
    for _ in 0..BATCHES {
        let (forwarded, took) = stage.batch(BATCH);
        assert_eq!(forwarded, BATCH * receivers, "every receiver gets every packet");
        forwarded_in_all += forwarded;
        best = best.min(took.as_secs_f64() * 1e9 / forwarded as f64);
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed);
    let each = allocations as f64 / forwarded_in_all as f64;
    println!("{receivers:9}  {bytes:5}  {best:10.0}  {each:.4}");
    allocations
}

/// A connected call with one publisher.
struct Stage {
    world: World,
    bytes: usize,
}

impl Stage {
    fn new(receivers: usize, bytes: usize) -> Self {
        let mut world = World::new(7);
        let source = if bytes < 300 { Microphone } else { Camera };
        world.join(1, &Plan { audio_spares: 0, video_spares: 0, ..Plan::new(&[source]) });
        for receiver in 0..receivers {
            let session = u64::try_from(receiver).unwrap_or_default() + 2;
            world.join(session, &Plan { audio_spares: 1, video_spares: 1, ..Plan::new(&[]) });
        }
        world.run_until_connected();
        world.run(1000);
        let mut stage = Self { world, bytes };
        let was = IS_COUNTING.swap(false, Ordering::Relaxed);
        stage.batch(WARM_UP);
        IS_COUNTING.store(was, Ordering::Relaxed);
        ALLOCATIONS.store(0, Ordering::Relaxed);
        stage
    }

    /// Feeds `packets` packets; returns how many were forwarded, and the time that took.
    fn batch(&mut self, packets: usize) -> (usize, Duration) {
        let mut forwarded = 0;
        let mut took = Duration::ZERO;
        for chunk in (0..packets).step_by(BATCH) {
            let mut sealed = self.seal(BATCH.min(packets - chunk));
            let before = self.world.sfu.counters().rtp_forwarded;
            IS_COUNTING.store(true, Ordering::Relaxed);
            let began = clock();
            for datagram in &mut sealed {
                self.world.now += SPACING;
                packet_in(&mut self.world, datagram);
            }
            took += began.elapsed();
            IS_COUNTING.store(false, Ordering::Relaxed);
            forwarded +=
                usize::try_from(self.world.sfu.counters().rtp_forwarded - before).unwrap_or_default();
        }
        (forwarded, took)
    }

    /// Protected packets of the publisher, and fresh consent for everyone.
    fn seal(&mut self, packets: usize) -> Vec<Vec<u8>> {
        for place in 0..self.world.clients.len() {
            let client = &mut self.world.clients[place];
            client.check();
            let address = client.address;
            for check in std::mem::take(&mut client.out) {
                self.world.inject(address, &check);
            }
        }
        let is_audio = self.bytes < 300;
        let publisher = &mut self.world.clients[0];
        for _ in 0..packets {
            publisher.send_frame(is_audio, 1, self.bytes);
        }
        std::mem::take(&mut publisher.out)
    }
}

/// What a media thread does for one datagram, without the sockets.
#[inline(never)]
fn packet_in(world: &mut World, datagram: &mut [u8]) {
    let from = world.clients[0].address;
    world.sfu.handle_datagram(from, datagram, world.now);
    if world.sfu.poll_timeout().is_some_and(|due| due <= world.now) {
        world.sfu.handle_timeout(world.now);
    }
    for sent in world.sfu.transmits().iter() {
        black_box(sent);
    }
    world.sfu.transmits().clear();
}

#[expect(clippy::disallowed_methods, reason = "the benchmark's only setting")]
fn setting() -> Result<String, std::env::VarError> {
    std::env::var("FORWARD")
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is what a clock is for")]
fn clock() -> Instant {
    Instant::now()
}

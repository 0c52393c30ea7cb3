//! The media plane as the rest of the server sees it: start, stop, and the domain's port.
use crate::candidates;
use crate::control::{Command, Control};
use crate::events::{Outbox, QUEUED_EVENTS};
use crate::inbox::Inbox;
use crate::meter::Meter;
use crate::outgoing::Outgoing;
use crate::socket::Socket;
use crate::worker::{CONTROL, SOCKET, Worker};
use crate::{MediaError, MediaMetrics, MediaSettings};
use async_trait::async_trait;
use domain::Error;
use domain::ports::{CallMedia, MediaEvent, MediaOffer, Result};
use model::limits::MAX_SIGNAL_BYTES;
use model::{CallId, SessionKey};
use parking_lot::Mutex;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sfu::{BadMedia, Certificate, Random, Sfu, SfuConfig};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info};

/// Seconds from the epoch of NTP, 1900, to that of Unix.
const NTP_TO_UNIX_SECS: u64 = 2_208_988_800;

/// The running media threads. Dropped without [`MediaPlane::stop`], they go on until the process ends.
pub struct MediaPlane {
    threads: Vec<Arc<Lane>>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

/// The outside of one thread.
pub(crate) struct Lane {
    pub(crate) control: Arc<Control>,
    is_alive: AtomicBool,
}

impl MediaPlane {
    /// Binds the sockets and starts the threads. Events come out of the receiver, at most [`QUEUED_EVENTS`] behind.
    ///
    /// # Errors
    /// The operator's: an address in use, no addresses, no threads.
    pub fn start(
        settings: MediaSettings,
        metrics: MediaMetrics,
    ) -> std::result::Result<(Arc<Self>, mpsc::Receiver<MediaEvent>), MediaError> {
        let (queue, events) = mpsc::channel(QUEUED_EVENTS);
        let ips =
            candidates::choose(settings.listen.ip(), &settings.public_ips).map_err(MediaError::Addresses)?;
        let certificate = Certificate::generate();
        let sockets = bind(&settings)?;
        let (mut threads, mut handles) = (Vec::new(), Vec::new());
        for (number, socket) in sockets.into_iter().enumerate() {
            let outbox = Outbox::new(queue.clone(), metrics.clone());
            let parts =
                Parts { socket, ips: &ips, certificate: certificate.clone(), outbox, metrics: &metrics };
            let (lane, worker) =
                assemble(parts, &settings, Box::new(unpredictable)).map_err(MediaError::Thread)?;
            info!(
                address = %worker.socket.local(),
                receive_buffer_bytes = worker.socket.receive_buffer_bytes(),
                candidates = ?ips,
                "media thread {number} listens on {} (UDP)",
                worker.socket.local(),
            );
            handles.push(spawn(number, worker, lane.clone()).map_err(MediaError::Thread)?);
            threads.push(lane);
        }
        Ok((Arc::new(Self { threads, handles: Mutex::new(handles) }), events))
    }

    /// Are all threads serving?
    pub fn is_ready(&self) -> bool {
        self.threads.iter().all(|lane| lane.is_alive.load(Ordering::Acquire))
    }

    /// Stops the threads and waits until they have followed the commands they have. Blocks. A second call does nothing.
    pub fn stop(&self) {
        self.threads.iter().for_each(|lane| lane.control.stop());
        let handles = std::mem::take(&mut *self.handles.lock());
        for handle in handles {
            if handle.join().is_err() {
                error!("a media thread had panicked");
            }
        }
    }

    fn push(&self, call: CallId, command: Command) -> Result<()> {
        let count = u64::try_from(self.threads.len()).unwrap_or(u64::MAX).max(1);
        let lane = usize::try_from(call.0 % count).ok().and_then(|index| self.threads.get(index));
        match lane.filter(|lane| lane.is_alive.load(Ordering::Acquire)) {
            Some(lane) => lane.control.push(command).map_err(|full| Error::Unavailable(full.into())),
            None => Err(Error::Unavailable("the media thread of this call has stopped".into())),
        }
    }
}

#[async_trait]
impl CallMedia for MediaPlane {
    async fn negotiate(&self, call: CallId, session: SessionKey, offer: MediaOffer) -> Result<String> {
        // Checked before it waits: a queue of offers is bounded in bytes, too.
        if offer.sdp.len() > MAX_SIGNAL_BYTES {
            return Err(Error::invalid("sdp", format!("at most {MAX_SIGNAL_BYTES} bytes")));
        }
        let (reply, answer) = oneshot::channel();
        let MediaOffer { sdp: offer, sources } = offer;
        self.push(call, Command::Negotiate { call, session, offer, sources, reply })?;
        match answer.await {
            Ok(Ok(sdp)) => Ok(sdp),
            Ok(Err(bad)) => Err(refusal(&bad)),
            Err(gone) => Err(Error::Unavailable(gone.into())),
        }
    }

    fn leave(&self, call: CallId, session: SessionKey) {
        // When it cannot be queued the thread is stuck or gone; the peer ends with its consent.
        drop(self.push(call, Command::Leave { call, session }));
    }

    fn end(&self, call: CallId) {
        drop(self.push(call, Command::End { call }));
    }
}

/// Whose fault, in the words of the domain.
fn refusal(bad: &BadMedia) -> Error {
    match bad {
        BadMedia::Sdp(_) | BadMedia::TooManyPublished => Error::invalid("sdp", bad.to_string()),
        BadMedia::CallFull => Error::Conflict { problem: bad.to_string() },
    }
}

/// One socket per thread, on ports in a row.
fn bind(settings: &MediaSettings) -> std::result::Result<Vec<Socket>, MediaError> {
    let first = settings.listen.port();
    let threads = settings.threads.max(1);
    let port = |number: usize| match first {
        0 => Some(0),
        _ => u16::try_from(number).ok().and_then(|number| first.checked_add(number)),
    };
    (0..threads)
        .map(|number| {
            let port = port(number).ok_or(MediaError::Ports { threads, first })?;
            Socket::bind(SocketAddr::new(settings.listen.ip(), port), settings.socket_buffer_bytes)
        })
        .collect()
}

/// What a thread is made of.
pub(crate) struct Parts<'a> {
    /// Bound.
    pub(crate) socket: Socket,
    /// For the candidates.
    pub(crate) ips: &'a [IpAddr],
    /// One for all threads.
    pub(crate) certificate: Certificate,
    /// The way of its events.
    pub(crate) outbox: Outbox,
    /// Shared by all threads.
    pub(crate) metrics: &'a MediaMetrics,
}

/// Puts a thread together, inside and outside.
pub(crate) fn assemble(
    parts: Parts<'_>,
    settings: &MediaSettings,
    random: Box<Random>,
) -> std::io::Result<(Arc<Lane>, Worker)> {
    let Parts { mut socket, ips, certificate, outbox, metrics } = parts;
    let poll = mio::Poll::new()?;
    poll.registry().register(&mut socket.udp, SOCKET, mio::Interest::READABLE)?;
    let waker = mio::Waker::new(poll.registry(), CONTROL)?;
    let port = socket.local().port();
    let config = SfuConfig {
        candidates: ips.iter().map(|ip| SocketAddr::new(*ip, port)).collect(),
        consent_timeout: settings.consent_timeout,
    };
    let control = Arc::new(Control::new(waker, metrics.clone()));
    let lane = Arc::new(Lane { control: control.clone(), is_alive: AtomicBool::new(true) });
    let worker = Worker {
        sfu: Sfu::new(config, certificate, random, Instant::now(), ntp_now()),
        // With one address the system cannot choose a wrong one.
        outgoing: Outgoing::new(settings.listen.ip().is_unspecified()),
        socket,
        poll,
        control,
        outbox,
        inbox: Inbox::new(),
        meter: Meter::new(metrics.clone()),
        metrics: metrics.clone(),
        is_readable: false,
        meter_due: None,
    };
    Ok((lane, worker))
}

fn spawn(number: usize, worker: Worker, lane: Arc<Lane>) -> std::io::Result<JoinHandle<()>> {
    /// Says that the thread has ended, however it ends.
    struct Ends(Arc<Lane>);
    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.is_alive.store(false, Ordering::Release);
        }
    }
    std::thread::Builder::new().name(format!("media-{number}")).spawn(move || {
        let _ends = Ends(lane);
        worker.run();
    })
}

/// Bytes nobody can guess.
fn unpredictable(bytes: &mut [u8]) {
    OsRng.try_fill_bytes(bytes).expect("invariant: a system that has started a server has randomness");
}

/// The wall clock as NTP, 32.32 fixed point seconds.
fn ntp_now() -> u64 {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let fraction = (u64::from(unix.subsec_nanos()) << 32) / 1_000_000_000;
    (unix.as_secs().wrapping_add(NTP_TO_UNIX_SECS) << 32).wrapping_add(fraction)
}

#[cfg(test)]
#[path = "plane/tests.rs"]
mod tests;

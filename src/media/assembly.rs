//! Puts media threads together: sockets on ports in a row, the state machine with its clock and randomness, the queues.
use crate::contained::{Contained, MakeSfu};
use crate::control::Control;
use crate::events::Outbox;
use crate::inbox::Inbox;
use crate::meter::Meter;
use crate::outgoing::Outgoing;
use crate::socket::Socket;
use crate::worker::{CONTROL, SOCKET, Worker};
use crate::{MediaError, MediaMetrics, MediaSettings};
use rand::TryRngCore;
use rand::rngs::OsRng;
use sfu::{Certificate, Sfu, SfuConfig};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds from the epoch of NTP, 1900, to that of Unix.
const NTP_TO_UNIX_SECS: u64 = 2_208_988_800;

/// One socket per thread, on ports in a row.
pub(crate) fn bind(settings: &MediaSettings) -> Result<Vec<Socket>, MediaError> {
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

/// How the state machine behind `socket` is made.
pub(crate) fn make_sfu(
    socket: &Socket,
    ips: &[IpAddr],
    certificate: Certificate,
    consent_timeout: Duration,
) -> MakeSfu {
    let port = socket.local().port();
    let candidates = ips.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
    let config = SfuConfig { candidates, consent_timeout };
    Box::new(move || {
        Sfu::new(config.clone(), certificate.clone(), Box::new(unpredictable), Instant::now(), ntp_now())
    })
}

/// A thread's inside, ready to run.
pub(crate) fn assemble(
    mut socket: Socket,
    make: MakeSfu,
    outbox: Outbox,
    metrics: &MediaMetrics,
) -> io::Result<Worker> {
    let poll = mio::Poll::new()?;
    poll.registry().register(&mut socket.udp, SOCKET, mio::Interest::READABLE)?;
    let waker = mio::Waker::new(poll.registry(), CONTROL)?;
    Ok(Worker {
        calls: Contained::new(make, metrics.clone()),
        // With one address the system cannot choose a wrong one.
        outgoing: Outgoing::new(socket.local().ip().is_unspecified()),
        socket,
        poll,
        control: Arc::new(Control::new(waker, metrics.clone())),
        outbox,
        inbox: Inbox::new(),
        meter: Meter::new(metrics.clone()),
        is_readable: false,
        meter_due: None,
    })
}

/// Starts a thread. However it ends, its control queue is closed then.
pub(crate) fn spawn(number: usize, worker: Worker) -> io::Result<JoinHandle<()>> {
    struct Closes(Arc<Control>);
    impl Drop for Closes {
        fn drop(&mut self) {
            self.0.close();
        }
    }
    std::thread::Builder::new().name(format!("media-{number}")).spawn(move || {
        let _closes = Closes(worker.control.clone());
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
mod tests {
    use super::*;

    fn settings(listen: &str, threads: usize) -> MediaSettings {
        MediaSettings { listen: listen.parse().unwrap(), threads, ..MediaSettings::default() }
    }

    #[test]
    fn threads_have_ports_in_a_row() {
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
    fn the_wall_clock_becomes_ntp() {
        let seconds = ntp_now() >> 32;
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!((seconds - NTP_TO_UNIX_SECS).abs_diff(unix) <= 1);
    }
}

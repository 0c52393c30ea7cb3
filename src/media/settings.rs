//! What the media plane is told at start, and why it may not start.
use sfu::SfuConfig;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// How the media plane listens.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// UDP address of the first thread; the others have the next ports. Port 0 lets the system choose, for each.
    pub listen: SocketAddr,
    /// Media threads, at least 1.
    pub threads: usize,
    /// Addresses put into ICE candidates; empty: found on this machine.
    pub public_ips: Vec<IpAddr>,
    /// A client that is silent for this long is lost.
    pub consent_timeout: Duration,
    /// What the sockets ask the system for, bytes each way. The system may give less.
    pub socket_buffer_bytes: usize,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080)),
            threads: 1,
            public_ips: Vec::new(),
            consent_timeout: SfuConfig::CONSENT_TIMEOUT,
            // A second of a thousand 1,200-byte packets is a little more than 1 MB; four bridge a busy moment.
            socket_buffer_bytes: 4 * 1024 * 1024,
        }
    }
}

/// The media plane cannot start. The operator's move.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// No socket at an address.
    #[error("cannot listen on {address} (UDP): {source}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// More threads than ports behind the first one.
    #[error("{threads} media threads need as many ports, beginning with {first}: there are not so many")]
    Ports {
        /// Threads asked for.
        threads: usize,
        /// The first port.
        first: u16,
    },
    /// The machine's addresses cannot be listed.
    #[error("cannot find the addresses of this machine, set public_ips: {0}")]
    Addresses(#[source] io::Error),
    /// The system gives no thread, or nothing to wait with.
    #[error("cannot start a media thread: {0}")]
    Thread(#[source] io::Error),
}

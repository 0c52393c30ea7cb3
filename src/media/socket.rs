//! The UDP socket of one thread: bound, non-blocking, and one kind of address inside whatever the socket's kind is.
//!
//! A socket on `[::]` takes IPv4 too, whose addresses appear there as IPv6. They are turned into IPv4 at this border,
//! both ways: clients compare what STUN tells them with what they know.
use crate::MediaError;
use mio::net::UdpSocket;
use quinn_udp::{UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, SockRef, Socket as RawSocket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// How soon segmentation is tried again after the system refused it.
const OFFLOAD_RETRY: Duration = Duration::from_secs(60);

/// A bound socket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) udp: UdpSocket,
    pub(crate) state: UdpSocketState,
    local: SocketAddr,
    /// The system could segment at start.
    has_offload: bool,
    /// When it is tried again; `None` while it works.
    offload_retry: Option<Instant>,
}

impl Socket {
    /// Binds `address`; buffers of `buffer_bytes` if the system gives them.
    pub(crate) fn bind(address: SocketAddr, buffer_bytes: usize) -> Result<Self, MediaError> {
        Self::open(address, buffer_bytes).map_err(|source| MediaError::Bind { address, source })
    }

    fn open(address: SocketAddr, buffer_bytes: usize) -> io::Result<Self> {
        let raw = RawSocket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.ip() == IpAddr::from([0_u16; 8]) {
            raw.set_only_v6(false)?;
        }
        raw.set_nonblocking(true)?;
        raw.bind(&address.into())?;
        let udp = UdpSocket::from_std(raw.into());
        let state = UdpSocketState::new(UdpSockRef::from(&udp))?;
        // Best effort: the system has its own limit, and what it gives is logged at start.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&udp), buffer_bytes);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&udp), buffer_bytes);
        let local = udp.local_addr()?;
        let has_offload = state.max_gso_segments() > 1;
        Ok(Self { udp, state, local, has_offload, offload_retry: None })
    }

    /// Tries segmentation again, a while after a refusal: the reason may have been one destination or one address, and
    /// `quinn-udp` gives up for good.
    pub(crate) fn renew_offload(&mut self, now: Instant) {
        if !self.has_offload || self.state.max_gso_segments() > 1 {
            return;
        }
        if now < *self.offload_retry.get_or_insert(now + OFFLOAD_RETRY) {
            return;
        }
        self.offload_retry = None;
        if let Ok(state) = UdpSocketState::new(UdpSockRef::from(&self.udp)) {
            self.state = state;
        }
    }

    /// Where it listens.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Receive buffer the system gave, bytes.
    pub(crate) fn receive_buffer_bytes(&self) -> usize {
        SockRef::from(&self.udp).recv_buffer_size().unwrap_or(0)
    }

    /// An address as this socket sends to it.
    pub(crate) fn outward(&self, to: SocketAddr) -> SocketAddr {
        match to {
            SocketAddr::V4(v4) if self.local.is_ipv6() => {
                SocketAddr::from((v4.ip().to_ipv6_mapped(), v4.port()))
            }
            other => other,
        }
    }

    /// An address as everybody else knows it.
    pub(crate) fn inward(from: SocketAddr) -> SocketAddr {
        match from.ip().to_canonical() {
            IpAddr::V4(v4) => SocketAddr::from((v4, from.port())),
            IpAddr::V6(_) => from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_kinds_are_told_apart_inside_only() {
        let v4: SocketAddr = "192.0.2.1:7".parse().unwrap();
        let v6: SocketAddr = "[2001:db8::1]:7".parse().unwrap();
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:7".parse().unwrap();
        assert_eq!([v4, v6, mapped].map(Socket::inward), [v4, v6, v4]);
        let only_v4 = Socket::bind("127.0.0.1:0".parse().unwrap(), 1 << 16).unwrap();
        assert_eq!(only_v4.outward(v4), v4);
        // A machine without IPv6 has nothing to check here.
        if let Ok(both) = Socket::bind("[::]:0".parse().unwrap(), 1 << 16) {
            assert_eq!([v4, v6].map(|to| both.outward(to)), [mapped, v6]);
        }
    }

    #[test]
    fn an_address_in_use_is_refused_by_name() {
        let first = Socket::bind("127.0.0.1:0".parse().unwrap(), 1 << 16).unwrap();
        let again = Socket::bind(first.local(), 1 << 16).unwrap_err().to_string();
        assert!(again.contains(&format!("cannot listen on {} (UDP)", first.local())), "{again}");
        assert!(first.receive_buffer_bytes() > 0);
    }

    #[test]
    fn segmentation_is_tried_again_after_a_while() {
        let mut socket = Socket::bind("127.0.0.1:0".parse().unwrap(), 1 << 16).unwrap();
        if !socket.has_offload {
            return;
        }
        // More segments than any kernel takes: refused, although segmentation works.
        let transmit = quinn_udp::Transmit {
            destination: socket.local(),
            ecn: None,
            contents: &[0; 1000],
            segment_size: Some(1),
            src_ip: None,
        };
        socket.state.try_send(UdpSockRef::from(&socket.udp), &transmit).unwrap_err();
        assert_eq!(socket.state.max_gso_segments(), 1, "given up");
        let now = Instant::now();
        socket.renew_offload(now);
        socket.renew_offload(now + OFFLOAD_RETRY - Duration::from_millis(1));
        assert_eq!(socket.state.max_gso_segments(), 1);
        socket.renew_offload(now + OFFLOAD_RETRY);
        assert!(socket.state.max_gso_segments() > 1);
    }
}

//! Datagrams in: as many as the kernel has, in one system call, into buffers that are made once.
use crate::socket::Socket;
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef};
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

/// Room for one datagram; with receive offload the kernel may put 64 of one sender into one buffer, in all no more than
/// a datagram can have.
const BUFFER_BYTES: usize = 65_536;

/// What came in since start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    /// Datagrams.
    pub(crate) packets: u64,
    /// Their payload.
    pub(crate) bytes: u64,
    /// System calls, those that found nothing included.
    pub(crate) calls: u64,
}

/// One datagram.
#[derive(Debug)]
pub(crate) struct Received<'a> {
    /// Who sent it.
    pub(crate) from: SocketAddr,
    /// The local address it was sent to, if the system says so.
    pub(crate) to: Option<IpAddr>,
    /// Its payload.
    pub(crate) datagram: &'a mut [u8],
}

/// Receive buffers of one thread.
#[derive(Debug)]
pub(crate) struct Inbox {
    /// [`BATCH_SIZE`] buffers, one behind the other. The system gives memory only to what is used.
    buffers: Vec<u8>,
    metas: [RecvMeta; BATCH_SIZE],
    pub(crate) traffic: Traffic,
}

impl Inbox {
    /// Empty buffers.
    pub(crate) fn new() -> Self {
        Self {
            buffers: vec![0; BATCH_SIZE * BUFFER_BYTES],
            metas: [RecvMeta::default(); BATCH_SIZE],
            traffic: Traffic::default(),
        }
    }

    /// Receives one batch and hands out its datagrams in order. Says whether there may be more: a batch that is not full
    /// has emptied the socket, and what comes later makes it readable anew. `WouldBlock`: there was nothing.
    pub(crate) fn receive(
        &mut self,
        socket: &Socket,
        mut handle: impl FnMut(Received<'_>),
    ) -> io::Result<bool> {
        let mut rest = self.buffers.chunks_exact_mut(BUFFER_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(rest.next().unwrap_or_default()));
        self.traffic.calls += 1;
        let count = socket.state.recv(UdpSockRef::from(&socket.udp), &mut slices, &mut self.metas)?;
        for (slice, meta) in slices.iter_mut().zip(&self.metas).take(count) {
            let from = Socket::inward(meta.addr);
            let Some(bytes) = slice.get_mut(..meta.len) else {
                continue;
            };
            self.traffic.bytes += u64::try_from(meta.len).unwrap_or_default();
            if bytes.is_empty() {
                self.traffic.packets += 1;
                handle(Received { from, to: meta.dst_ip, datagram: bytes });
                continue;
            }
            for datagram in bytes.chunks_mut(meta.stride.max(1)) {
                self.traffic.packets += 1;
                handle(Received { from, to: meta.dst_ip, datagram });
            }
        }
        Ok(count == BATCH_SIZE)
    }
}

//! Datagrams out: runs of equal size in one system call, the rest one by one.
//!
//! What the socket does not take is lost, like on any network, and counted: waiting for one would delay all others, and
//! receivers ask again for what they miss.
//!
//! On a machine with several addresses an answer has to come from the address the client spoke to, or the client drops
//! it (RFC 8445, section 7.2.5.2.1). So the local address of every check that was answered is remembered.
use crate::runs::{Item, MAX_RUN_BYTES, Runs};
use crate::socket::Socket;
use quinn_udp::{Transmit, UdpSockRef};
use sfu::Transmits;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

/// Clients whose local address is remembered. When there are more, all are forgotten and learned again with the next
/// check of each, a few seconds later; until then the system chooses.
const MAX_SOURCES: usize = 8192;

/// What went out since start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    /// Datagrams the system took.
    pub(crate) packets: u64,
    /// Their payload.
    pub(crate) bytes: u64,
    /// System calls they needed.
    pub(crate) calls: u64,
    /// Lost because the socket's buffer was full.
    pub(crate) overflown: u64,
    /// Refused by the system: no route, too long for it, forbidden.
    pub(crate) refused: u64,
}

/// The way out of one thread.
#[derive(Debug)]
pub(crate) struct Outgoing {
    runs: Runs,
    /// One run, put together.
    joined: Vec<u8>,
    /// Which local address a client speaks to; `None` where the machine has only one.
    sources: Option<HashMap<SocketAddr, IpAddr>>,
    pub(crate) sent: Sent,
}

impl Outgoing {
    /// Nothing sent yet. `has_many_addresses`: clients may reach this machine in several ways.
    pub(crate) fn new(has_many_addresses: bool) -> Self {
        Self {
            runs: Runs::default(),
            joined: Vec::with_capacity(MAX_RUN_BYTES),
            sources: has_many_addresses.then(HashMap::new),
            sent: Sent::default(),
        }
    }

    /// `client` spoke to `local` and was answered, so it is who it says it is.
    pub(crate) fn learn_source(&mut self, client: SocketAddr, local: Option<IpAddr>) {
        let (Some(sources), Some(local)) = (&mut self.sources, local) else {
            return;
        };
        if sources.len() >= MAX_SOURCES && !sources.contains_key(&client) {
            sources.clear();
        }
        sources.insert(client, local);
    }

    /// Sends and forgets everything in the queue.
    pub(crate) fn flush(&mut self, socket: &Socket, queue: &mut Transmits) {
        if queue.is_empty() {
            return;
        }
        self.runs.sort(queue.iter().map(|(to, datagram)| (to, datagram.len())));
        for run in self.runs.iter(socket.state.max_gso_segments()) {
            let Some((to, first)) = run.first().and_then(|item| queue.get(item.place)) else {
                continue;
            };
            let way = Way {
                socket,
                destination: socket.outward(to),
                src_ip: self.sources.as_ref().and_then(|sources| sources.get(&to).copied()),
            };
            if run.len() == 1 {
                self.sent.count(way.send(first, None), 1, first.len());
                continue;
            }
            self.joined.clear();
            datagrams(run, queue).for_each(|datagram| self.joined.extend_from_slice(datagram));
            let result = way.send(&self.joined, Some(first.len()));
            if result.is_err() && socket.state.max_gso_segments() == 1 {
                // The kernel or the network card does not cut runs; from now on none is made.
                for datagram in datagrams(run, queue) {
                    self.sent.count(way.send(datagram, None), 1, datagram.len());
                }
                continue;
            }
            self.sent.count(result, run.len(), self.joined.len());
        }
        queue.clear();
    }
}

fn datagrams<'a>(run: &'a [Item], queue: &'a Transmits) -> impl Iterator<Item = &'a [u8]> {
    run.iter().filter_map(|item| queue.get(item.place)).map(|(_, datagram)| datagram)
}

/// One destination.
struct Way<'a> {
    socket: &'a Socket,
    destination: SocketAddr,
    src_ip: Option<IpAddr>,
}

impl Way<'_> {
    fn send(&self, contents: &[u8], segment_size: Option<usize>) -> io::Result<()> {
        let Self { socket, destination, src_ip } = *self;
        let transmit = Transmit { destination, ecn: None, contents, segment_size, src_ip };
        socket.state.try_send(UdpSockRef::from(&socket.udp), &transmit)
    }
}

impl Sent {
    fn count(&mut self, result: io::Result<()>, packets: usize, bytes: usize) {
        let packets = u64::try_from(packets).unwrap_or_default();
        self.calls += 1;
        match result {
            Ok(()) => {
                self.packets += packets;
                self.bytes += u64::try_from(bytes).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.overflown += packets,
            Err(_) => self.refused += packets,
        }
    }
}

#[cfg(test)]
#[path = "outgoing/tests.rs"]
mod tests;

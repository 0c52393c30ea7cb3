//! Datagrams out: runs of equal size in one system call, the rest one by one.
//!
//! What the socket does not take is lost, like on any network, and counted: waiting for one would delay all others, and
//! receivers ask again for what they miss.
//!
//! On a machine with several addresses a check has to be answered from the address it was sent to, or the client drops
//! the answer (RFC 8445, section 7.2.5.2.1). Clients check all of them, over and over; everything else goes out from
//! the one that the client's media comes to.
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

    /// `client` has proved with a check to `local` who it is. The first such address is used until media comes.
    pub(crate) fn learn_source(&mut self, client: SocketAddr, local: Option<IpAddr>) {
        let (Some(sources), Some(local)) = (&mut self.sources, local) else {
            return;
        };
        if sources.len() >= MAX_SOURCES && !sources.contains_key(&client) {
            sources.clear();
        }
        sources.entry(client).or_insert(local);
    }

    /// Authentic media of `client` came to `local`.
    pub(crate) fn follow_source(&mut self, client: SocketAddr, local: Option<IpAddr>) {
        let known = self.sources.as_mut().and_then(|sources| sources.get_mut(&client));
        if let (Some(known), Some(local)) = (known, local) {
            *known = local;
        }
    }

    /// Sends and forgets everything in the queue.
    pub(crate) fn flush(&mut self, socket: &Socket, queue: &mut Transmits) {
        self.flush_from(socket, queue, None);
    }

    /// Sends the answer to a check of `client` from where the check came to, with everything else in the queue.
    pub(crate) fn answer(
        &mut self,
        socket: &Socket,
        queue: &mut Transmits,
        client: SocketAddr,
        local: Option<IpAddr>,
    ) {
        // Where the system knows only one address, the answer may wait for company.
        if let (Some(_), Some(local)) = (&self.sources, local) {
            self.flush_from(socket, queue, Some((client, local)));
        }
    }

    fn flush_from(&mut self, socket: &Socket, queue: &mut Transmits, asked: Option<(SocketAddr, IpAddr)>) {
        if queue.is_empty() {
            return;
        }
        self.runs.sort(queue.iter().map(|(to, datagram)| (to, datagram.len())));
        for run in self.runs.iter(socket.state.max_gso_segments()) {
            let Some((to, first)) = run.first().and_then(|item| queue.get(item.place)) else {
                continue;
            };
            let remembered = || self.sources.as_ref()?.get(&to).copied();
            let src_ip =
                asked.filter(|(client, _)| *client == to).map(|(_, local)| local).or_else(remembered);
            let mut way = Way { socket, destination: socket.outward(to), src_ip };
            if run.len() == 1 {
                let result = way.send(first, None);
                self.sent.count(&result, 1, first.len());
            } else {
                self.joined.clear();
                datagrams(run, queue).for_each(|datagram| self.joined.extend_from_slice(datagram));
                let result = way.send(&self.joined, Some(first.len()));
                if result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::WouldBlock) {
                    // The kernel or the network card may not cut runs.
                    for datagram in datagrams(run, queue) {
                        let result = way.send(datagram, None);
                        self.sent.count(&result, 1, datagram.len());
                    }
                } else {
                    self.sent.count(&result, run.len(), self.joined.len());
                }
            }
            if way.src_ip != src_ip
                && let Some(sources) = &mut self.sources
            {
                sources.remove(&to);
            }
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
    /// Becomes `None` when this machine no longer has the address.
    src_ip: Option<IpAddr>,
}

impl Way<'_> {
    fn send(&mut self, contents: &[u8], segment_size: Option<usize>) -> io::Result<()> {
        let result = self.try_send(contents, segment_size);
        match &result {
            Err(error) if self.src_ip.is_some() && error.kind() != io::ErrorKind::WouldBlock => {
                let src_ip = self.src_ip.take();
                let again = self.try_send(contents, segment_size);
                if again.is_err() {
                    // The address was not to blame.
                    self.src_ip = src_ip;
                }
                again
            }
            _ => result,
        }
    }

    fn try_send(&self, contents: &[u8], segment_size: Option<usize>) -> io::Result<()> {
        let Self { socket, destination, src_ip } = *self;
        let transmit = Transmit { destination, ecn: None, contents, segment_size, src_ip };
        socket.state.try_send(UdpSockRef::from(&socket.udp), &transmit)
    }
}

impl Sent {
    fn count(&mut self, result: &io::Result<()>, packets: usize, bytes: usize) {
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

//! Datagrams on their way out: written in place, one behind the other, sent and forgotten together.
//!
//! ```text
//!   bytes    │ datagram │ datagram │ datagram │ room of the last flush, used again …
//!   entries  (to, start, end) for each
//! ```
//!
//! Invariants
//! - Between two growths nothing is allocated: [`Transmits::clear`] keeps the memory.
//! - A datagram that finds the queue full is not written at all. To its receiver it is a lost one, which it can ask
//!   for again; whoever drives the [`Sfu`](crate::Sfu) drains far earlier.
use std::net::SocketAddr;

/// Room a writer is given: what an Ethernet frame carries.
const ROOM: usize = 1500;
/// Bytes that wait at most, lest one datagram in becomes an unbounded number out.
const MAX_QUEUED_BYTES: usize = 8 * 1024 * 1024;

#[derive(Clone, Copy, Debug)]
struct Entry {
    to: SocketAddr,
    start: usize,
    end: usize,
}

/// Queued datagrams, in the order they were made.
#[derive(Debug, Default)]
pub struct Transmits {
    /// Longer than what is queued: the rest is room that was used before.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl Transmits {
    /// Lets `write` put one datagram into the buffer it is given and return its length; 0 for none. The buffer holds
    /// bytes of earlier datagrams. A full queue does not call `write`.
    pub fn push(&mut self, to: SocketAddr, write: impl FnOnce(&mut [u8]) -> usize) {
        let start = self.queued_bytes();
        let most = start + ROOM;
        if most > MAX_QUEUED_BYTES {
            return;
        }
        if self.bytes.len() < most {
            self.bytes.resize(most, 0);
        }
        let Some(buffer) = self.bytes.get_mut(start..most) else {
            return;
        };
        let len = write(buffer).min(ROOM);
        if len > 0 {
            self.entries.push(Entry { to, start, end: start + len });
        }
    }

    /// Is there nothing to send?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Datagrams in the queue.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes in the queue, headers of lower layers not counted.
    pub fn queued_bytes(&self) -> usize {
        self.entries.last().map_or(0, |last| last.end)
    }

    /// The datagram at a place in the queue and where it goes.
    pub fn get(&self, place: usize) -> Option<(SocketAddr, &[u8])> {
        let entry = self.entries.get(place)?;
        Some((entry.to, self.bytes.get(entry.start..entry.end)?))
    }

    /// Every datagram and where it goes, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// Forgets all datagrams, sent or not. Keeps the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn write(fill: u8, len: usize) -> impl FnOnce(&mut [u8]) -> usize {
        move |buffer| {
            buffer[..len].fill(fill);
            len
        }
    }

    #[test]
    fn datagrams_come_out_as_they_went_in() {
        let mut transmits = Transmits::default();
        transmits.push(to(1), write(7, 3));
        transmits.push(to(2), |_| 0);
        transmits.push(to(3), write(8, ROOM));
        transmits.push(to(4), |_| usize::MAX);
        let all: Vec<_> = transmits.iter().map(|(to, bytes)| (to.port(), bytes[0], bytes.len())).collect();
        assert_eq!(
            all,
            [(1, 7, 3), (3, 8, ROOM), (4, 0, ROOM)],
            "nothing written, nothing sent; lies are cut"
        );
        assert_eq!((transmits.len(), transmits.queued_bytes()), (3, 3 + 2 * ROOM));
        transmits.clear();
        assert!(transmits.is_empty() && transmits.iter().next().is_none() && transmits.queued_bytes() == 0);
    }

    #[test]
    fn memory_is_used_again() {
        let mut transmits = Transmits::default();
        let mut sizes = Vec::new();
        for _ in 0..3 {
            for port in 0..100 {
                transmits.push(to(port), write(1, 1200));
            }
            sizes.push((transmits.bytes.as_ptr(), transmits.bytes.capacity(), transmits.entries.capacity()));
            transmits.clear();
        }
        assert_eq!(sizes[1], sizes[2]);
        assert_eq!(sizes[0], sizes[1]);
    }

    #[test]
    fn a_full_queue_takes_nothing_more() {
        let mut transmits = Transmits::default();
        let fitting = MAX_QUEUED_BYTES / ROOM;
        for _ in 0..fitting {
            transmits.push(to(1), write(1, ROOM));
        }
        assert_eq!(transmits.len(), fitting);
        transmits.push(to(1), |_| unreachable!("there is no room"));
        assert_eq!(transmits.len(), fitting);
        transmits.clear();
        transmits.push(to(1), write(1, 1));
        assert_eq!(transmits.len(), 1);
    }
}

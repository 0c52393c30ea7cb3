//! The last packets of one published track, in the clear: what retransmissions to all its receivers are made from.
//!
//! ```text
//!   index   [number & mask] ─▶ Entry { position, len, timestamp, … }
//!   bytes   ...│payload│payload│payload│◀ write position, wraps; old payloads are overwritten
//! ```
//!
//! One copy per track, however many receive it. Payloads lie one after the other, so a track costs what it sends, not a
//! full datagram per packet.
//!
//! Invariants
//! - Between two growths nothing is allocated. The ring grows (×2, up to [`Capacity`]'s limits) only when one lap took
//!   less than [`HISTORY`]; a track with a steady rate stops growing.
//! - `contains` is exact for every number within one index length of the newest: a packet is never accepted twice.
//! - An entry is readable until its bytes are overwritten: `written - position <= bytes.len()`.
use std::time::{Duration, Instant};

/// How far back retransmissions should reach.
pub(crate) const HISTORY: Duration = Duration::from_millis(1000);

/// Longest payload that is forwarded. What is longer cannot get a retransmission header and still fit a datagram.
pub(crate) const MAX_PAYLOAD_BYTES: usize = 1400;

/// Sizes of a ring: where it starts and how far it may grow. All are powers of two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    start_packets: usize,
    max_packets: usize,
    start_bytes: usize,
    max_bytes: usize,
}

impl Capacity {
    /// Speech: 50 packets of 100 bytes a second.
    pub(crate) const AUDIO: Self =
        Self { start_packets: 64, max_packets: 256, start_bytes: 8 * 1024, max_bytes: 64 * 1024 };
    /// Cameras and screens: up to 1,000 packets and 8 Mbit a second.
    pub(crate) const VIDEO: Self =
        Self { start_packets: 128, max_packets: 2048, start_bytes: 64 * 1024, max_bytes: 1024 * 1024 };
}

/// One packet without its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    /// Gap-free number, see [`crate::sequence`].
    pub(crate) number: u64,
    /// The publisher's timestamp.
    pub(crate) timestamp: u32,
    /// The publisher's payload type.
    pub(crate) payload_type: u8,
    /// As in the RTP header.
    pub(crate) marker: bool,
    /// Nothing but padding: sent on only to fill a hole.
    pub(crate) is_filler: bool,
    /// A receiver may start decoding here.
    pub(crate) starts_key_frame: bool,
    /// Header extension, as on the wire.
    pub(crate) audio_level: Option<u8>,
    /// Header extension, as on the wire.
    pub(crate) orientation: Option<u8>,
}

/// The position of a packet that stays known although its bytes are gone.
const OVERWRITTEN: u64 = u64::MAX;

#[derive(Clone, Copy, Debug)]
struct Entry {
    packet: Packet,
    /// Bytes written to the ring before this payload.
    position: u64,
    len: u16,
}

/// The ring.
#[derive(Debug)]
pub(crate) struct Ring {
    index: Vec<Option<Entry>>,
    bytes: Vec<u8>,
    capacity: Capacity,
    /// Bytes written or skipped since the start, over all laps.
    written: u64,
    newest: u64,
    /// Below this a growth of the index has blurred what was stored: nothing is accepted.
    floor: u64,
    bytes_lap_began: Instant,
    index_lap_began: Instant,
    index_lap_packets: usize,
}

impl Ring {
    /// An empty ring.
    pub(crate) fn new(capacity: Capacity, now: Instant) -> Self {
        Self {
            index: vec![None; capacity.start_packets],
            bytes: vec![0; capacity.start_bytes],
            capacity,
            written: 0,
            newest: 0,
            floor: 0,
            bytes_lap_began: now,
            index_lap_began: now,
            index_lap_packets: 0,
        }
    }

    /// Is this number new, and young enough to be told apart from others?
    pub(crate) fn accepts(&self, number: u64) -> bool {
        number > self.newest || (number >= self.oldest().max(self.floor) && !self.contains(number))
    }

    /// Was this packet stored, even if its bytes are gone?
    pub(crate) fn contains(&self, number: u64) -> bool {
        self.entry(number).is_some()
    }

    /// Newest number stored; 0 before the first.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    /// Stores a packet. The caller has checked [`Ring::accepts`]; payloads above [`MAX_PAYLOAD_BYTES`] are cut.
    pub(crate) fn insert(&mut self, packet: Packet, payload: &[u8], now: Instant) {
        self.grow_index_if_short(now);
        let payload = payload.get(..payload.len().min(MAX_PAYLOAD_BYTES)).unwrap_or_default();
        let position = self.reserve(payload.len(), now);
        let start = self.offset(position);
        if let Some(room) = self.bytes.get_mut(start..start + payload.len()) {
            room.copy_from_slice(payload);
        }
        let len = u16::try_from(payload.len()).expect("invariant: payloads are cut to 1400 bytes");
        self.newest = self.newest.max(packet.number);
        let slot = self.slot(packet.number);
        if let Some(slot) = self.index.get_mut(slot) {
            *slot = Some(Entry { packet, position, len });
        }
    }

    /// A stored packet and its payload.
    pub(crate) fn get(&self, number: u64) -> Option<(&Packet, &[u8])> {
        let entry = self.entry(number)?;
        if self.written.checked_sub(entry.position)? > to_u64(self.bytes.len()) {
            return None;
        }
        let start = self.offset(entry.position);
        Some((&entry.packet, self.bytes.get(start..start + usize::from(entry.len))?))
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.index.capacity() * size_of::<Option<Entry>>()
    }

    /// Lowest number that has a slot of its own.
    fn oldest(&self) -> u64 {
        self.newest.saturating_sub(to_u64(self.index.len()) - 1)
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        self.index.get(self.slot(number))?.as_ref().filter(|entry| entry.packet.number == number)
    }

    fn slot(&self, number: u64) -> usize {
        usize::try_from(number & (to_u64(self.index.len()) - 1))
            .expect("invariant: masked by an index length")
    }

    fn offset(&self, position: u64) -> usize {
        usize::try_from(position & (to_u64(self.bytes.len()) - 1))
            .expect("invariant: masked by a buffer length")
    }

    /// Makes room for `len` bytes in one piece and returns their position.
    fn reserve(&mut self, len: usize, now: Instant) -> u64 {
        let offset = self.offset(self.written);
        if offset + len > self.bytes.len() {
            self.written += to_u64(self.bytes.len() - offset);
            if now.duration_since(self.bytes_lap_began) < HISTORY
                && self.bytes.len() < self.capacity.max_bytes
            {
                self.grow_bytes();
            }
            self.bytes_lap_began = now;
        }
        let position = self.written;
        self.written += to_u64(len);
        position
    }

    /// Doubles the payload space and moves what is still readable into it, oldest number first.
    fn grow_bytes(&mut self) {
        let mut grown = Self {
            index: vec![None; self.index.len()],
            bytes: vec![0; self.bytes.len() * 2],
            capacity: self.capacity,
            written: 0,
            newest: self.newest,
            ..*self
        };
        self.move_to(&mut grown);
        *self = grown;
    }

    /// Doubles the index when its last lap was shorter than the history wanted.
    fn grow_index_if_short(&mut self, now: Instant) {
        self.index_lap_packets += 1;
        if self.index_lap_packets < self.index.len() {
            return;
        }
        if now.duration_since(self.index_lap_began) < HISTORY && self.index.len() < self.capacity.max_packets
        {
            let mut grown = vec![None; self.index.len() * 2];
            let mask = to_u64(grown.len()) - 1;
            for entry in self.index.iter().flatten() {
                let slot = usize::try_from(entry.packet.number & mask)
                    .expect("invariant: masked by an index length");
                if let Some(slot) = grown.get_mut(slot) {
                    *slot = Some(*entry);
                }
            }
            self.floor = self.floor.max(self.oldest());
            self.index = grown;
        }
        self.index_lap_packets = 0;
        self.index_lap_began = now;
    }

    fn move_to(&self, grown: &mut Self) {
        for number in self.oldest()..=self.newest {
            let Some(entry) = self.entry(number) else {
                continue;
            };
            let payload = self.get(number).map_or(&[][..], |(_, payload)| payload);
            let readable = payload.len() == usize::from(entry.len);
            let position = grown.written;
            let start = grown.offset(position);
            if let Some(room) = grown.bytes.get_mut(start..start + payload.len()) {
                room.copy_from_slice(payload);
                grown.written += to_u64(payload.len());
            }
            let position = if readable { position } else { OVERWRITTEN };
            let len = entry.len;
            let slot = grown.slot(number);
            if let Some(slot) = grown.index.get_mut(slot) {
                *slot = Some(Entry { packet: entry.packet, position, len });
            }
        }
    }
}

fn to_u64(len: usize) -> u64 {
    u64::try_from(len).expect("invariant: lengths fit 64 bits")
}

#[cfg(test)]
#[path = "ring/tests.rs"]
mod tests;

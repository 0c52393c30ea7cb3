//! Which packets of which streams were there: SRTP's packet index from 16-bit sequence numbers (RFC 3711, section
//! 3.3.1), and a window over the indexes (section 3.3.2).
//!
//! ```text
//!   index   rollover counter (32 bits) │ sequence number (16 bits)
//!   window  … seen or not, one bit each, for the last 2048 …│ newest
//! ```
//!
//! The same table guards both directions: what a receiver would call a replay, a sender would call a reused nonce.

/// Indexes behind the newest that can still be told apart. The rings that feed late packets reach this far back.
pub(super) const WINDOW: u64 = 2048;
/// Largest packet index.
const MAX_INDEX: u64 = (1 << 48) - 1;
/// Words that hold the window: one more than it fills, since a word is cleared as a whole (as in RFC 6479).
const WORDS: u64 = WINDOW / 64 + 1;

/// One stream.
#[derive(Debug)]
struct Stream {
    /// Largest index there was.
    newest: u64,
    /// Bit `index % 64` of word `index / 64 % WORDS`.
    seen: [u64; 33],
    /// When it was last there, on the table's clock.
    used: u64,
}

impl Stream {
    fn new(index: u64) -> Self {
        let mut stream = Self { newest: index, seen: [0; 33], used: 0 };
        stream.mark(index);
        stream
    }

    fn has_seen(&self, index: u64) -> bool {
        let (word, bit) = place(index);
        self.seen.get(word).is_some_and(|word| word & bit != 0)
    }

    fn mark(&mut self, index: u64) {
        let (word, bit) = place(index);
        if let Some(word) = self.seen.get_mut(word) {
            *word |= bit;
        }
    }

    /// Is this index new, and near enough to know?
    fn admits(&self, index: u64) -> bool {
        index > self.newest || (self.newest - index < WINDOW && !self.has_seen(index))
    }

    fn record(&mut self, index: u64) {
        if index > self.newest {
            // At most all words, however far the stream jumped.
            let (from, to) = (self.newest / 64 + 1, index / 64);
            for word in from..=to.min(from + WORDS) {
                let (word, _) = place(word * 64);
                if let Some(word) = self.seen.get_mut(word) {
                    *word = 0;
                }
            }
            self.newest = index;
        }
        self.mark(index);
    }

    /// The index a sequence number most likely has, whose rollover counter is the newest one's or a neighbour of it.
    fn index(&self, sequence: u16) -> u64 {
        let cycle = self.newest & !0xffff;
        let near = cycle | u64::from(sequence);
        let newest = self.newest & 0xffff;
        let sequence = u64::from(sequence);
        if newest < 0x8000 && sequence > newest + 0x8000 {
            // Before the first cycle there is none.
            return near.checked_sub(0x1_0000).unwrap_or(near);
        }
        if newest >= 0x8000 && sequence < newest - 0x8000 { near + 0x1_0000 } else { near }
    }
}

fn place(index: u64) -> (usize, u64) {
    let word = usize::try_from(index / 64 % WORDS).unwrap_or_default();
    (word, 1 << (index % 64))
}

/// What a table does with one stream too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// Turns it away.
    Refuse,
    /// Forgets the one that was silent longest.
    ForgetOldest,
}

/// Where a stream is in its table, or would have to be. Good until the table changes.
pub(super) type Place = Result<usize, usize>;

/// The streams of one direction.
#[derive(Debug)]
pub(super) struct Streams {
    /// Sorted.
    ssrcs: Vec<u32>,
    /// In the order of `ssrcs`.
    streams: Vec<Stream>,
    capacity: usize,
    when_full: WhenFull,
    /// Counts packets.
    clock: u64,
}

impl Streams {
    /// No streams yet, and at most `capacity`.
    pub(super) fn new(capacity: usize, when_full: WhenFull) -> Self {
        Self { ssrcs: Vec::new(), streams: Vec::new(), capacity, when_full, clock: 0 }
    }

    /// Streams in the table.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.ssrcs.len()
    }

    /// Looks a stream up.
    pub(super) fn find(&self, ssrc: u32) -> Place {
        self.ssrcs.binary_search(&ssrc)
    }

    /// The index of a packet; `None` when it was there before, is too far behind to know, or the key is worn out. The
    /// first packet of a stream is in the first cycle.
    pub(super) fn index(&self, place: Place, sequence: u16) -> Option<u64> {
        let index = match self.stream(place) {
            Some(stream) => stream.index(sequence),
            None => u64::from(sequence),
        };
        (index <= MAX_INDEX && self.admits(place, index)).then_some(index)
    }

    /// Is this index new, and near enough to know?
    pub(super) fn admits(&self, place: Place, index: u64) -> bool {
        self.stream(place).is_none_or(|stream| stream.admits(index))
    }

    /// May the stream be in the table?
    pub(super) fn has_room(&self, place: Place) -> bool {
        place.is_ok() || self.ssrcs.len() < self.capacity || self.when_full == WhenFull::ForgetOldest
    }

    /// A packet that the caller has found good was there.
    pub(super) fn record(&mut self, place: Place, ssrc: u32, index: u64) {
        self.clock += 1;
        let place = match place {
            Ok(place) => place,
            Err(_) if self.ssrcs.len() >= self.capacity && !self.forget_oldest() => return,
            Err(_) => {
                let place = self.ssrcs.partition_point(|other| *other < ssrc);
                self.ssrcs.insert(place, ssrc);
                self.streams.insert(place, Stream::new(index));
                place
            }
        };
        if let Some(stream) = self.streams.get_mut(place) {
            stream.used = self.clock;
            stream.record(index);
        }
    }

    fn stream(&self, place: Place) -> Option<&Stream> {
        place.ok().and_then(|place| self.streams.get(place))
    }

    /// Says whether there is room now.
    fn forget_oldest(&mut self) -> bool {
        if self.when_full == WhenFull::Refuse {
            return false;
        }
        let oldest = self.streams.iter().enumerate().min_by_key(|(_, stream)| stream.used);
        if let Some((oldest, _)) = oldest {
            self.ssrcs.remove(oldest);
            self.streams.remove(oldest);
        }
        true
    }
}

#[cfg(test)]
#[path = "streams/tests.rs"]
mod tests;

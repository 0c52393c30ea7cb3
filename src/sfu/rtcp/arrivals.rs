//! When a publisher's packets arrived, by transport-wide sequence number, and the feedback that tells it
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01). Chromium's bandwidth estimate lives on this.
//!
//! Every authenticated packet counts: media, retransmissions and padding probes alike.
//!
//! Invariants
//! - Fixed memory: the last [`WINDOW`] sequence numbers.
//! - A feedback covers `base..=newest`; the next one starts behind it, or at a late packet that arrived since.
use super::{TRANSPORT_CC, TRANSPORT_FEEDBACK, Writer};
use crate::bytes::put;
use crate::sequence::extend;
use std::time::{Duration, Instant};

/// Sequence numbers remembered; a power of two.
const WINDOW: usize = 1024;
/// Packets one feedback describes at most: its deltas and chunks then fit 1,100 bytes whatever they are.
const MAX_STATUSES: usize = 400;
/// One tick of a receive delta.
const TICK: Duration = Duration::from_micros(250);
/// Status symbols in one two-bit vector chunk.
const SYMBOLS: usize = 7;

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Extended sequence number plus one; 0 for an empty slot.
    tag: u64,
    /// Arrival in ticks since the start.
    ticks: u32,
}

/// Arrivals of one publisher.
#[derive(Debug)]
pub(crate) struct Arrivals {
    slots: Vec<Slot>,
    began: Instant,
    newest: Option<u64>,
    /// First number the next feedback has to cover.
    base: u64,
    has_news: bool,
    feedbacks: u8,
}

impl Arrivals {
    /// Nothing arrived yet.
    pub(crate) fn new(now: Instant) -> Self {
        Self { slots: Vec::new(), began: now, newest: None, base: 0, has_news: false, feedbacks: 0 }
    }

    /// A packet came. Says whether this is the first news since the last feedback.
    pub(crate) fn packet(&mut self, sequence: u16, now: Instant) -> bool {
        if self.slots.is_empty() {
            self.slots.resize(WINDOW, Slot::default());
        }
        let window = u64::try_from(WINDOW).expect("invariant: a small constant");
        let extended = match self.newest {
            None => {
                let first = (1 << 16) + u64::from(sequence);
                self.base = first;
                first
            }
            Some(newest) => extend(newest, sequence),
        };
        let newest = self.newest.map_or(extended, |newest| newest.max(extended));
        if newest - extended >= window {
            return false;
        }
        self.newest = Some(newest);
        self.base = self.base.max((newest + 1).saturating_sub(window)).min(extended);
        let ticks = now.duration_since(self.began).as_micros() / TICK.as_micros();
        let slot = slot_of(extended);
        if let Some(slot) = self.slots.get_mut(slot) {
            if slot.tag == extended + 1 {
                return false;
            }
            let ticks = u32::try_from(ticks & 0xffff_ffff).expect("invariant: masked to 32 bits");
            *slot = Slot { tag: extended + 1, ticks };
        }
        !std::mem::replace(&mut self.has_news, true)
    }

    /// Is there something to report?
    pub(crate) fn has_news(&self) -> bool {
        self.has_news
    }

    /// Writes one feedback packet. `None` when there is nothing to say or no room; call again while
    /// [`Arrivals::has_news`].
    pub(crate) fn feedback(&mut self, sender: u32, media: u32, out: &mut Writer<'_>) -> Option<()> {
        let newest = self.newest.filter(|_| self.has_news)?;
        let most = u64::try_from(MAX_STATUSES).expect("invariant: a small constant");
        // Statuses begin with a packet that did arrive: its time is the reference.
        let Some(base) = (self.base..=newest).find(|n| self.arrival(*n).is_some()) else {
            self.has_news = false;
            return None;
        };
        let mut last = newest.min(base + most - 1);
        let mut layout = self.layout(base, last);
        if layout.until < last {
            last = layout.until;
            layout = self.layout(base, last);
        }
        let count = last - base + 1;
        let body_len = (16 + layout.chunk_bytes + layout.delta_bytes).next_multiple_of(4);
        let feedbacks = self.feedbacks;
        out.packet(TRANSPORT_CC, TRANSPORT_FEEDBACK, body_len, |body| {
            body.fill(0);
            put(body, 0, &sender.to_be_bytes())?;
            put(body, 4, &media.to_be_bytes())?;
            put(body, 8, &u16::try_from(base & 0xffff).ok()?.to_be_bytes())?;
            put(body, 10, &u16::try_from(count).ok()?.to_be_bytes())?;
            let [_, a, b, c] = layout.reference.to_be_bytes();
            put(body, 12, &[a, b, c, feedbacks])?;
            self.write_statuses(base, last, layout.reference, body.get_mut(16..)?, layout.chunk_bytes)
        })?;
        self.feedbacks = self.feedbacks.wrapping_add(1);
        self.base = last + 1;
        self.has_news = last < newest;
        Some(())
    }

    fn arrival(&self, extended: u64) -> Option<u32> {
        let slot = self.slots.get(slot_of(extended))?;
        (slot.tag == extended + 1).then_some(slot.ticks)
    }

    /// How many bytes the statuses of `base..=last` take, and how far the deltas can be expressed.
    fn layout(&self, base: u64, last: u64) -> Layout {
        // 64 ms, in 24 bits.
        let reference = self.arrival(base).unwrap_or_default() >> 8;
        let mut previous = reference << 8;
        let mut layout = Layout { reference, until: last, chunk_bytes: 0, delta_bytes: 0 };
        for extended in base..=last {
            let Some(ticks) = self.arrival(extended) else {
                continue;
            };
            match delta(previous, ticks) {
                Some(Delta::Small(_)) => layout.delta_bytes += 1,
                Some(Delta::Large(_)) => layout.delta_bytes += 2,
                None => {
                    layout.until = extended - 1;
                    break;
                }
            }
            previous = ticks;
        }
        let count = usize::try_from(last - base + 1).unwrap_or_default();
        layout.chunk_bytes = count.div_ceil(SYMBOLS) * 2;
        layout
    }

    fn write_statuses(
        &self,
        base: u64,
        last: u64,
        reference: u32,
        body: &mut [u8],
        chunk_bytes: usize,
    ) -> Option<()> {
        let (chunks, deltas) = body.split_at_mut_checked(chunk_bytes)?;
        let mut previous = reference << 8;
        let mut delta_at = 0;
        let mut numbers = base..=last;
        for chunk in chunks.chunks_exact_mut(2) {
            // A status vector chunk with two-bit symbols.
            let mut bits = 0xc000_u16;
            for symbol in 0..SYMBOLS {
                let Some(ticks) = numbers.next().and_then(|extended| self.arrival(extended)) else {
                    continue;
                };
                let code = match delta(previous, ticks)? {
                    Delta::Small(ticks) => {
                        put(deltas, delta_at, &[ticks])?;
                        delta_at += 1;
                        1
                    }
                    Delta::Large(ticks) => {
                        put(deltas, delta_at, &ticks.to_be_bytes())?;
                        delta_at += 2;
                        2
                    }
                };
                bits |= code << (12 - 2 * symbol);
                previous = ticks;
            }
            put(chunk, 0, &bits.to_be_bytes())?;
        }
        Some(())
    }
}

struct Layout {
    reference: u32,
    until: u64,
    chunk_bytes: usize,
    delta_bytes: usize,
}

enum Delta {
    Small(u8),
    Large(i16),
}

/// The step between two arrivals; `None` when it does not fit 16 bits (8.19 s).
fn delta(previous: u32, ticks: u32) -> Option<Delta> {
    let forward = ticks.wrapping_sub(previous);
    if let Ok(small) = u8::try_from(forward) {
        return Some(Delta::Small(small));
    }
    if let Ok(large) = i16::try_from(forward) {
        return Some(Delta::Large(large));
    }
    let backward = i16::try_from(previous.wrapping_sub(ticks)).ok()?;
    Some(Delta::Large(-backward))
}

fn slot_of(extended: u64) -> usize {
    usize::try_from(extended).unwrap_or_default() & (WINDOW - 1)
}

//! Which packets a publisher still owes us, and when to ask again (RFC 4585 generic NACK).
//!
//! A gap is asked for once reordering can be ruled out, then again after a round trip, a limited number of times. Any
//! arrival clears its entry: the packet itself, late or not, and a retransmission.
use std::time::{Duration, Instant};

/// Missing packets remembered for one track. When more are missing the oldest are given up.
pub(crate) const MAX_MISSING: usize = 256;
/// Requests for one packet.
const MAX_TRIES: u8 = 8;
/// A gap younger than this may still be reordering.
const REORDERING: Duration = Duration::from_millis(10);
/// Bounds of the time between two requests for one packet.
const MIN_RETRY: Duration = Duration::from_millis(30);
const MAX_RETRY: Duration = Duration::from_millis(400);

#[derive(Clone, Copy, Debug)]
struct Missing {
    extended: u64,
    due: Instant,
    tries: u8,
}

/// The missing packets of one published track.
#[derive(Debug, Default)]
pub(crate) struct NackList {
    /// Oldest first, at most [`MAX_MISSING`].
    missing: Vec<Missing>,
    /// Earliest `due`.
    due: Option<Instant>,
}

impl NackList {
    /// The `count` packets before `newest` did not come. `false` when the gap is too wide to repair: nothing is asked
    /// for, and the track needs a key frame.
    pub(crate) fn gap(&mut self, newest: u64, count: u64, now: Instant) -> bool {
        let Ok(len) = usize::try_from(count) else {
            self.clear();
            return false;
        };
        if len > MAX_MISSING {
            self.clear();
            return false;
        }
        let surplus = (self.missing.len() + len).saturating_sub(MAX_MISSING);
        self.missing.drain(..surplus);
        let due = now + REORDERING;
        for extended in newest - count..newest {
            self.missing.push(Missing { extended, due, tries: 0 });
        }
        self.schedule();
        true
    }

    /// A packet came, one way or another. Says whether it had been missing.
    pub(crate) fn arrived(&mut self, extended: u64) -> bool {
        if self.missing.is_empty() {
            return false;
        }
        let Ok(place) = self.missing.binary_search_by_key(&extended, |missing| missing.extended) else {
            return false;
        };
        self.missing.remove(place);
        self.schedule();
        true
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.missing.clear();
        self.due = None;
    }

    /// When [`NackList::take_due`] has something.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// Hands every sequence number that is due to `ask`, oldest first, and plans the next request. Returns how many
    /// were given up.
    pub(crate) fn take_due(&mut self, now: Instant, round_trip: Duration, mut ask: impl FnMut(u16)) -> usize {
        if self.due.is_none_or(|due| now < due) {
            return 0;
        }
        let retry = now + (round_trip * 3 / 2).clamp(MIN_RETRY, MAX_RETRY);
        let before = self.missing.len();
        self.missing.retain_mut(|missing| {
            if now < missing.due {
                return true;
            }
            if missing.tries == MAX_TRIES {
                return false;
            }
            missing.tries += 1;
            missing.due = retry;
            ask(u16::try_from(missing.extended & 0xffff).expect("invariant: masked to 16 bits"));
            true
        });
        self.schedule();
        before - self.missing.len()
    }

    fn schedule(&mut self) {
        self.due = self.missing.iter().map(|missing| missing.due).min();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods)]
    fn start() -> Instant {
        Instant::now()
    }

    const RTT: Duration = Duration::from_millis(100);

    #[test]
    fn a_gap_is_asked_for_after_the_reordering_time_and_again_after_a_round_trip() {
        let start = start();
        let at = |ms| start + Duration::from_millis(ms);
        let mut list = NackList::default();
        assert!(list.gap(65536 + 10, 3, at(0)));
        assert_eq!(asked(&mut list, at(9)), []);
        assert_eq!(list.poll_timeout(), Some(at(10)));
        assert_eq!(asked(&mut list, at(10)), [7, 8, 9]);
        assert_eq!(asked(&mut list, at(159)), []);
        assert!(list.arrived(65536 + 8));
        assert!(!list.arrived(65536 + 8), "cleared once");
        assert_eq!(asked(&mut list, at(160)), [7, 9]);
    }

    #[test]
    fn a_packet_is_given_up_after_the_last_try() {
        let start = start();
        let mut list = NackList::default();
        list.gap(65536 + 2, 1, start);
        let mut tries = 0;
        let mut given_up = 0;
        for second in 1..20 {
            given_up += list.take_due(start + Duration::from_secs(second), RTT, |_| tries += 1);
        }
        assert_eq!((tries, given_up), (MAX_TRIES, 1));
        assert_eq!(list.poll_timeout(), None);
    }

    #[test]
    fn the_widest_gap_is_repaired_and_a_wider_one_is_not() {
        let start = start();
        let most = u64::try_from(MAX_MISSING).unwrap();
        let mut list = NackList::default();
        assert!(list.gap(70_000, most, start));
        assert_eq!(asked(&mut list, start + RTT).len(), MAX_MISSING);
        assert!(!list.gap(80_000, most + 1, start));
        assert_eq!(list.poll_timeout(), None);
    }

    #[test]
    fn when_too_many_are_missing_the_oldest_are_given_up() {
        let start = start();
        let most = u64::try_from(MAX_MISSING).unwrap();
        let mut list = NackList::default();
        list.gap(70_000, most, start);
        list.gap(70_002, 1, start);
        assert!(!list.arrived(70_000 - most), "the oldest went");
        assert!(list.arrived(70_000 - most + 1));
        assert!(list.arrived(70_001));
    }

    fn asked(list: &mut NackList, now: Instant) -> Vec<u16> {
        let mut asked = Vec::new();
        list.take_due(now, RTT, |sequence| asked.push(sequence));
        asked
    }
}

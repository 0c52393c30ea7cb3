//! Which retransmissions a receiver may have: repeats are ignored for a while, and three are enough.
use std::time::{Duration, Instant};

/// Retransmissions of one packet to one receiver.
const MAX_RESENDS: u8 = 3;
/// A repeat sooner than this, or than two round trips if that is shorter, is the same request again.
const REPEAT: Duration = Duration::from_millis(100);
/// Even on a local network a repeat needs this long.
const MIN_REPEAT: Duration = Duration::from_millis(10);
/// Packets remembered; a power of two.
const SLOTS: usize = 512;

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Milliseconds since the guard's start, plus one; 0 for never.
    at_ms: u32,
    sequence: u16,
    count: u8,
}

/// Guards one receiving track. Memory is taken with the first request.
#[derive(Debug)]
pub(crate) struct ResendGuard {
    slots: Vec<Slot>,
    began: Instant,
}

impl ResendGuard {
    /// A guard that has seen nothing.
    pub(crate) fn new(now: Instant) -> Self {
        Self { slots: Vec::new(), began: now }
    }

    /// May this packet be sent again now? Counts it if so. Two packets that share a slot share the waiting time too, so
    /// a receiver cannot get around the limit by alternating between them.
    pub(crate) fn admit(&mut self, sequence: u16, now: Instant, round_trip: Duration) -> bool {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Slot::default());
        }
        let millis = now.duration_since(self.began).as_millis();
        let now_ms = u32::try_from(millis & 0xffff_ffff).expect("invariant: masked to 32 bits").max(1);
        let wait = REPEAT.min(round_trip * 2).max(MIN_REPEAT).as_millis();
        let Some(slot) = self.slots.get_mut(usize::from(sequence) % SLOTS) else {
            return false;
        };
        if slot.at_ms != 0 && u128::from(now_ms.wrapping_sub(slot.at_ms)) < wait {
            return false;
        }
        if slot.at_ms == 0 || slot.sequence != sequence {
            *slot = Slot { at_ms: now_ms, sequence, count: 0 };
        }
        if slot.count == MAX_RESENDS {
            return false;
        }
        slot.count += 1;
        slot.at_ms = now_ms;
        true
    }

    /// The sequence numbers begin to mean other packets.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(Slot::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods)]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn repeats_are_ignored_for_two_round_trips_or_a_hundred_milliseconds() {
        // (round trip ms, when the request is repeated ms, sent again)
        let rows = [
            (20, 39, false),
            (20, 40, true),
            (500, 99, false),
            (500, 100, true),
            (0, 9, false),
            (0, 10, true),
        ];
        for (round_trip, repeated, expected) in rows {
            let start = start();
            let at = |ms: u64| start + Duration::from_millis(1 + ms);
            let mut guard = ResendGuard::new(start);
            let round_trip = Duration::from_millis(round_trip);
            assert!(guard.admit(7, at(0), round_trip));
            assert_eq!(guard.admit(7, at(repeated), round_trip), expected, "{round_trip:?} {repeated}");
            assert!(guard.admit(8, at(0), round_trip), "other packets are not affected");
        }
    }

    #[test]
    fn three_resends_are_enough() {
        let start = start();
        let mut guard = ResendGuard::new(start);
        let sent = (0..10).filter(|n| guard.admit(7, start + REPEAT * *n, REPEAT)).count();
        assert_eq!(sent, usize::from(MAX_RESENDS));
        guard.clear();
        assert!(guard.admit(7, start, REPEAT));
    }

    #[test]
    fn alternating_between_two_packets_of_one_slot_gains_nothing() {
        let start = start();
        let slots = u16::try_from(SLOTS).unwrap();
        let mut guard = ResendGuard::new(start);
        assert!(guard.admit(7, start, REPEAT));
        assert!(!guard.admit(7 + slots, start, REPEAT));
        assert!(guard.admit(7 + slots, start + REPEAT * 2, REPEAT));
    }
}

//! A publisher's 16-bit sequence numbers become gap-free 64-bit packet numbers.
//!
//! ```text
//!   wire     65534  65535  0(padding)  1      3(late: 2)
//!   extended 65534  65535  65536       65537  65539  65538
//!   number   65534  65535  –           65536  65538  65537
//! ```
//!
//! Padding-only packets are not forwarded. When one arrives in order it takes no number, so receivers see no gap. When
//! it arrives late, its number is already missed by the receivers and has to be filled with an empty packet.
//!
//! Numbers are shared by all receivers of a track: what one receiver sees is `number` plus a constant.

/// How many changes of the padding count are remembered. Older packets are too old to be placed.
const MAX_STEPS: usize = 32;
/// Where extended numbers begin, so that packets just before the first one have a place too.
const FIRST_CYCLE: u64 = 1 << 16;

/// What a packet's sequence number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Beyond everything seen; `missing` numbers were skipped.
    Newest {
        /// Extended sequence number.
        extended: u64,
        /// How many sequence numbers lie between this one and the newest before it.
        missing: u64,
    },
    /// At or below the newest.
    Late {
        /// Extended sequence number.
        extended: u64,
    },
}

impl Arrival {
    /// The extended sequence number.
    pub(crate) fn extended(self) -> u64 {
        match self {
            Self::Newest { extended, .. } | Self::Late { extended } => extended,
        }
    }
}

/// From `from` on, packets have `dropped` padding-only packets before them.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: u64,
    dropped: u64,
}

/// The sequence space of one published SSRC.
#[derive(Debug)]
pub(crate) struct Sequence {
    newest: Option<u64>,
    /// Oldest first; never empty.
    steps: Vec<Step>,
    /// Added to every number, so that numbers keep growing when the SSRC changes.
    base: u64,
}

impl Sequence {
    /// A space whose numbers all lie above `base`.
    pub(crate) fn new(base: u64) -> Self {
        let mut steps = Vec::with_capacity(MAX_STEPS);
        steps.push(Step { from: 0, dropped: 0 });
        Self { newest: None, steps, base }
    }

    /// Extends a sequence number and says where it stands.
    pub(crate) fn arrive(&mut self, sequence: u16) -> Arrival {
        let Some(newest) = self.newest else {
            let extended = FIRST_CYCLE + u64::from(sequence);
            self.newest = Some(extended);
            return Arrival::Newest { extended, missing: 0 };
        };
        let extended = extend(newest, sequence);
        if extended <= newest {
            return Arrival::Late { extended };
        }
        self.newest = Some(extended);
        Arrival::Newest { extended, missing: extended - newest - 1 }
    }

    /// Extends a sequence number that must already lie behind the newest one (the original of a retransmission).
    /// `None` when nothing arrived yet or the number lies ahead.
    pub(crate) fn locate(&self, sequence: u16) -> Option<u64> {
        let newest = self.newest?;
        let extended = extend(newest, sequence);
        (extended <= newest).then_some(extended)
    }

    /// The newest packet was padding only: it takes no number.
    pub(crate) fn drop_newest(&mut self) {
        let Some(newest) = self.newest else {
            return;
        };
        let dropped = self.steps.last().map_or(0, |step| step.dropped) + 1;
        let step = Step { from: newest + 1, dropped };
        match self.steps.last_mut() {
            // No packet between this padding and the one before: the older step maps nothing.
            Some(last) if last.from == newest => *last = step,
            _ => {
                if self.steps.len() == MAX_STEPS {
                    self.steps.remove(0);
                }
                self.steps.push(step);
            }
        }
    }

    /// The gap-free number of a packet; `None` when it is too old to be placed.
    pub(crate) fn number(&self, extended: u64) -> Option<u64> {
        let step = self.steps.iter().rev().find(|step| step.from <= extended)?;
        Some(self.base + extended - step.dropped)
    }
}

/// The extended number closest to `near` with these low 16 bits.
pub(crate) fn extend(near: u64, sequence: u16) -> u64 {
    let low = u16::try_from(near & 0xffff).expect("invariant: masked to 16 bits");
    let ahead = sequence.wrapping_sub(low);
    if ahead < 0x8000 {
        near + u64::from(ahead)
    } else {
        near.saturating_sub(u64::from(ahead.wrapping_neg()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_wrap_and_late_packets_find_their_place() {
        let mut sequence = Sequence::new(0);
        let mut numbers = Vec::new();
        for wire in [65534_u16, 65535, 1, 0, 2] {
            let arrival = sequence.arrive(wire);
            numbers.push(sequence.number(arrival.extended()).unwrap() - FIRST_CYCLE);
        }
        assert_eq!(numbers, [65534, 65535, 65537, 65536, 65538]);
    }

    #[test]
    fn a_gap_is_counted_once() {
        let mut sequence = Sequence::new(0);
        sequence.arrive(10);
        assert_eq!(sequence.arrive(14), Arrival::Newest { extended: FIRST_CYCLE + 14, missing: 3 });
        assert_eq!(sequence.arrive(12), Arrival::Late { extended: FIRST_CYCLE + 12 });
        assert_eq!(sequence.arrive(12), Arrival::Late { extended: FIRST_CYCLE + 12 });
    }

    #[test]
    fn padding_in_order_leaves_no_gap() {
        let mut sequence = Sequence::new(0);
        let mut numbers = Vec::new();
        // (wire number, padding only)
        for (wire, is_padding) in
            [(1_u16, false), (2, true), (3, true), (4, false), (6, false), (5, false), (7, true)]
        {
            let arrival = sequence.arrive(wire);
            if is_padding {
                sequence.drop_newest();
            } else {
                numbers.push(sequence.number(arrival.extended()).unwrap() - FIRST_CYCLE);
            }
        }
        assert_eq!(numbers, [1, 2, 4, 3]);
        assert_eq!(
            sequence.number(FIRST_CYCLE + 1),
            Some(FIRST_CYCLE + 1),
            "the packet before the padding stays"
        );
    }

    #[test]
    fn a_packet_older_than_the_remembered_paddings_is_not_placed() {
        let mut sequence = Sequence::new(0);
        // `new` begins with one step; each padding after a packet adds one.
        for pair in 0..u16::try_from(MAX_STEPS).unwrap() - 1 {
            sequence.arrive(pair * 2);
            sequence.arrive(pair * 2 + 1);
            sequence.drop_newest();
        }
        assert!(sequence.number(FIRST_CYCLE).is_some());
        sequence.arrive(1000);
        sequence.arrive(1001);
        sequence.drop_newest();
        assert_eq!(sequence.number(FIRST_CYCLE), None);
        assert!(sequence.number(FIRST_CYCLE + 1000).is_some());
    }

    #[test]
    fn the_original_of_a_retransmission_is_never_ahead() {
        let mut sequence = Sequence::new(0);
        assert_eq!(sequence.locate(5), None);
        sequence.arrive(5);
        assert_eq!(sequence.locate(3), Some(FIRST_CYCLE + 3));
        assert_eq!(sequence.locate(5), Some(FIRST_CYCLE + 5));
        assert_eq!(sequence.locate(6), None);
    }

    #[test]
    fn extending_goes_to_the_nearest() {
        let rows: [(u64, u16, u64); 5] = [
            (0x1_0000, 0, 0x1_0000),
            (0x1_ffff, 0, 0x2_0000),
            (0x2_0000, 0xffff, 0x1_ffff),
            (5, 0xffff, 0),
            (0x1_0000, 0x7fff, 0x1_7fff),
        ];
        for (near, low, expected) in rows {
            assert_eq!(extend(near, low), expected);
        }
    }
}

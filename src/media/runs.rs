//! Which datagrams leave in one system call.
//!
//! ```text
//!   queue          A 1200 │ B 1200 │ A 1200 │ B 1200 │ A 300 │ C 90
//!   by destination A 1200  A 1200  A 300 │ B 1200  B 1200 │ C 90
//!   runs           ╰─ one call, 1200 ──╯   ╰─ one call ─╯   ╰╯
//! ```
//!
//! The kernel cuts a run into segments of one size; only the last may be shorter. The order towards one destination is
//! kept; between destinations it means nothing.
use std::net::SocketAddr;

/// Bytes of one run: what one UDP datagram could carry.
pub(crate) const MAX_RUN_BYTES: usize = 65_000;

/// A datagram's place in the queue and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    to: SocketAddr,
    /// Its place in the queue.
    pub(crate) place: usize,
    len: usize,
}

/// Sorts a queue into runs. Keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    items: Vec<Item>,
}

impl Runs {
    /// Sorts what `queue` holds: destinations and lengths, in order.
    pub(crate) fn sort(&mut self, queue: impl Iterator<Item = (SocketAddr, usize)>) {
        self.items.clear();
        self.items.extend(queue.enumerate().map(|(place, (to, len))| Item { to, place, len }));
        // Places make all items different, so an unstable sort keeps the order towards a destination.
        self.items.sort_unstable();
    }

    /// The runs, of at most `max_segments` datagrams each.
    pub(crate) fn iter(&self, max_segments: usize) -> impl Iterator<Item = &[Item]> {
        let mut rest = &self.items[..];
        std::iter::from_fn(move || {
            let (run, behind) = rest.split_at_checked(run_len(rest, max_segments))?;
            rest = behind;
            (!run.is_empty()).then_some(run)
        })
    }
}

/// How many items at the beginning of `items` belong together.
fn run_len(items: &[Item], max_segments: usize) -> usize {
    let Some(first) = items.first() else {
        return 0;
    };
    let (mut count, mut bytes) = (1, first.len);
    for item in items.iter().skip(1) {
        let fits = count < max_segments && bytes + item.len <= MAX_RUN_BYTES;
        if item.to != first.to || item.len > first.len || !fits {
            break;
        }
        count += 1;
        bytes += item.len;
        if item.len < first.len {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sizes_to_one_destination_leave_together() {
        // Datagrams as (destination, length), most segments, runs as places in the queue.
        type Row<'a> = (&'a [(u16, usize)], usize, &'a [&'a [usize]]);
        let rows: [Row<'_>; 9] = [
            (&[], 64, &[]),
            (&[(1, 100)], 64, &[&[0]]),
            (&[(1, 100), (1, 100), (1, 100)], 64, &[&[0, 1, 2]]),
            (&[(1, 100), (1, 100), (1, 60), (1, 60)], 64, &[&[0, 1, 2], &[3]]),
            (&[(1, 60), (1, 100)], 64, &[&[0], &[1]]),
            (&[(1, 9), (2, 9), (1, 9), (2, 9), (1, 3), (3, 1)], 64, &[&[0, 2, 4], &[1, 3], &[5]]),
            (&[(1, 9), (1, 9), (1, 9)], 2, &[&[0, 1], &[2]]),
            (&[(1, 9), (1, 9)], 1, &[&[0], &[1]]),
            (&[(1, 40_000), (1, 25_000), (1, 1)], 64, &[&[0, 1], &[2]]),
        ];
        for (queue, max_segments, expected) in rows {
            let mut runs = Runs::default();
            // What was sorted before leaves no trace.
            runs.sort([(to(9), 1), (to(9), 1)].into_iter());
            runs.sort(queue.iter().map(|(port, len)| (to(*port), *len)));
            let got: Vec<Vec<usize>> =
                runs.iter(max_segments).map(|run| run.iter().map(|item| item.place).collect()).collect();
            assert_eq!(got, expected, "{queue:?}");
        }
        let mut runs = Runs::default();
        runs.sort([(to(1), 40_000), (to(1), 25_001)].into_iter());
        assert_eq!(runs.iter(64).count(), 2, "one byte too many");
    }

    fn to(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }
}

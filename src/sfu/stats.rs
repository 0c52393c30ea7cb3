//! What we report to a publisher about one SSRC: loss and jitter (RFC 3550, sections 6.4.1, A.3 and A.8).
use crate::rtcp::ReportBlock;
use std::time::{Duration, Instant};

/// A publisher's sender report: how its media clock and its wall clock relate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SenderClock {
    /// NTP time of the publisher, 32.32 fixed point seconds.
    pub(crate) ntp: u64,
    /// The same moment by our clock. The difference is one constant per publisher, so its tracks stay in step.
    pub(crate) ours: u64,
    /// The media timestamp at that time.
    pub(crate) timestamp: u32,
    /// When the report came.
    pub(crate) arrived: Instant,
}

/// Reception of one SSRC.
#[derive(Debug)]
pub(crate) struct Reception {
    clock_rate: u32,
    began: Instant,
    first: Option<u64>,
    newest: u64,
    received: u64,
    /// At the last report.
    expected_before: u64,
    received_before: u64,
    /// Transit time of the last packet, media clock units.
    transit: Option<i64>,
    /// Jitter × 16, media clock units.
    jitter: u64,
}

impl Reception {
    /// Nothing received yet. `clock_rate` is in hertz.
    pub(crate) fn new(clock_rate: u32, now: Instant) -> Self {
        Self {
            clock_rate,
            began: now,
            first: None,
            newest: 0,
            received: 0,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0,
        }
    }

    /// A packet of the SSRC itself came (no retransmission of it under another SSRC).
    pub(crate) fn packet(&mut self, extended: u64, timestamp: u32, now: Instant) {
        self.first.get_or_insert(extended);
        self.newest = self.newest.max(extended);
        self.received += 1;
        let micros = i64::try_from(now.duration_since(self.began).as_micros()).unwrap_or(i64::MAX);
        let arrival = micros.saturating_mul(i64::from(self.clock_rate)) / 1_000_000;
        let transit = arrival.wrapping_sub(i64::from(timestamp));
        if let Some(before) = self.transit.replace(transit) {
            // Media timestamps wrap at 32 bits, so only the low bits of the difference mean something.
            let low = u32::try_from(transit.wrapping_sub(before) & 0xffff_ffff)
                .expect("invariant: masked to 32 bits");
            let difference = u64::from(low.min(low.wrapping_neg()));
            self.jitter = self.jitter + difference - ((self.jitter + 8) >> 4);
        }
    }

    /// The report block since the last one; `None` before the first packet.
    pub(crate) fn report(
        &mut self,
        ssrc: u32,
        clock: Option<&SenderClock>,
        now: Instant,
    ) -> Option<ReportBlock> {
        let first = self.first?;
        let expected = self.newest.saturating_sub(first) + 1;
        let lost = expected.saturating_sub(self.received).min(0x7f_ffff);
        let expected_now = expected - self.expected_before;
        let received_now = self.received - self.received_before;
        self.expected_before = expected;
        self.received_before = self.received;
        let lost_now = expected_now.saturating_sub(received_now);
        let fraction = (lost_now * 256).checked_div(expected_now).unwrap_or(0).min(255);
        Some(ReportBlock {
            ssrc,
            fraction_lost: u8::try_from(fraction).expect("invariant: at most 255"),
            lost: u32::try_from(lost).expect("invariant: at most 23 bits"),
            highest: u32::try_from(self.newest & 0xffff_ffff).expect("invariant: masked to 32 bits"),
            jitter: u32::try_from(self.jitter >> 4).unwrap_or(u32::MAX),
            last_report: clock.map_or(0, |clock| middle(clock.ntp)),
            delay: clock.map_or(0, |clock| short_ntp(now.duration_since(clock.arrived))),
        })
    }
}

/// The middle 32 bits of an NTP time: how reports refer to each other.
pub(crate) fn middle(ntp: u64) -> u32 {
    u32::try_from((ntp >> 16) & 0xffff_ffff).expect("invariant: masked to 32 bits")
}

/// A duration in 16.16 fixed point seconds.
fn short_ntp(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos() * 65_536 / 1_000_000_000).unwrap_or(u32::MAX)
}

/// A duration in 32.32 fixed point seconds.
pub(crate) fn long_ntp(duration: Duration) -> u64 {
    let fraction = (u64::from(duration.subsec_nanos()) << 32) / 1_000_000_000;
    (duration.as_secs() << 32).wrapping_add(fraction)
}

/// A duration in media clock units, wrapping like timestamps do.
pub(crate) fn in_clock_units(duration: Duration, clock_rate: u32) -> u32 {
    let units = duration.as_nanos() * u128::from(clock_rate) / 1_000_000_000;
    u32::try_from(units & 0xffff_ffff).expect("invariant: masked to 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods)]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn loss_is_reported_since_the_last_report_and_in_total() {
        let now = start();
        let mut reception = Reception::new(90_000, now);
        assert_eq!(reception.report(1, None, now), None);
        for extended in [100, 101, 103, 104] {
            reception.packet(extended, 0, now);
        }
        let report = reception.report(1, None, now).unwrap();
        assert_eq!((report.fraction_lost, report.lost, report.highest), (51, 1, 104), "1 of 5");
        for extended in 105..=108 {
            reception.packet(extended, 0, now);
        }
        let report = reception.report(1, None, now).unwrap();
        assert_eq!((report.fraction_lost, report.lost, report.highest), (0, 1, 108));
    }

    #[test]
    fn duplicates_never_make_loss_negative() {
        let now = start();
        let mut reception = Reception::new(90_000, now);
        for _ in 0..5 {
            reception.packet(100, 0, now);
        }
        let report = reception.report(1, None, now).unwrap();
        assert_eq!((report.fraction_lost, report.lost), (0, 0));
    }

    #[test]
    fn an_even_stream_has_no_jitter_and_an_uneven_one_has() {
        let now = start();
        let mut even = Reception::new(48_000, now);
        let mut uneven = Reception::new(48_000, now);
        for n in 0..500_u32 {
            let due = now + Duration::from_millis(20) * n;
            // Timestamps wrap on the way.
            let timestamp = (u32::MAX - 96_000).wrapping_add(960 * n);
            even.packet(u64::from(n), timestamp, due);
            uneven.packet(u64::from(n), timestamp, due + Duration::from_millis(10) * (n % 2));
        }
        assert!(even.report(1, None, now).unwrap().jitter <= 1);
        let jitter = uneven.report(1, None, now).unwrap().jitter;
        assert!((430..=530).contains(&jitter), "10 ms at 48 kHz is 480, not {jitter}");
    }

    #[test]
    fn a_report_refers_to_the_last_sender_report() {
        let now = start();
        let mut reception = Reception::new(48_000, now);
        reception.packet(1, 0, now);
        let clock = SenderClock { ntp: 0x1111_2222_3333_4444, ours: 0, timestamp: 0, arrived: now };
        let report = reception.report(1, Some(&clock), now + Duration::from_millis(500)).unwrap();
        assert_eq!((report.last_report, report.delay), (0x2222_3333, 32_768));
    }

    #[test]
    fn durations_become_fixed_point() {
        assert_eq!(long_ntp(Duration::from_millis(1500)), 0x1_8000_0000);
        assert_eq!(in_clock_units(Duration::from_millis(20), 48_000), 960);
        assert_eq!(
            in_clock_units(Duration::from_secs(100_000), 90_000),
            u32::try_from(9_000_000_000_u64 & 0xffff_ffff).unwrap()
        );
    }
}

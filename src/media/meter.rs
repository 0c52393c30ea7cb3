//! Brings one thread's own counters into the metrics of the process, about once a second.
//!
//! The threads count in plain numbers; only differences to the last time are published, so several threads add up.
use crate::inbox::Traffic;
use crate::metrics::MediaMetrics;
use crate::outgoing::Sent;
use sfu::{Counters, Drops, Sfu};
use telemetry::metrics::{IntCounter, IntCounterVec};

/// Reads one number.
type Read<T> = fn(&T) -> u64;

/// Drops by reason.
const DROPS: [(&str, Read<Drops>); 17] = [
    ("malformed", |drops| drops.malformed),
    ("unknown_address", |drops| drops.unknown_address),
    ("stun", |drops| drops.stun),
    ("dtls", |drops| drops.dtls),
    ("srtp", |drops| drops.srtp),
    ("early", |drops| drops.early),
    ("unknown_ssrc", |drops| drops.unknown_ssrc),
    ("surplus_ssrc", |drops| drops.surplus_ssrc),
    ("unknown_payload_type", |drops| drops.unknown_payload_type),
    ("too_long", |drops| drops.too_long),
    ("duplicate", |drops| drops.duplicate),
    ("too_old", |drops| drops.too_old),
    ("padding", |drops| drops.padding),
    ("unmatched_codec", |drops| drops.unmatched_codec),
    ("rtcp", |drops| drops.rtcp),
    ("refused_resend", |drops| drops.refused_resend),
    ("unsent", |drops| drops.unsent),
];

/// What was published last.
#[derive(Debug)]
pub(crate) struct Meter {
    metrics: MediaMetrics,
    counters: Counters,
    traffic: Traffic,
    sent: Sent,
    calls: i64,
    peers: i64,
}

impl Meter {
    /// Nothing published yet. Every label exists from now on, at 0.
    pub(crate) fn new(metrics: MediaMetrics) -> Self {
        let mut meter = Self {
            metrics,
            counters: Counters::default(),
            traffic: Traffic::default(),
            sent: Sent::default(),
            calls: 0,
            peers: 0,
        };
        meter.count(&Counters::default());
        meter.transfer(Traffic::default(), Sent::default());
        for queue in ["control", "events"] {
            meter.metrics.overflows_total.with_label_values(&[queue]);
        }
        meter
    }

    /// Publishes everything.
    pub(crate) fn publish(&mut self, sfu: &Sfu, traffic: Traffic, sent: Sent) {
        self.transfer(traffic, sent);
        self.count(sfu.counters());
        let (calls, peers) = sfu.population();
        self.populate(i64::try_from(calls).unwrap_or(i64::MAX), i64::try_from(peers).unwrap_or(i64::MAX));
    }

    /// The thread ends: what it had is no longer there.
    pub(crate) fn close(&mut self) {
        self.populate(0, 0);
    }

    fn populate(&mut self, calls: i64, peers: i64) {
        self.metrics.calls.add(calls - std::mem::replace(&mut self.calls, calls));
        self.metrics.peers.add(peers - std::mem::replace(&mut self.peers, peers));
    }

    fn count(&mut self, now: &Counters) {
        let (metrics, last) = (&self.metrics, &self.counters);
        let labelled: [(&IntCounterVec, &str, Read<Counters>); 8] = [
            (&metrics.rtp_total, "received", |c| c.rtp_received),
            (&metrics.rtp_total, "forwarded", |c| c.rtp_forwarded),
            (&metrics.rtp_total, "repaired", |c| c.rtp_repaired),
            (&metrics.rtp_total, "resent", |c| c.rtp_resent),
            (&metrics.rtcp_total, "in", |c| c.rtcp_received),
            (&metrics.rtcp_total, "out", |c| c.rtcp_sent),
            (&metrics.nacks_total, "in", |c| c.nacks_received),
            (&metrics.nacks_total, "out", |c| c.nacks_sent),
        ];
        for (counter, label, read) in labelled {
            add(&counter.with_label_values(&[label]), read(last), read(now));
        }
        for (reason, read) in DROPS {
            let counter = metrics.drops_total.with_label_values(&[reason]);
            add(&counter, read(&last.dropped), read(&now.dropped));
        }
        add(&metrics.key_frame_requests_total, last.key_frame_requests, now.key_frame_requests);
        add(&metrics.peers_lost_total, last.peers_lost, now.peers_lost);
        self.counters.clone_from(now);
    }

    fn transfer(&mut self, traffic: Traffic, sent: Sent) {
        let metrics = &self.metrics;
        let rows = [
            (&metrics.packets_total, "in", self.traffic.packets, traffic.packets),
            (&metrics.packets_total, "out", self.sent.packets, sent.packets),
            (&metrics.bytes_total, "in", self.traffic.bytes, traffic.bytes),
            (&metrics.bytes_total, "out", self.sent.bytes, sent.bytes),
            (&metrics.overflows_total, "send", self.sent.overflown, sent.overflown),
            (&metrics.drops_total, "refused_by_system", self.sent.refused, sent.refused),
        ];
        for (counter, label, last, now) in rows {
            add(&counter.with_label_values(&[label]), last, now);
        }
        add(&metrics.receive_calls_total, self.traffic.calls, traffic.calls);
        add(&metrics.send_calls_total, self.sent.calls, sent.calls);
        self.traffic = traffic;
        self.sent = sent;
    }
}

fn add(counter: &IntCounter, last: u64, now: u64) {
    counter.inc_by(now.saturating_sub(last));
}

#[cfg(test)]
mod tests {
    use super::*;
    use telemetry::metrics::Registry;

    #[test]
    fn differences_of_several_threads_add_up() {
        let registry = Registry::new();
        let metrics = MediaMetrics::register(&registry).unwrap();
        let mut meters = [Meter::new(metrics.clone()), Meter::new(metrics.clone())];
        let text = telemetry::metrics::encode(&registry).unwrap();
        assert!(
            text.contains("media_drops_total{reason=\"unknown_address\"} 0"),
            "labels exist before anything happens"
        );
        for step in 1..=3 {
            for meter in &mut meters {
                let mut counters = Counters { rtp_forwarded: step * 10, ..Counters::default() };
                counters.dropped.stun = step;
                meter.count(&counters);
                meter.transfer(
                    Traffic { packets: step, bytes: step * 100, calls: step },
                    Sent { packets: step * 5, ..Sent::default() },
                );
                meter.populate(1, 2);
            }
        }
        let of = |counter: &IntCounterVec, label: &str| counter.with_label_values(&[label]).get();
        assert_eq!(of(&metrics.rtp_total, "forwarded"), 60);
        assert_eq!(of(&metrics.drops_total, "stun"), 6);
        assert_eq!((of(&metrics.packets_total, "in"), of(&metrics.packets_total, "out")), (6, 30));
        assert_eq!(of(&metrics.bytes_total, "in"), 600);
        assert_eq!((metrics.calls.get(), metrics.peers.get()), (2, 4));
        meters[0].close();
        assert_eq!((metrics.calls.get(), metrics.peers.get()), (1, 2));
    }
}

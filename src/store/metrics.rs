//! What the store counts.
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, core::Collector,
};

/// Every number of this crate.
#[derive(Clone, Debug)]
pub struct StoreMetrics {
    /// `store_commit_writes`: writes per group commit; its count is the number of commits.
    pub(crate) commit_writes: Histogram,
    /// `store_commit_seconds`: from BEGIN to the end of COMMIT, synced.
    pub(crate) commit_seconds: Histogram,
    /// `store_write_queue`: writes waiting for the writer thread.
    pub(crate) write_queue: IntGauge,
    /// `store_read_seconds{phase}`: `wait` for a connection, `run` on it.
    pub(crate) read_seconds: HistogramVec,
    /// `store_failures_total{kind}`: `read`, `write` (one of a group), `commit` (a whole group). Refusals that the
    /// caller caused (not found, conflict) are not failures.
    pub(crate) failures: IntCounterVec,
}

impl StoreMetrics {
    /// Makes the metrics and adds them to `registry`. Fails when they are there already.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        let seconds = prometheus::exponential_buckets(0.000_1, 2.0, 16)?;
        let writes = prometheus::exponential_buckets(1.0, 2.0, 10)?;
        let metrics = Self {
            commit_writes: Histogram::with_opts(
                HistogramOpts::new("store_commit_writes", "Writes per group commit.").buckets(writes),
            )?,
            commit_seconds: Histogram::with_opts(
                HistogramOpts::new(
                    "store_commit_seconds",
                    "From BEGIN to the end of COMMIT, synced to disk.",
                )
                .buckets(seconds.clone()),
            )?,
            write_queue: IntGauge::new("store_write_queue", "Writes waiting for the writer thread.")?,
            read_seconds: HistogramVec::new(
                HistogramOpts::new("store_read_seconds", "Reads: waiting for a connection, running on it.")
                    .buckets(seconds),
                &["phase"],
            )?,
            failures: IntCounterVec::new(
                Opts::new("store_failures_total", "Failed reads, writes and group commits."),
                &["kind"],
            )?,
        };
        for kind in [READ, WRITE, COMMIT] {
            metrics.failures.with_label_values(&[kind]);
        }
        let all: [Box<dyn Collector>; 5] = [
            Box::new(metrics.commit_writes.clone()),
            Box::new(metrics.commit_seconds.clone()),
            Box::new(metrics.write_queue.clone()),
            Box::new(metrics.read_seconds.clone()),
            Box::new(metrics.failures.clone()),
        ];
        all.into_iter().try_for_each(|collector| registry.register(collector))?;
        Ok(metrics)
    }

    pub(crate) fn count_failure(&self, kind: &str) {
        self.failures.with_label_values(&[kind]).inc();
    }
}

pub(crate) const READ: &str = "read";
pub(crate) const WRITE: &str = "write";
pub(crate) const COMMIT: &str = "commit";

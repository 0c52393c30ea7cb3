//! Metrics: one documented struct per crate, made by [`metrics!`](crate::metrics), and the text of `/metrics`.
//!
//! ```text
//! telemetry::metrics! {
//!     /// What the gateway counts.
//!     pub struct GatewayMetrics("gateway") {
//!         /// Connections that have completed CONNECT and are not yet closed.
//!         pub(crate) sessions: IntGauge,
//!         /// Connections closed, by reason.
//!         pub(crate) closed_total: IntCounterVec["reason"],
//!         /// From SEND received to RECEIPT queued, seconds.
//!         pub(crate) action_seconds: HistogramVec["action"],
//!         /// Subscribers reached by one event.
//!         pub(crate) fan_out: Histogram(POWERS_OF_TWO),
//!     }
//! }
//! let metrics = GatewayMetrics::register(&registry)?;     // gateway_sessions, gateway_closed_total, …
//! ```
//!
//! The doc comment of a field is its help text. Labels have few, fixed values: never an id of a user or a call.
pub use prometheus::{
    Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, Result,
};
use prometheus::{HistogramOpts, Opts, TextEncoder, core::Collector};

/// Buckets of a histogram that names none: durations in seconds, 0.1 ms to 3.3 s, each twice the one before.
pub const SECONDS: &[f64] = &[
    0.000_1, 0.000_2, 0.000_4, 0.000_8, 0.001_6, 0.003_2, 0.006_4, 0.012_8, 0.025_6, 0.051_2, 0.102_4,
    0.204_8, 0.409_6, 0.819_2, 1.638_4, 3.276_8,
];
/// Buckets for counts and sizes: 1 to 32,768.
pub const POWERS_OF_TWO: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0, 16_384.0,
    32_768.0,
];

/// Everything in `registry` in the Prometheus text format (content type `text/plain; version=0.0.4`).
pub fn encode(registry: &Registry) -> Result<String> {
    TextEncoder::new().encode_to_string(&registry.gather())
}

/// Declares the metrics of a crate as a struct with `register`; see the [module](crate::metrics) for the syntax.
#[macro_export]
macro_rules! metrics {
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident($area:literal) {
            $(
                $(#[doc = $help:literal])+
                $field_vis:vis $field:ident: $kind:ident $([$($label:literal),+])? $(($buckets:expr))?
            ),+ $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        $vis struct $name {
            $(
                $(#[doc = $help])+
                $field_vis $field: $crate::metrics::$kind,
            )+
        }

        impl $name {
            /// Makes the metrics and adds them to `registry`. Fails when they are there already.
            $vis fn register(registry: &$crate::metrics::Registry) -> $crate::metrics::Result<Self> {
                Ok(Self {
                    $($field: $crate::metrics::Declaration {
                        name: concat!($area, "_", stringify!($field)),
                        help: concat!($($help),+),
                        labels: &[$($($label),+)?],
                        buckets: $crate::metrics!(@buckets $($buckets)?),
                    }
                    .register(registry)?,)+
                })
            }
        }
    };
    (@buckets) => { $crate::metrics::SECONDS };
    (@buckets $buckets:expr) => { $buckets };
}

/// One metric, as [`metrics!`](crate::metrics) writes it down.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// `<area>_<thing>_<unit>[_total]`.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// Names of labels; kinds without labels accept none.
    pub labels: &'static [&'static str],
    /// Upper bounds, for histograms.
    pub buckets: &'static [f64],
}

impl Declaration {
    /// Makes the metric and adds it to `registry`.
    pub fn register<M: Metric>(&self, registry: &Registry) -> Result<M> {
        let metric = M::declare(self)?;
        registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    fn options(&self) -> Opts {
        Opts::new(self.name, self.help.trim())
    }

    fn histogram_options(&self) -> HistogramOpts {
        HistogramOpts::from(self.options()).buckets(self.buckets.to_vec())
    }

    fn without_labels(&self) -> Result<&Self> {
        if self.labels.is_empty() {
            return Ok(self);
        }
        Err(prometheus::Error::Msg(format!("{} has labels but is not a kind with labels", self.name)))
    }
}

/// A kind of metric that can be declared.
pub trait Metric: Collector + Clone + 'static {
    /// Makes it, not yet registered.
    fn declare(declaration: &Declaration) -> Result<Self>;
}

macro_rules! metric_kinds {
    ($($kind:ident: $declaration:ident => $make:expr;)+) => {
        $(impl Metric for $kind {
            fn declare($declaration: &Declaration) -> Result<Self> {
                $make
            }
        })+
    };
}

metric_kinds! {
    IntCounter: it => Self::with_opts(it.without_labels()?.options());
    IntGauge: it => Self::with_opts(it.without_labels()?.options());
    Histogram: it => Self::with_opts(it.without_labels()?.histogram_options());
    IntCounterVec: it => Self::new(it.options(), it.labels);
    IntGaugeVec: it => Self::new(it.options(), it.labels);
    HistogramVec: it => Self::new(it.histogram_options(), it.labels);
}

#[cfg(test)]
mod tests {
    use super::*;

    metrics! {
        /// Every kind once.
        struct TestMetrics("test") {
            /// Sessions
            /// that are open.
            sessions: IntGauge,
            /// Packets seen.
            packets_total: IntCounter,
            /// Answers by kind.
            answers_total: IntCounterVec["kind", "outcome"],
            /// Threads by state.
            threads: IntGaugeVec["state"],
            /// From question to answer.
            answer_seconds: HistogramVec["kind"],
            /// Receivers of one event.
            fan_out: Histogram(&[1.0, 10.0]),
        }
    }

    #[test]
    fn declared_metrics_appear_with_area_help_labels_and_buckets() {
        let registry = Registry::new();
        let metrics = TestMetrics::register(&registry).unwrap();
        metrics.sessions.set(3);
        metrics.packets_total.inc_by(5);
        metrics.answers_total.with_label_values(&["relay", "ok"]).inc();
        metrics.threads.with_label_values(&["idle"]).set(2);
        metrics.answer_seconds.with_label_values(&["relay"]).observe(0.000_3);
        metrics.fan_out.observe(7.0);
        let text = encode(&registry).unwrap();
        for line in [
            "# HELP test_sessions Sessions that are open.",
            "# TYPE test_sessions gauge",
            "test_sessions 3",
            "test_packets_total 5",
            "test_answers_total{kind=\"relay\",outcome=\"ok\"} 1",
            "test_threads{state=\"idle\"} 2",
            "test_answer_seconds_bucket{kind=\"relay\",le=\"0.0002\"} 0",
            "test_answer_seconds_bucket{kind=\"relay\",le=\"0.0004\"} 1",
            "test_fan_out_bucket{le=\"1\"} 0",
            "test_fan_out_bucket{le=\"10\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "no line {line} in\n{text}");
        }
    }

    #[test]
    fn the_same_metrics_cannot_be_registered_twice() {
        let registry = Registry::new();
        TestMetrics::register(&registry).unwrap();
        assert!(TestMetrics::register(&registry).is_err());
    }

    #[test]
    fn labels_on_a_kind_without_labels_are_refused() {
        let odd = Declaration { name: "odd", help: "Odd.", labels: &["kind"], buckets: SECONDS };
        assert!(odd.register::<IntGauge>(&Registry::new()).is_err());
        assert!(odd.register::<IntGaugeVec>(&Registry::new()).is_ok());
    }
}

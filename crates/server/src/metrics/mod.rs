//! What is measured, for Prometheus: the list of all metrics, and the handles by which the hot path records.
//!
//! Recording costs a few atomic additions: handles are looked up once and not by a name. What would need a look into the store is
//! read when somebody scrapes (`scrape.rs`). docs/operating.md has the table of what is served; a test holds both together.

mod operations;
mod process;
mod scrape;

pub use operations::Operations;
pub use scrape::{Readings, Stored};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use stepwell_services::effect::{Effect, EffectResult};
use stepwell_services::shard::Sealed;

/// A gauge of seconds.
pub(crate) type SecondsGauge = Gauge<f64, AtomicU64>;

/// Of latencies, in seconds: tells half a millisecond from one, and reaches to a minute.
pub(crate) const LATENCY_BUCKETS: [f64; 17] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0,
];

/// All metrics of a server.
pub struct Metrics {
    registry: Registry,
    /// What is set when somebody scrapes: one scrape at a time.
    readings: Mutex<scrape::Gauges>,
    /// Latencies and answers, by operation.
    pub operations: Operations,
    /// Requests that were told to slow down.
    pub refused: Counter,
    /// Connections that are open.
    pub connections: Gauge,
    commit_seconds: Histogram,
    batch_commands: Histogram,
    batch_bytes: Histogram,
    effects_owed: [Gauge; 6],
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EffectLabels {
    kind: &'static str,
}

/// The kinds of effects, in the order of their gauges.
const EFFECT_KINDS: [&str; 6] = ["invoke", "prepare", "post", "continue", "fetch", "execute"];

impl Metrics {
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("stepwell_build", "The version that runs", build);
        let operations = Operations::new(&mut registry);
        let refused = Counter::default();
        registry.register(
            "stepwell_requests_refused",
            "Requests that were told to slow down, since too many waited for the writer",
            refused.clone(),
        );
        let connections = Gauge::default();
        registry.register("stepwell_connections", "Connections that are open", connections.clone());
        let commit_seconds = Histogram::new(LATENCY_BUCKETS);
        registry.register_with_unit(
            "stepwell_commit_duration",
            "Time that a batch took to be written and synced",
            Unit::Seconds,
            commit_seconds.clone(),
        );
        let batch_commands = Histogram::new(exponential_buckets(1.0, 2.0, 13));
        registry.register(
            "stepwell_batch_commands",
            "Commands that shared a commit, those of the server's own included",
            batch_commands.clone(),
        );
        let batch_bytes = Histogram::new(exponential_buckets(256.0, 4.0, 8));
        registry.register_with_unit(
            "stepwell_batch_size",
            "Keys and values that a commit wrote",
            Unit::Bytes,
            batch_bytes.clone(),
        );
        let owed = Family::<EffectLabels, Gauge>::default();
        registry.register(
            "stepwell_effects_owed",
            "Effects that are owed and whose results were not taken in yet",
            owed.clone(),
        );
        let effects_owed = EFFECT_KINDS.map(|kind| owed.get_or_create(&EffectLabels { kind }).clone());
        let readings = Mutex::new(scrape::Gauges::new(&mut registry));
        Self {
            registry,
            readings,
            operations,
            refused,
            connections,
            commit_seconds,
            batch_commands,
            batch_bytes,
            effects_owed,
        }
    }

    /// A batch became durable.
    pub fn committed(&self, sealed: &Sealed, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
        self.batch_commands.observe(f64::from(sealed.commands));
        // Sizes are far below where a float gets coarse.
        self.batch_bytes.observe(sealed.bytes as f64);
    }

    /// An effect is owed from now on.
    pub fn owes(&self, effect: &Effect) {
        let kind = match effect {
            Effect::Invoke(_) => 0,
            Effect::PrepareFunction(_) => 1,
            Effect::Post(_) => 2,
            Effect::Continue(_) => 3,
            Effect::Fetch(_) => 4,
            Effect::Execute(_) => 5,
        };
        self.effects_owed[kind].inc();
    }

    /// The result of an owed effect is taken in.
    pub fn settles(&self, result: &EffectResult) {
        let kind = match result {
            EffectResult::Invoked(_) => 0,
            EffectResult::Prepared(_) => 1,
            EffectResult::Posted(_) => 2,
            EffectResult::Continued => 3,
            EffectResult::Fetched(_) => 4,
            EffectResult::Executed(_) => 5,
        };
        self.effects_owed[kind].dec();
    }

    /// All metrics as OpenMetrics text, with what was read for this scrape.
    #[must_use]
    pub fn text(&self, readings: &Readings) -> String {
        let gauges = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        gauges.set(readings);
        let mut text = String::new();
        // INVARIANT: writing to a string can't fail, and the metrics' encoders have no errors of their own.
        encode(&mut text, &self.registry).expect("a string takes all text");
        text
    }
}

#[cfg(test)]
mod tests;

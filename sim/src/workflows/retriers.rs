//! What definitions say of retries, as checkers need it: read from their JSON, by the names of states.

use serde_json::Value;
use std::collections::BTreeMap;

/// The retrier of a Task state. States of one name have the same everywhere in a world, and at most one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Retrier {
    /// Retries at most.
    pub most: u64,
    pub interval_ms: f64,
    pub backoff: f64,
    pub longest_ms: Option<f64>,
}

impl Retrier {
    /// Ms between a failure and the retry that has so many before it, at least.
    #[must_use]
    pub fn pause_ms(&self, before: u64) -> u64 {
        let exponent = i32::try_from(before).unwrap_or(i32::MAX);
        let pause_ms = self.interval_ms * self.backoff.powi(exponent);
        self.longest_ms.map_or(pause_ms, |longest_ms| pause_ms.min(longest_ms)) as u64
    }
}

/// Adds the retriers of all Task states in a definition.
///
/// # Panics
/// If another state of this name has another retrier: then nobody could tell them apart.
pub fn gather(definition: &Value, retriers: &mut BTreeMap<String, Retrier>) {
    let states = definition["States"].as_object().into_iter().flatten();
    for (name, state) in states {
        if state["Type"] == "Task" {
            let retrier = retrier(state);
            let known = *retriers.entry(name.clone()).or_insert(retrier);
            assert_eq!(known, retrier, "the retriers of `{name}`");
        }
        state["Branches"].as_array().into_iter().flatten().for_each(|branch| gather(branch, retriers));
        gather(&state["ItemProcessor"], retriers);
    }
}

fn retrier(state: &Value) -> Retrier {
    let Some(retrier) = state["Retry"].get(0) else { return Retrier::default() };
    let number = |name: &str, otherwise: f64| retrier[name].as_f64().unwrap_or(otherwise);
    Retrier {
        most: retrier["MaxAttempts"].as_u64().unwrap_or(3),
        interval_ms: 1000.0 * number("IntervalSeconds", 1.0),
        backoff: number("BackoffRate", 2.0),
        longest_ms: retrier["MaxDelaySeconds"].as_f64().map(|seconds| 1000.0 * seconds),
    }
}

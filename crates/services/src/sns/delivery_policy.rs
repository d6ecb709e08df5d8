//! When a notification that an HTTP endpoint didn't take is tried again.
//!
//! A policy has four phases: tries without delay, tries at the least delay, tries between the least and the greatest delay,
//! tries at the greatest; then the notification is given up.

use serde::Deserialize;
use serde_json::Value;

/// How a delay grows from the least to the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    Arithmetic,
    Exponential,
    Geometric,
    #[default]
    Linear,
}

/// A retry policy; delays in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliveryPolicy {
    pub min_delay_target: u32,
    pub max_delay_target: u32,
    pub num_retries: u32,
    pub num_no_delay_retries: u32,
    pub num_min_delay_retries: u32,
    pub num_max_delay_retries: u32,
    pub backoff_function: Backoff,
}

impl Default for DeliveryPolicy {
    /// AWS's own.
    fn default() -> Self {
        Self {
            min_delay_target: 20,
            max_delay_target: 20,
            num_retries: 3,
            num_no_delay_retries: 0,
            num_min_delay_retries: 0,
            num_max_delay_retries: 0,
            backoff_function: Backoff::Linear,
        }
    }
}

impl DeliveryPolicy {
    /// The policy in a topic's attribute.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of_topic(text: &str) -> Result<Self, String> {
        let policy = object(text)?;
        Self::read(policy.get("http").and_then(|http| http.get("defaultHealthyRetryPolicy")))
    }

    /// The policy in a subscription's attribute.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of_subscription(text: &str) -> Result<Self, String> {
        Self::read(object(text)?.get("healthyRetryPolicy"))
    }

    fn read(policy: Option<&Value>) -> Result<Self, String> {
        let Some(policy) = policy.filter(|policy| !policy.is_null()) else { return Ok(Self::default()) };
        let policy: Self =
            serde_json::from_value(policy.clone()).map_err(|_| "failed to parse JSON.".to_owned())?;
        policy.check().map_or(Ok(policy), |reason| Err(reason.to_owned()))
    }

    fn check(&self) -> Option<&'static str> {
        let phases = [self.num_no_delay_retries, self.num_min_delay_retries, self.num_max_delay_retries];
        if self.min_delay_target < 1 || self.min_delay_target > self.max_delay_target {
            Some("minDelayTarget must be at least 1 and at most maxDelayTarget.")
        } else if self.max_delay_target > 3600 {
            Some("maxDelayTarget must be at most 3600.")
        } else if self.num_retries > 100 {
            Some("numRetries must be at most 100.")
        } else if phases.iter().map(|count| u64::from(*count)).sum::<u64>() > u64::from(self.num_retries) {
            Some("the retries of the phases must not be more than numRetries.")
        } else {
            None
        }
    }

    /// How many ms to wait before a try that comes after so many failures; `None`: never again.
    #[must_use]
    pub fn delay_ms(&self, failures: u32) -> Option<u64> {
        if failures == 0 || failures > self.num_retries {
            return None;
        }
        let retry = failures - 1;
        let backoff_from = self.num_no_delay_retries.saturating_add(self.num_min_delay_retries);
        let backoff_until = self.num_retries.saturating_sub(self.num_max_delay_retries);
        let seconds = if retry < self.num_no_delay_retries {
            0.0
        } else if retry < backoff_from {
            f64::from(self.min_delay_target)
        } else if retry < backoff_until {
            self.between(retry - backoff_from, backoff_until - backoff_from)
        } else {
            f64::from(self.max_delay_target)
        };
        Some((seconds * 1000.0) as u64)
    }

    /// The delay of the `step`th of so many tries that lead from the least to the greatest.
    fn between(&self, step: u32, steps: u32) -> f64 {
        let (least, greatest) = (f64::from(self.min_delay_target), f64::from(self.max_delay_target));
        let share = if steps > 1 { f64::from(step) / f64::from(steps - 1) } else { 0.0 };
        match self.backoff_function {
            Backoff::Linear => least + (greatest - least) * share,
            Backoff::Arithmetic => least + (greatest - least) * share * (share + 1.0) / 2.0,
            Backoff::Geometric => least * (greatest / least).powf(share),
            Backoff::Exponential => least + (greatest - least) * (share.exp2() - 1.0).powi(2),
        }
    }
}

fn object(text: &str) -> Result<Value, String> {
    let policy = stepwell_asl::jackson::parse(text);
    let policy = policy.map_err(|error| format!("failed to parse JSON. {error}"))?;
    if policy.is_object() { Ok(policy) } else { Err("failed to parse JSON.".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(policy: &str) -> Vec<Option<u64>> {
        let policy = DeliveryPolicy::of_subscription(policy).unwrap();
        (1..=policy.num_retries + 1).map(|failures| policy.delay_ms(failures)).collect()
    }

    #[test]
    fn by_default_there_are_three_more_tries_twenty_seconds_apart() {
        let twenty = Some(20_000);
        assert_eq!(delays("{}"), [twenty, twenty, twenty, None]);
    }

    #[test]
    fn the_phases_follow_each_other() {
        let policy = r#"{"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 9, "numRetries": 7,
            "numNoDelayRetries": 1, "numMinDelayRetries": 1, "numMaxDelayRetries": 2, "backoffFunction": "FUNCTION"}}"#;
        for (function, middle) in [("linear", 5000), ("geometric", 3000)] {
            let seconds = [0, 1000, 1000, middle, 9000, 9000, 9000].map(Some);
            let found = delays(&policy.replace("FUNCTION", function));
            assert_eq!(found[..7], seconds, "{function}");
            assert_eq!(found[7], None);
        }
    }

    #[test]
    fn a_policy_that_cannot_be_is_refused() {
        let wrong = [
            "x",
            "[]",
            r#"{"healthyRetryPolicy": 1}"#,
            r#"{"healthyRetryPolicy": {"minDelayTarget": 0}}"#,
            r#"{"healthyRetryPolicy": {"minDelayTarget": 30}}"#,
            r#"{"healthyRetryPolicy": {"maxDelayTarget": 3601}}"#,
            r#"{"healthyRetryPolicy": {"numRetries": 101}}"#,
            r#"{"healthyRetryPolicy": {"numRetries": -1}}"#,
            r#"{"healthyRetryPolicy": {"numNoDelayRetries": 4294967295, "numMinDelayRetries": 4294967295}}"#,
            r#"{"healthyRetryPolicy": {"backoffFunction": "quadratic"}}"#,
        ];
        for text in wrong {
            assert!(DeliveryPolicy::of_subscription(text).is_err(), "{text}");
        }
    }
}

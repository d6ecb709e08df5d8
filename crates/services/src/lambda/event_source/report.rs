//! What a function says of a batch with `ReportBatchItemFailures`: `{"batchItemFailures": [{"itemIdentifier": …}]}`.

use serde_json::Value;
use std::collections::HashSet;

/// Which messages of a batch stay in the queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Failed {
    These(HashSet<String>),
    All,
}

impl Failed {
    #[must_use]
    pub fn none() -> Self {
        Self::These(HashSet::new())
    }

    #[must_use]
    pub fn includes(&self, id: &str) -> bool {
        match self {
            Self::These(ids) => ids.contains(id),
            Self::All => true,
        }
    }

    /// Reads a function's answer. Nothing said is full success; what can't be understood, or names a message that isn't in the
    /// batch, is full failure.
    #[must_use]
    pub fn read(payload: &str, batch: &HashSet<&str>) -> Self {
        let failures = match serde_json::from_str(payload) {
            Ok(Value::Null) => return Self::none(),
            Ok(Value::Object(mut answer)) => answer.remove("batchItemFailures").unwrap_or(Value::Null),
            Ok(_) | Err(_) => return Self::All,
        };
        let failures = match failures {
            Value::Null => return Self::none(),
            Value::Array(failures) => failures,
            _ => return Self::All,
        };
        let id = |failure: &Value| {
            let id = failure.get("itemIdentifier")?.as_str()?;
            batch.contains(id).then(|| id.to_owned())
        };
        failures.iter().map(id).collect::<Option<_>>().map_or(Self::All, Self::These)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_stays() {
        let batch = HashSet::from(["a", "b", "c"]);
        let cases = [
            ("null", Some(vec![])),
            ("{}", Some(vec![])),
            (r#"{"other": 1}"#, Some(vec![])),
            (r#"{"batchItemFailures": null}"#, Some(vec![])),
            (r#"{"batchItemFailures": []}"#, Some(vec![])),
            (r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#, Some(vec!["b"])),
            (
                r#"{"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "b"}, {"itemIdentifier": "c"}]}"#,
                Some(vec!["b", "c"]),
            ),
            (r#"{"batchItemFailures": [{"itemIdentifier": "x"}]}"#, None),
            (r#"{"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "x"}]}"#, None),
            (r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#, None),
            (r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#, None),
            (r#"{"batchItemFailures": [{"wrong": "b"}]}"#, None),
            (r#"{"batchItemFailures": ["b"]}"#, None),
            (r#"{"batchItemFailures": "b"}"#, None),
            (r#""done""#, None),
            ("[]", None),
            ("{", None),
            ("", None),
        ];
        for (payload, expected) in cases {
            let expected = expected.map_or(Failed::All, |ids: Vec<&str>| {
                Failed::These(ids.into_iter().map(str::to_owned).collect())
            });
            assert_eq!(Failed::read(payload, &batch), expected, "{payload}");
        }
    }
}

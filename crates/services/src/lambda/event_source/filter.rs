//! Filter criteria: a message that no pattern matches is deleted without an invocation.
//!
//! A pattern sees a message's record, whose `body` is read as JSON if it is an object or a list. What has another type than the
//! pattern asks for doesn't match.

use super::configuration::FilterCriteria;
use super::record;
use crate::calls::Taken;
use crate::event_pattern::EventPattern;
use crate::failure::Failure;
use crate::lambda::errors;
use serde_json::{Value, json};

/// AWS's limit for a mapping, at its highest.
const MOST: usize = 20;
/// AWS's limit for a pattern.
const PATTERN_BYTES: usize = 4096;

/// A mapping's patterns, ready to match.
#[derive(Debug)]
pub struct Filters(Vec<EventPattern>);

impl Filters {
    /// Reads the patterns of a mapping.
    ///
    /// # Errors
    /// [`Failure::Broken`]: they were checked when they were stored.
    pub fn read(patterns: &[String]) -> Result<Self, Failure> {
        let read = |pattern: &String| {
            EventPattern::parse(pattern).ok_or_else(|| Failure::broken("a stored filter that can't be read"))
        };
        patterns.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether one of the patterns matches.
    #[must_use]
    pub fn let_through(&self, taken: &Taken) -> bool {
        let seen = seen(taken);
        self.0.iter().any(|pattern| pattern.matches(&seen))
    }
}

/// The patterns to store; nothing for no filter at all.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn check(criteria: &FilterCriteria) -> Result<Option<Vec<String>>, Failure> {
    let patterns: Vec<_> =
        criteria.filters.iter().map(|filter| filter.pattern.clone().unwrap_or_default()).collect();
    let is_valid = |pattern: &String| {
        pattern.is_empty() || (pattern.len() <= PATTERN_BYTES && EventPattern::parse(pattern).is_some())
    };
    if patterns.len() > MOST || !patterns.iter().all(is_valid) {
        return Err(errors::invalid_parameter("Invalid filter pattern definition.").into());
    }
    Ok((!patterns.is_empty()).then_some(patterns))
}

fn seen(taken: &Taken) -> Value {
    let message = &taken.message;
    let body = match serde_json::from_str(&message.body) {
        Ok(body @ (Value::Object(_) | Value::Array(_))) => body,
        _ => Value::from(message.body.as_str()),
    };
    json!({
        "messageId": message.id,
        "body": body,
        "attributes": taken.system_attributes(),
        "messageAttributes": record::message_attributes(taken),
        "eventSource": "aws:sqs",
    })
}

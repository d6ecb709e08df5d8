//! What an expression may cost. Definitions and data come from strangers, so every evaluation counts its work and the
//! size of what it makes, and no value may be nested so deeply that it could not be read back from its text. The
//! limits count and do not measure time: the same expression on the same data ends in the same way on every machine.

use std::fmt;

use serde_json::Value;

/// Levels of arrays and objects in a value that an expression may make. What is stored is read back as text, whose
/// reader stops at 128; the rest is for the arrays that Parallel and Map put around results.
pub const MAX_DEPTH: usize = 100;

/// Nodes looked at and comparisons made in one evaluation. A payload of 256 KiB has at most 131,072 nodes.
const MAX_STEPS: u64 = 1_000_000;

/// Bytes of JSON, roughly, that one evaluation may make. AWS refuses results of more than 256 KiB afterwards.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The evaluation was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The evaluation exceeds the limits on work, size or nesting.")
    }
}

impl std::error::Error for TooMuch {}

/// What is left for an evaluation.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: u64,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new() -> Budget {
        Budget { steps: MAX_STEPS, bytes: MAX_BYTES }
    }

    pub(crate) fn spend_steps(&mut self, steps: u64) -> Result<(), TooMuch> {
        self.steps = self.steps.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }

    pub(crate) fn spend_bytes(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.bytes = self.bytes.checked_sub(bytes as u64).ok_or(TooMuch)?;
        Ok(())
    }

    /// Pays for a copy of `value`.
    pub(crate) fn copy(&mut self, value: &Value) -> Result<Value, TooMuch> {
        self.pay(value)?;
        Ok(value.clone())
    }

    /// Pays for a value that was made.
    pub(crate) fn pay(&mut self, value: &Value) -> Result<(), TooMuch> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => self.spend_bytes(8),
            Value::String(text) => self.spend_bytes(text.len() + 2),
            Value::Array(items) => {
                self.spend_bytes(2)?;
                items.iter().try_for_each(|item| self.pay(item))
            }
            Value::Object(fields) => {
                self.spend_bytes(2)?;
                fields.iter().try_for_each(|(name, field)| {
                    self.spend_bytes(name.len() + 3)?;
                    self.pay(field)
                })
            }
        }
    }
}

/// How much it may cost to look at all of a value: the number of values in it, and more for long texts.
pub(crate) fn weight(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().map(weight).sum::<u64>() + 1,
        Value::Object(fields) => fields.values().map(weight).sum::<u64>() + 1,
        Value::String(text) => text_weight(text),
        _ => 1,
    }
}

pub(crate) fn text_weight(text: &str) -> u64 {
    1 + text.len() as u64 / 16
}

/// Refuses a value of more than [`MAX_DEPTH`] levels.
pub fn check_depth(value: &Value) -> Result<(), TooMuch> {
    if fits(value, MAX_DEPTH) { Ok(()) } else { Err(TooMuch) }
}

fn fits(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| fits(item, levels - 1)),
        Value::Object(fields) => levels > 0 && fields.values().all(|field| fits(field, levels - 1)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn depth_is_limited_on_the_level() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |value, _| json!([value]));
        assert_eq!(check_depth(&nested(MAX_DEPTH)), Ok(()));
        assert_eq!(check_depth(&nested(MAX_DEPTH + 1)), Err(TooMuch));
    }

    #[test]
    fn copies_are_paid_for() {
        let mut budget = Budget::new();
        let megabyte = json!({"k": "x".repeat(1024 * 1024)});
        let copies = (0..100).take_while(|_| budget.copy(&megabyte).is_ok()).count();
        assert_eq!(copies, 15);
    }
}

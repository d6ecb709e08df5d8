//! Tags of a queue: what AWS takes as one.

use crate::failure::Failure;
use crate::sqs::errors;
use std::collections::BTreeMap;

const MOST: usize = 50;

/// Checks tags that are given.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), Failure> {
    for (key, value) in tags {
        if !(1..=128).contains(&key.chars().count()) {
            return Err(errors::invalid_parameter(
                "Tag keys must be between 1 and 128 characters in length.",
            )
            .into());
        }
        if value.chars().count() > 256 {
            return Err(errors::invalid_parameter(
                "Tag values must be between 0 and 256 characters in length.",
            )
            .into());
        }
    }
    Ok(())
}

/// Checks how many there are together.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn check_count(tags: &BTreeMap<String, String>, queue: &str) -> Result<(), Failure> {
    if tags.len() <= MOST {
        return Ok(());
    }
    Err(errors::invalid_parameter(format!("Too many tags added for queue {queue}.")).into())
}

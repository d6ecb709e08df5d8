//! The logging configuration of a state machine, before it is kept: a level needs a destination that is there.

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::rows::Rows;
use crate::states::errors;
use serde_json::Value;

/// Checks a configuration that was given.
///
/// # Errors
/// `InvalidLoggingConfiguration`.
pub fn check(given: Option<&Value>, rows: &(impl Rows + ?Sized), context: &Context) -> Result<(), Failure> {
    let level = given.and_then(|given| given.get("level")).and_then(Value::as_str).unwrap_or("OFF");
    if level == "OFF" {
        return Ok(());
    }
    let destinations = given.and_then(|given| given.get("destinations")).and_then(Value::as_array);
    let [destination] = destinations.map(Vec::as_slice).unwrap_or_default() else {
        return Err(errors::invalid_logging_configuration("Must specify exactly one Log Destination.").into());
    };
    let arn = destination.pointer("/cloudWatchLogsLogGroup/logGroupArn").and_then(Value::as_str);
    let group = arn.and_then(|arn| arn.strip_suffix(":*"));
    let is_there = match group {
        Some(group) => calls::log_group_exists(group, rows, context)?,
        None => false,
    };
    if is_there {
        return Ok(());
    }
    Err(errors::invalid_logging_configuration("Log Destination not found.").into())
}

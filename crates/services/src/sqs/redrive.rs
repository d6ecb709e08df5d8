//! The two policies of redrive: where a queue's dead letters go, and which queues may send theirs to a queue.

use crate::failure::Failure;
use crate::rows::Rows;
use crate::sqs::errors;
use crate::sqs::model::Queue;
use serde_json::{Value, json};

const UNSUPPORTED: &str = "Amazon SQS can't create the redrive policy, as it's in an unsupported format.";

/// A `RedrivePolicy` in its one spelling: the target, then the count as a number.
///
/// # Errors
/// `InvalidParameterValue` with AWS's reason.
pub fn check_policy(text: &str, queue: &Queue, rows: &dyn Rows) -> Result<String, Failure> {
    let invalid = |reason: &str| Failure::from(errors::invalid_value("RedrivePolicy", text, reason));
    let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
        return Err(invalid("Redrive policy is not a valid JSON map."));
    };
    let missing =
        |name: &str| invalid(&format!("Redrive policy does not contain mandatory attribute: {name}."));
    let count = policy.get("maxReceiveCount").ok_or_else(|| missing("maxReceiveCount"))?;
    let target = policy.get("deadLetterTargetArn").ok_or_else(|| missing("deadLetterTargetArn"))?;
    let range = || {
        let shown = count.as_str().map_or_else(|| count.to_string(), str::to_owned);
        invalid(&format!(
            "Invalid value for maxReceiveCount: {shown}, valid values are from 1 to 1000 both inclusive."
        ))
    };
    let number = count.as_u64().or_else(|| count.as_str()?.parse().ok());
    let number = number.filter(|number| (1..=1000).contains(number)).ok_or_else(range)?;
    let arn = target.as_str().ok_or_else(|| invalid(UNSUPPORTED))?;
    check_target(arn, queue, rows)?.map_or(Ok(()), |reason| Err(invalid(&reason)))?;
    Ok(json!({"deadLetterTargetArn": arn, "maxReceiveCount": number}).to_string())
}

/// Why a queue can't send its dead letters to the queue of this ARN.
fn check_target(arn: &str, queue: &Queue, rows: &dyn Rows) -> Result<Option<String>, Failure> {
    let Some(target) = Queue::by_arn(arn, rows)? else {
        return Ok(Some("Dead letter target does not exist.".to_owned()));
    };
    if target.account != queue.account {
        return Ok(Some("Dead-letter target owner should be same as the source.".to_owned()));
    }
    if target.is_fifo() != queue.is_fifo() {
        return Ok(Some("Dead-letter queue must be same type of queue as the source.".to_owned()));
    }
    if !admits(&target, queue) {
        return Ok(Some(format!("The redrive allow policy of {arn} doesn't allow the source queue.")));
    }
    Ok(None)
}

/// Whether a queue takes the dead letters of another, by its `RedriveAllowPolicy`.
fn admits(target: &Queue, source: &Queue) -> bool {
    let policy = target.attributes.get("RedriveAllowPolicy");
    let policy: Option<Value> = policy.and_then(|text| serde_json::from_str(text).ok());
    let Some(policy) = policy else { return true };
    match policy["redrivePermission"].as_str() {
        Some("denyAll") => false,
        Some("byQueue") => {
            let sources = policy["sourceQueueArns"].as_array();
            sources.is_some_and(|arns| arns.iter().any(|arn| arn.as_str() == Some(source.arn().as_str())))
        }
        _ => true,
    }
}

/// A `RedriveAllowPolicy`, without white space.
///
/// # Errors
/// `InvalidParameterValue` with a reason.
pub fn check_allow_policy(text: &str) -> Result<String, Failure> {
    let invalid = || {
        let reason = "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.";
        Failure::from(errors::invalid_value("RedriveAllowPolicy", text, reason))
    };
    let Ok(policy @ Value::Object(_)) = serde_json::from_str(text) else { return Err(invalid()) };
    let sources = policy.get("sourceQueueArns");
    let is_list = |sources: &Value| {
        let Some(arns) = sources.as_array() else { return false };
        (1..=10).contains(&arns.len()) && arns.iter().all(Value::is_string)
    };
    let fits = match policy["redrivePermission"].as_str() {
        Some("allowAll" | "denyAll") => sources.is_none(),
        Some("byQueue") => sources.is_some_and(is_list),
        _ => false,
    };
    if fits { Ok(policy.to_string()) } else { Err(invalid()) }
}

//! The statements that `AddPermission` writes into a queue's policy, and `RemovePermission` takes out again.

use crate::sqs::model::Queue;
use serde_json::{Map, Value, json};

/// The policy of a queue, or the one that a first permission begins with.
pub fn policy(queue: &Queue) -> Map<String, Value> {
    let stored = queue.attributes.get("Policy").and_then(|text| serde_json::from_str(text).ok());
    stored.unwrap_or_else(|| {
        let id = format!("{}/SQSDefaultPolicy", queue.arn());
        let policy = json!({"Version": "2008-10-17", "Id": id, "Statement": []});
        policy.as_object().cloned().unwrap_or_default()
    })
}

/// The statements of a policy, which may be written as one without a list.
pub fn statements(policy: &mut Map<String, Value>) -> &mut Vec<Value> {
    let slot = policy.entry("Statement").or_insert_with(|| json!([]));
    if !slot.is_array() {
        *slot = Value::Array(vec![slot.take()]);
    }
    match slot {
        Value::Array(statements) => statements,
        _ => unreachable!("it was made a list above"),
    }
}

/// Whether this is the statement of a label.
pub fn is_labelled(statement: &Value, label: &str) -> bool {
    statement["Sid"].as_str() == Some(label)
}

/// One value by itself, several as a list: how AWS writes principals and actions.
pub fn one_or_list(mut values: Vec<String>) -> Value {
    match values.len() {
        1 => Value::String(values.remove(0)),
        _ => Value::from(values),
    }
}

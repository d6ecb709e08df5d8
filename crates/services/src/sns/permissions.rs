//! The statements that `AddPermission` writes into a topic's policy, and `RemovePermission` takes out again.

use crate::sns::model::Topic;
use crate::sns::topic_attributes::default_policy;
use serde_json::{Value, json};

/// The policy of a topic.
pub fn policy(topic: &Topic) -> Value {
    let stored = topic.attributes.get("Policy").and_then(|text| serde_json::from_str(text).ok());
    stored.filter(Value::is_object).unwrap_or_else(|| default_policy(topic))
}

/// The statements of a policy, which may be written as one without a list.
pub fn statements(policy: &mut Value) -> &mut Vec<Value> {
    let slot = &mut policy["Statement"];
    match slot {
        Value::Array(_) => {}
        Value::Null => *slot = json!([]),
        _ => *slot = Value::Array(vec![slot.take()]),
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

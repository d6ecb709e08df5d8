//! Where two JSON values differ, down to the smallest parts: path, before and after.

use super::change::AttributeChange;
use super::node::value_text;
use super::resolve::KNOWN_AFTER_APPLY;
use serde_json::Value;

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    pub path: String,
    pub change: AttributeChange,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Are two values the same as far as a resource can tell? Numbers and booleans may be written as texts, and a value
/// that is known only later is another one.
pub fn same(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        _ if after.as_str() == Some(KNOWN_AFTER_APPLY) => false,
        _ => match (value_text(before), value_text(after)) {
            (Some(left), Some(right)) => left == right,
            (left, right) => left == right && before == after,
        },
    }
}

/// The differences between two values at `path`, in the order of their keys.
pub fn leaves(path: &str, before: Option<&Value>, after: Option<&Value>) -> Vec<Leaf> {
    let mut found = Vec::new();
    compare(path.to_owned(), before, after, &mut found);
    found
}

fn compare(path: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Leaf>) {
    let change = match (before, after) {
        (None, None) => return,
        (Some(left), Some(right)) if same(left, right) => return,
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let mut keys: Vec<_> = left.keys().chain(right.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            return keys
                .into_iter()
                .for_each(|key| compare(format!("{path}/{key}"), left.get(key), right.get(key), found));
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            return (0..left.len().max(right.len())).for_each(|index| {
                compare(format!("{path}/{index}"), left.get(index), right.get(index), found)
            });
        }
        (None, Some(_)) => AttributeChange::Add,
        (Some(_), None) => AttributeChange::Remove,
        (Some(_), Some(_)) => AttributeChange::Modify,
    };
    found.push(Leaf { path, change, before: before.map(written), after: after.map(written) });
}

fn written(value: &Value) -> String {
    value_text(value).unwrap_or_else(|| value.to_string())
}

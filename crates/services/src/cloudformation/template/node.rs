//! The tree that a template's text becomes, JSON or YAML alike: scalars, lists and maps, each with its place in the file.
//!
//! Short tags are already spelled out (`!Ref A` is a map with the one key `Ref`). Maps keep the order of their keys; of
//! a key that stands twice the last value counts, as on AWS.

use indexmap::IndexMap;
use serde_json::{Number, Value};

/// Where something stands in the text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// A value of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub place: Place,
    pub content: Content,
}

/// The members of a map.
pub type Members = IndexMap<String, Node>;

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Null,
    /// As written, too: a thing may be called `Yes`.
    Bool(bool, String),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Members),
}

impl Node {
    #[must_use]
    pub fn new(place: Place, content: Content) -> Self {
        Self { place, content }
    }

    #[must_use]
    pub fn as_map(&self) -> Option<&Members> {
        match &self.content {
            Content::Map(members) => Some(members),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.content {
            Content::List(items) => Some(items),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A name, of a condition for one. What YAML takes for a boolean is a name as well.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        match &self.content {
            Content::Text(name) | Content::Bool(_, name) => Some(name),
            _ => None,
        }
    }

    /// The text of a scalar where a string is meant: numbers and booleans are written out.
    #[must_use]
    pub fn scalar_text(&self) -> Option<String> {
        match &self.content {
            Content::Text(text) => Some(text.clone()),
            Content::Bool(value, _) => Some(value.to_string()),
            Content::Number(number) => Some(number_text(number)),
            Content::Null | Content::List(_) | Content::Map(_) => None,
        }
    }

    /// As JSON, functions left as they are.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value, _) => Value::Bool(*value),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Content::Map(members) => {
                Value::Object(members.iter().map(|(key, node)| (key.clone(), node.to_json())).collect())
            }
        }
    }

    /// The path from here down to `target`, a node of this very tree: `/Value/Fn::GetAtt`.
    #[must_use]
    pub fn path_to(&self, target: &Self) -> Option<String> {
        if std::ptr::eq(self, target) {
            return Some(String::new());
        }
        match &self.content {
            Content::List(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| item.path_to(target).map(|rest| format!("/{index}{rest}"))),
            Content::Map(members) => members
                .iter()
                .find_map(|(key, node)| node.path_to(target).map(|rest| format!("/{key}{rest}"))),
            _ => None,
        }
    }
}

/// The text of a scalar value where a string is meant.
#[must_use]
pub fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number_text(number)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number as AWS writes it out: `192`, `1.1`, but `1.2345678901E10`.
#[must_use]
pub fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float_text(float),
        _ => number.to_string(),
    }
}

/// The shortest digits that mean this number, in the notation of Java, which AWS's texts show.
fn float_text(float: f64) -> String {
    let magnitude = float.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{float:?}");
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_aws_writes_them() {
        for (json, text) in [
            ("5", "5"),
            ("-7", "-7"),
            ("18446744073709551615", "18446744073709551615"),
            ("1.10", "1.1"),
            ("1.0", "1.0"),
            ("0.0", "0.0"),
            ("12345678901.0", "1.2345678901E10"),
            ("1e7", "1.0E7"),
            ("0.0001", "1.0E-4"),
            ("9999999.5", "9999999.5"),
        ] {
            let number: Number = serde_json::from_str(json).unwrap();
            assert_eq!(number_text(&number), text, "{json}");
        }
    }
}

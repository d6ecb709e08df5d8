//! Whether a message is what a policy asks for.

use super::number::same;
use super::{Condition, Field, FilterPolicy, Node, Pattern};
use crate::sns::model::MessageAttributeValue;
use serde_json::Value;
use std::collections::BTreeMap;

/// A message's body, read once for all policies that ask for it.
#[derive(Debug)]
pub struct Body(Option<Value>);

impl Body {
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).ok().filter(Value::is_object))
    }
}

impl FilterPolicy {
    /// Whether the attributes of a message match.
    #[must_use]
    pub fn matches_attributes(&self, attributes: &BTreeMap<String, MessageAttributeValue>) -> bool {
        self.root.matches_attributes(attributes)
    }

    /// Whether a body matches. One that is no JSON object never does.
    #[must_use]
    pub fn matches_body(&self, body: &Body) -> bool {
        body.0.as_ref().is_some_and(|body| self.root.matches_body(body))
    }
}

impl Node {
    fn matches_attributes(&self, attributes: &BTreeMap<String, MessageAttributeValue>) -> bool {
        let field = |(name, field): &(String, Field)| match field {
            Field::Conditions(conditions) => {
                let values = attributes.get(name).map(values);
                conditions.iter().any(|condition| condition.holds(values.as_deref()))
            }
            Field::Nested(_) => false,
        };
        let either = |nodes: &Vec<Self>| nodes.iter().any(|node| node.matches_attributes(attributes));
        self.fields.iter().all(field) && self.either.iter().all(either)
    }

    fn matches_body(&self, body: &Value) -> bool {
        let field = |(name, field): &(String, Field)| {
            let found = body.get(name);
            match field {
                Field::Nested(node) => match found {
                    // A list's elements are looked at one by one: all conditions have to hold for the same element.
                    Some(Value::Array(elements)) => elements.iter().any(|element| node.matches_body(element)),
                    Some(value) => node.matches_body(value),
                    None => node.matches_body(&Value::Null),
                },
                Field::Conditions(conditions) => {
                    let values = found.map(|value| match value {
                        Value::Array(elements) => elements.clone(),
                        value => vec![value.clone()],
                    });
                    conditions.iter().any(|condition| condition.holds(values.as_deref()))
                }
            }
        };
        let either = |nodes: &Vec<Self>| nodes.iter().any(|node| node.matches_body(body));
        self.fields.iter().all(field) && self.either.iter().all(either)
    }
}

/// What an attribute has to be compared with: a number, a text, the elements of an array. Bytes can't be compared.
fn values(attribute: &MessageAttributeValue) -> Vec<Value> {
    let text = attribute.string_value.as_deref().unwrap_or_default();
    let plain = || vec![Value::from(text)];
    match attribute.data_type.as_str() {
        "String.Array" => match serde_json::from_str(text) {
            Ok(Value::Array(elements)) => elements,
            Ok(scalar) => vec![scalar],
            Err(_) => plain(),
        },
        kind if kind == "Number" || kind.starts_with("Number.") => {
            text.trim().parse::<f64>().map_or_else(|_| plain(), |number| vec![Value::from(number)])
        }
        kind if kind == "Binary" || kind.starts_with("Binary.") => Vec::new(),
        _ => plain(),
    }
}

impl Condition {
    /// Whether one of the values is as asked; `None`: there is no such field.
    fn holds(&self, values: Option<&[Value]>) -> bool {
        match (self, values) {
            (Self::Exists(wanted), values) => values.is_some() == *wanted,
            (_, None) => false,
            (_, Some(values)) => values.iter().any(|value| self.holds_for(value)),
        }
    }

    fn holds_for(&self, value: &Value) -> bool {
        match self {
            Self::Text(text) => value.as_str() == Some(text),
            Self::Number(number) => value.as_f64().is_some_and(|value| same(value, *number)),
            Self::Bool(truth) => value.as_bool() == Some(*truth),
            Self::Null => value.is_null(),
            Self::Range(range) => value.as_f64().is_some_and(|number| range.has(number)),
            Self::Cidr(cidr) => value.as_str().is_some_and(|text| cidr.has(text)),
            Self::Pattern(pattern) => pattern.fits(value),
            Self::AnythingBut(patterns) => !patterns.iter().any(|pattern| pattern.fits(value)),
            // Decided above, without a value.
            Self::Exists(wanted) => *wanted,
        }
    }
}

impl Pattern {
    fn fits(&self, value: &Value) -> bool {
        if let Self::Number(number) = self {
            return value.as_f64().is_some_and(|value| same(value, *number));
        }
        let Some(text) = value.as_str() else { return false };
        match self {
            Self::Text(wanted) => text == wanted,
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Self::EqualsIgnoreCase(wanted) => text.to_lowercase() == *wanted,
            Self::PrefixIgnoreCase(prefix) => text.to_lowercase().starts_with(prefix.as_str()),
            Self::SuffixIgnoreCase(suffix) => text.to_lowercase().ends_with(suffix.as_str()),
            Self::Wildcard(wildcard) => wildcard.matches(text),
            Self::Number(_) => false,
        }
    }
}

//! What a resource type says of itself: its properties, checked before a handler is asked.

use super::Handler;
use crate::cloudformation::template::change::Recreation;
use serde_json::{Map, Number, Value};

/// A resource type.
pub struct ResourceType {
    pub name: &'static str,
    /// How the service's errors are told.
    pub sdk: Sdk,
    pub properties: &'static [Property],
    /// What `Fn::GetAtt` knows.
    pub attributes: &'static [&'static str],
    /// The property by which an author names it; such a resource can't be replaced under its name.
    pub named_by: Option<&'static str>,
    /// Does it get CloudFormation's own tags, beside the stack's?
    pub has_system_tags: bool,
    pub handler: &'static dyn Handler,
}

/// The SDK through which AWS's own handler speaks to the service: its errors show it.
#[derive(Debug, Clone, Copy)]
pub enum Sdk {
    /// `(Service: AWSStepFunctions; Status Code: 400; Error Code: …; Request ID: …; Proxy: null)`
    One(&'static str),
    /// `(Service: Sqs, Status Code: 400, Request ID: …)`
    Two(&'static str),
}

/// A property.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub recreation: Recreation,
}

/// What a property's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Boolean,
    List,
    Map,
    /// An object, or its JSON as a text.
    Json,
}

impl Property {
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, Kind::Integer)
    }

    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Boolean)
    }

    pub const fn list(name: &'static str) -> Self {
        Self::new(name, Kind::List)
    }

    pub const fn map(name: &'static str) -> Self {
        Self::new(name, Kind::Map)
    }

    pub const fn json(name: &'static str) -> Self {
        Self::new(name, Kind::Json)
    }

    /// The same, without which the resource can't be made.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same, whose change makes a new resource.
    pub const fn fixed(self) -> Self {
        Self { recreation: Recreation::Always, ..self }
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: false, recreation: Recreation::Never }
    }
}

impl ResourceType {
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// Does `Fn::GetAtt` yield this property? Observed: it does so beside the attributes, for what is no structure.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        let plain = [Kind::Text, Kind::Integer, Kind::Boolean];
        self.property(name).is_some_and(|property| plain.contains(&property.kind))
    }

    #[must_use]
    pub fn is_taggable(&self) -> bool {
        self.property("Tags").is_some()
    }

    /// What is wrong with properties, in AWS's words; nothing if nothing is.
    #[must_use]
    pub fn faults(&self, properties: &Map<String, Value>) -> Vec<String> {
        let mut faults = Vec::new();
        let unknown: Vec<_> =
            properties.keys().filter(|name| self.property(name).is_none()).map(String::as_str).collect();
        if !unknown.is_empty() {
            faults.push(format!("Encountered unsupported properties in {{/}}: [{}]", unknown.join(", ")));
        }
        for property in self.properties {
            match properties.get(property.name) {
                None if property.required => {
                    faults.push(format!("The property {{/{}}} is required", property.name));
                }
                Some(value) if !property.kind.fits(value) => faults.push(format!(
                    "Value of property {{/{}}} does not match type {{{}}}",
                    property.name,
                    property.kind.as_str()
                )),
                _ => {}
            }
        }
        faults
    }

    /// Properties in the types of the schema: templates may write numbers and booleans as texts, and the other way round.
    #[must_use]
    pub fn typed(&self, properties: Map<String, Value>) -> Map<String, Value> {
        let typed = |(name, value): (String, Value)| {
            let value = match self.property(&name) {
                Some(property) => property.kind.typed(value),
                None => value,
            };
            (name, value)
        };
        properties.into_iter().map(typed).collect()
    }
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Integer => "Integer",
            Self::Boolean => "Boolean",
            Self::List => "Array",
            Self::Map => "Object",
            Self::Json => "Json",
        }
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)),
            Self::Integer => integer(value).is_some(),
            Self::Boolean => boolean(value).is_some(),
            Self::List => value.is_array(),
            Self::Map => value.is_object(),
            Self::Json => value.is_object() || value.as_str().is_some_and(is_object),
        }
    }

    fn typed(self, value: Value) -> Value {
        match (self, &value) {
            (Self::Text, Value::Number(_) | Value::Bool(_)) => Value::from(value.to_string()),
            (Self::Integer, Value::String(_)) => integer(&value).map_or(value, Value::from),
            (Self::Boolean, Value::String(_)) => boolean(&value).map_or(value, Value::from),
            (Self::Json, Value::String(text)) => serde_json::from_str(text).unwrap_or(value),
            _ => value,
        }
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => whole(number),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// `30` and `30.0` are whole numbers.
fn whole(number: &Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53, as was just checked")]
    let from_float = |float: f64| (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(from_float))
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use crate::cloudformation::resources::{TYPES, find};
    use serde_json::{Map, Value, json};

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn every_type_names_its_own_properties() {
        for resource_type in TYPES {
            assert!(resource_type.name.starts_with("AWS::"));
            if let Some(name) = resource_type.named_by {
                assert!(resource_type.property(name).is_some(), "{} has no {name}", resource_type.name);
            }
            let mut names: Vec<_> = resource_type.properties.iter().map(|property| property.name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{} has a property twice", resource_type.name);
        }
    }

    #[test]
    fn wrong_properties_are_told_all_at_once() {
        let queue = find("AWS::SQS::Queue").unwrap();
        let role = find("AWS::IAM::Role").unwrap();
        for (resource_type, properties, expected) in [
            (queue, json!({}), vec![]),
            (queue, json!({"DelaySeconds": "5", "FifoQueue": "true", "QueueName": 7}), vec![]),
            (
                queue,
                json!({"Foo": 1, "DelaySeconds": "x", "Bar": 2, "FifoQueue": 1, "Tags": {}}),
                vec![
                    "Encountered unsupported properties in {/}: [Foo, Bar]",
                    "Value of property {/DelaySeconds} does not match type {Integer}",
                    "Value of property {/FifoQueue} does not match type {Boolean}",
                    "Value of property {/Tags} does not match type {Array}",
                ],
            ),
            (role, json!({}), vec!["The property {/AssumeRolePolicyDocument} is required"]),
            (
                role,
                json!({"AssumeRolePolicyDocument": "nonsense"}),
                vec!["Value of property {/AssumeRolePolicyDocument} does not match type {Json}"],
            ),
        ] {
            assert_eq!(resource_type.faults(&object(properties)), expected);
        }
    }

    #[test]
    fn values_come_in_the_types_of_the_schema() {
        let queue = find("AWS::SQS::Queue").unwrap();
        let given =
            json!({"DelaySeconds": "5", "FifoQueue": "TRUE", "QueueName": 7, "RedrivePolicy": "{\"a\": 1}"});
        let typed =
            json!({"DelaySeconds": 5, "FifoQueue": true, "QueueName": "7", "RedrivePolicy": {"a": 1}});
        assert_eq!(queue.typed(object(given)), object(typed));
    }
}

//! What a handler is given: the properties in the types of the schema, the tags, and names that stay the same however
//! often the same operation asks for them.

use crate::cloudformation::model::Tag;
use crate::cloudformation::template::names;
use serde_json::{Map, Value};

/// A resource as its stack wants it.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub stack_name: String,
    pub logical_id: String,
    /// In the types of the schema.
    pub properties: Map<String, Value>,
    /// All its tags: its own, the stack's, and CloudFormation's.
    pub tags: Vec<(String, String)>,
    /// Made of stack, logical id and operation: what names are made up from.
    pub seed: [u8; 16],
}

impl Wanted {
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str)
    }

    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.properties.get(name).and_then(Value::as_bool)
    }

    /// The texts of a list.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<String> {
        texts(&self.properties, name)
    }

    /// The name that the author gave, or one like `Stack-Resource-AbCd1234EfGh` of at most `limit` characters.
    #[must_use]
    pub fn name(&self, property: &str, limit: usize) -> String {
        self.text(property).map_or_else(|| self.generated_name(limit), str::to_owned)
    }

    #[must_use]
    pub fn generated_name(&self, limit: usize) -> String {
        names::physical_name(&self.stack_name, &self.logical_id, self.seed, limit)
    }

    /// These properties as members of a request, under the same names.
    #[must_use]
    pub fn members(&self, names: &[&str]) -> Map<String, Value> {
        let member = |name: &&str| Some(((*name).to_owned(), self.properties.get(*name)?.clone()));
        names.iter().filter_map(member).collect()
    }

    /// The tags as an object.
    #[must_use]
    pub fn tag_map(&self) -> Value {
        self.tags.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))).collect()
    }

    /// The tags as a list of objects with these members.
    #[must_use]
    pub fn tag_list(&self, key: &str, value: &str) -> Value {
        tag_list(&self.tags, key, value)
    }

    /// The tags that are new or have another value, and the keys of those that are gone.
    #[must_use]
    pub fn tag_changes(&self, before: &[(String, String)]) -> (Vec<(String, String)>, Vec<String>) {
        let set = self.tags.iter().filter(|tag| !before.contains(tag)).cloned().collect();
        let has = |key: &str| self.tags.iter().any(|(own, _)| own == key);
        let gone = before.iter().map(|(key, _)| key).filter(|key| !has(key)).cloned().collect();
        (set, gone)
    }
}

/// Tags as a list of objects with these members.
#[must_use]
pub fn tag_list(tags: &[(String, String)], key: &str, value: &str) -> Value {
    let tag = |(own_key, own_value): &(String, String)| {
        let members = [(key, own_key), (value, own_value)];
        members
            .into_iter()
            .map(|(name, text)| (name.to_owned(), Value::from(text.clone())))
            .collect::<Value>()
    };
    tags.iter().map(tag).collect()
}

/// The texts of a list among properties.
#[must_use]
pub fn texts(properties: &Map<String, Value>, name: &str) -> Vec<String> {
    let items = properties.get(name).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A resource's own tags over the stack's, and CloudFormation's own.
#[must_use]
pub fn all_tags(
    properties: &Map<String, Value>,
    stack_tags: &[Tag],
    system_tags: Vec<(String, String)>,
) -> Vec<(String, String)> {
    let mut tags: Vec<(String, String)> = Vec::new();
    let own = match properties.get("Tags") {
        Some(Value::Array(items)) => items.iter().filter_map(own_tag).collect(),
        Some(Value::Object(map)) => map.iter().map(|(key, value)| (key.clone(), scalar(value))).collect(),
        _ => Vec::new(),
    };
    let of_stack = stack_tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()));
    for (key, value) in own.into_iter().chain(of_stack).chain(system_tags) {
        if !tags.iter().any(|(other, _)| *other == key) {
            tags.push((key, value));
        }
    }
    tags
}

fn own_tag(item: &Value) -> Option<(String, String)> {
    let key = item.get("Key")?.as_str()?;
    Some((key.to_owned(), item.get("Value").map(scalar).unwrap_or_default()))
}

/// A scalar as a text.
#[must_use]
pub fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

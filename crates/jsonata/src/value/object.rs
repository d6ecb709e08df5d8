//! Objects that an expression makes, and one view of all kinds of objects.

use indexmap::IndexMap;

use super::{Str, Value};

#[derive(Debug, Default)]
pub(crate) struct Object<'a> {
    pub entries: IndexMap<Str<'a>, Value<'a>>,
    pub depth: u32,
}

impl<'a> Object<'a> {
    pub(crate) fn new(entries: IndexMap<Str<'a>, Value<'a>>) -> Self {
        let depth = 1 + entries.values().map(Value::depth).max().unwrap_or(0);
        Object { entries, depth }
    }
}

impl<'a> Value<'a> {
    /// The fields of an object of any kind, in their order; `None` when it is none.
    pub(crate) fn fields(&self) -> Option<Vec<(Str<'a>, Value<'a>)>> {
        match self {
            Value::DataObject(fields) => {
                Some(fields.iter().map(|(key, value)| (Str::Data(key), Value::from_data(value))).collect())
            }
            Value::Object(object) => {
                Some(object.entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            _ => None,
        }
    }

    /// The field of this name; undefined when there is none, or it isn't an object.
    #[inline]
    pub(crate) fn field(&self, name: &str) -> Value<'a> {
        match self {
            Value::DataObject(fields) => fields.get(name).map_or(Value::Undefined, Value::from_data),
            Value::Object(object) => object.entries.get(name).cloned().unwrap_or(Value::Undefined),
            _ => Value::Undefined,
        }
    }
}

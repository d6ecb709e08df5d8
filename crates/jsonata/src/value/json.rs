//! Values to JSON.

use serde_json::{Map, Value as Json};

use super::{Value, number_json, number_text};

/// Why a value isn't JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotJson {
    /// A function, at this pointer (RFC 6901; empty at the top).
    Function(String),
    /// An infinite number, or none.
    Number,
}

/// The value as JSON; nothing is lost.
pub(super) fn strict(value: &Value) -> Result<Json, NotJson> {
    stacker::maybe_grow(128 << 10, 1 << 20, || convert(value, &mut Strict))
}

/// The value as JSON; functions and undefined items become null.
pub(super) fn lossy(value: &Value) -> Json {
    stacker::maybe_grow(128 << 10, 1 << 20, || convert(value, &mut Lossy)).unwrap_or(Json::Null)
}

trait Policy {
    fn function(&mut self) -> Result<Json, NotJson>;
    fn number(&mut self, number: f64) -> Result<Json, NotJson>;
}

struct Strict;
struct Lossy;

impl Policy for Strict {
    fn function(&mut self) -> Result<Json, NotJson> {
        Err(NotJson::Function(String::new()))
    }

    fn number(&mut self, number: f64) -> Result<Json, NotJson> {
        if number.is_finite() { Ok(number_json(number)) } else { Err(NotJson::Number) }
    }
}

impl Policy for Lossy {
    fn function(&mut self) -> Result<Json, NotJson> {
        Ok(Json::Null)
    }

    fn number(&mut self, number: f64) -> Result<Json, NotJson> {
        Ok(number_json(number))
    }
}

fn convert(value: &Value, policy: &mut impl Policy) -> Result<Json, NotJson> {
    Ok(match value {
        Value::Undefined | Value::Null | Value::TailCall(_) => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => policy.number(*number)?,
        Value::DataNumber(number) => Json::Number((*number).clone()),
        Value::String(text) => Json::String((**text).to_owned()),
        Value::DataArray(items) => Json::Array(items.to_vec()),
        Value::DataObject(fields) => Json::Object((*fields).clone()),
        Value::Function(..) => policy.function()?,
        Value::Object(object) => {
            let mut fields = Map::with_capacity(object.entries.len());
            for (key, value) in object.entries.iter().filter(|(_, value)| !value.is_undefined()) {
                let converted = convert(value, policy).map_err(|error| within(error, key))?;
                fields.insert((**key).to_owned(), converted);
            }
            Json::Object(fields)
        }
        _ => {
            let items = value.list().into_iter().flat_map(|list| list.iter().collect::<Vec<_>>()).enumerate();
            let converted: Result<Vec<Json>, NotJson> = items
                .map(|(index, item)| {
                    convert(&item, policy).map_err(|error| within(error, &index.to_string()))
                })
                .collect();
            Json::Array(converted?)
        }
    })
}

fn within(error: NotJson, key: &str) -> NotJson {
    match error {
        NotJson::Function(pointer) => {
            NotJson::Function(format!("/{}{pointer}", key.replace('~', "~0").replace('/', "~1")))
        }
        NotJson::Number => NotJson::Number,
    }
}

/// JSON's text with numbers as JavaScript has them, for the texts of errors.
pub(crate) fn json_text(json: &Json) -> String {
    match json {
        Json::Number(number) => match number.as_f64() {
            Some(decoded) if !number.is_i64() && !number.is_u64() => number_text(decoded),
            _ => number.to_string(),
        },
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(json_text).collect();
            format!("[{}]", items.join(","))
        }
        Json::Object(fields) => {
            let fields =
                fields.iter().map(|(key, value)| format!("{}:{}", Json::from(&**key), json_text(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        _ => json.to_string(),
    }
}

//! Inputs of awsJson 1.0 and 1.1, and the bodies of REST: a JSON object read into a service's type.
//!
//! Null members equal absent ones. What has the wrong type is reported in AWS's own words, which is why
//! serde_json's own deserializer of types isn't used: it only reads the text.

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::decode::{DecodeError, LIST_EXPECTED, LIST_FOUND, STRUCTURE_EXPECTED, STRUCTURE_FOUND};
use crate::error::ApiError;
use crate::service::Service;

/// Reads the body of a request to `service` as a `T`. An empty body is an empty object.
pub fn decode<T: DeserializeOwned>(service: Service, body: &[u8]) -> Result<T, ApiError> {
    parse_object(body).and_then(from_object).map_err(|error| error.for_service(service))
}

/// Reads members that are JSON already as a `T`: a call from within.
///
/// # Errors
/// AWS's, for what doesn't fit.
pub fn from_value<T: DeserializeOwned>(service: Service, members: Value) -> Result<T, ApiError> {
    T::deserialize(Member(members)).map_err(|error| error.for_service(service))
}

pub(crate) fn parse_object(body: &[u8]) -> Result<Map<String, Value>, DecodeError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(Value::Array(_)) => Err(DecodeError::malformed(LIST_FOUND)),
        Ok(_) => Err(DecodeError::malformed(STRUCTURE_EXPECTED)),
        // AWS names no place in a body that isn't JSON.
        Err(_) => Err(DecodeError::malformed("")),
    }
}

pub(crate) fn from_object<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, DecodeError> {
    T::deserialize(Member(Value::Object(members)))
}

/// A value on its way into a typed member.
pub(crate) struct Member(pub Value);

impl Member {
    fn refuse<T>(self, wanted: &str) -> Result<T, DecodeError> {
        let token = match self.0 {
            Value::Object(_) => return Err(DecodeError::malformed(STRUCTURE_FOUND)),
            Value::Array(_) => return Err(DecodeError::malformed(LIST_FOUND)),
            Value::Number(_) => "NUMBER_VALUE",
            Value::String(_) => "STRING_VALUE",
            Value::Bool(true) => "TRUE_VALUE",
            Value::Bool(false) => "FALSE_VALUE",
            Value::Null => "NULL_VALUE",
        };
        Err(DecodeError::Malformed(format!("{token} can not be converted to {wanted}")))
    }
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            match self.0 {
                Value::Number(number) => visit_integer(&number, visitor),
                _ => self.refuse("an Integer"),
            }
        }
    )*};
}

macro_rules! floats {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            match (self.0.as_f64(), self.0.as_str()) {
                (Some(number), _) => visitor.visit_f64(number),
                (_, Some("NaN")) => visitor.visit_f64(f64::NAN),
                (_, Some("Infinity")) => visitor.visit_f64(f64::INFINITY),
                (_, Some("-Infinity")) => visitor.visit_f64(f64::NEG_INFINITY),
                _ => self.refuse("a Double"),
            }
        }
    )*};
}

macro_rules! strings {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            match self.0 {
                Value::String(text) => visitor.visit_string(text),
                _ => self.refuse("a String"),
            }
        }
    )*};
}

macro_rules! structures {
    ($($method:ident($($argument:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* visitor: V) -> Result<V::Value, DecodeError> {
            match self.0 {
                Value::Object(members) => visitor.visit_map(Members::of(members)),
                Value::Array(_) => Err(DecodeError::malformed(LIST_FOUND)),
                _ => Err(DecodeError::malformed(STRUCTURE_EXPECTED)),
            }
        }
    )*};
}

macro_rules! lists {
    ($($method:ident($($argument:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* visitor: V) -> Result<V::Value, DecodeError> {
            match self.0 {
                Value::Array(elements) => visitor.visit_seq(Elements { rest: elements.into_iter(), position: 0 }),
                Value::Object(_) => Err(DecodeError::malformed(STRUCTURE_FOUND)),
                _ => Err(DecodeError::malformed(LIST_EXPECTED)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Member {
    type Error = DecodeError;

    integers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    floats! { deserialize_f32 deserialize_f64 }
    strings! { deserialize_str deserialize_string deserialize_char deserialize_identifier deserialize_bytes deserialize_byte_buf }
    structures! { deserialize_map() deserialize_struct(&'static str, &'static [&'static str]) }
    lists! { deserialize_seq() deserialize_tuple(usize) deserialize_tuple_struct(&'static str, usize) }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Number(number) => visit_number(&number, visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            // A document keeps its nulls; only a typed structure takes them for absence.
            Value::Object(members) => visitor.visit_map(Members { rest: members.into_iter(), value: None }),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0 {
            Value::Bool(truth) => visitor.visit_bool(truth),
            _ => self.refuse("a Boolean"),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.0 {
            Value::String(text) => StringDeserializer::new(text).deserialize_enum(name, variants, visitor),
            Value::Object(members) => visitor.visit_enum(MapAccessDeserializer::new(Members::of(members))),
            _ => self.refuse("a String"),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_any(visitor)
    }

    // `()` and a unit struct are inputs without members: whatever the object has is ignored.
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, DecodeError> {
    if let Some(signed) = number.as_i64() {
        visitor.visit_i64(signed)
    } else if let Some(unsigned) = number.as_u64() {
        visitor.visit_u64(unsigned)
    } else {
        visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
    }
}

/// An integer may be written as `5.0` or `5e0`; a fraction is no integer.
fn visit_integer<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, DecodeError> {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            let exact = float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0;
            if !exact {
                return Err(DecodeError::malformed("NUMBER_VALUE can not be converted to an Integer"));
            }
            visitor.visit_i64(float as i64)
        }
        _ => visit_number(number, visitor),
    }
}

struct Members {
    rest: serde_json::map::IntoIter,
    value: Option<(String, Value)>,
}

impl Members {
    fn of(mut members: Map<String, Value>) -> Members {
        members.retain(|_, value| !value.is_null());
        Members { rest: members.into_iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some((name.clone(), value));
        seed.deserialize(StringDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let (name, value) = self.value.take().ok_or_else(|| DecodeError::malformed(STRUCTURE_EXPECTED))?;
        seed.deserialize(Member(value)).map_err(|error| error.within(name))
    }
}

struct Elements {
    rest: std::vec::IntoIter<Value>,
    position: usize,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some(element) = self.rest.next() else { return Ok(None) };
        self.position += 1;
        let position = self.position;
        seed.deserialize(Member(element)).map(Some).map_err(|error| error.within("member").within(position))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::*;
    use crate::types::{Blob, Timestamp};

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Input {
        name: String,
        count: Option<i32>,
        ratio: Option<f64>,
        on: bool,
        list: Vec<String>,
        tags: HashMap<String, String>,
        when: Option<Timestamp>,
        bytes: Option<Blob>,
        kind: Option<Kind>,
        items: Vec<Item>,
        document: Option<Value>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    enum Kind {
        TheFirst,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        item_arn: String,
    }

    fn input(body: &str) -> Result<Input, ApiError> {
        decode(Service::States, body.as_bytes())
    }

    #[test]
    fn members_are_read_by_their_names() {
        let body = r#"{"name":"n","count":5.0,"ratio":1,"on":true,"list":["a"],"tags":{"k":"v"},"when":1.5,
            "bytes":"AA==","kind":"THE_FIRST","items":[{"itemArn":"x"}],"document":{"a":null},"other":[{}]}"#;
        let expected = Input {
            name: "n".to_owned(),
            count: Some(5),
            ratio: Some(1.0),
            on: true,
            list: vec!["a".to_owned()],
            tags: HashMap::from([("k".to_owned(), "v".to_owned())]),
            when: Some(Timestamp(1500)),
            bytes: Some(Blob(vec![0])),
            kind: Some(Kind::TheFirst),
            items: vec![Item { item_arn: "x".to_owned() }],
            document: Some(serde_json::json!({"a": null})),
        };
        assert_eq!(input(body), Ok(expected));
    }

    #[test]
    fn null_is_absent_and_an_empty_body_an_empty_object() {
        let nulls = r#"{"name":null,"count":null,"on":null,"list":null,"tags":null,"when":null,"bytes":null,"items":null}"#;
        for body in ["", "{}", nulls] {
            assert_eq!(input(body), Ok(Input::default()), "{body}");
        }
    }

    #[test]
    fn a_wrong_type_is_refused_in_awss_words() {
        let cases = [
            (r#"{"name":1}"#, "NUMBER_VALUE can not be converted to a String"),
            (r#"{"name":true}"#, "TRUE_VALUE can not be converted to a String"),
            (r#"{"name":{}}"#, "Start of structure or map found where not expected."),
            (r#"{"name":[]}"#, "Start of list found where not expected"),
            (r#"{"count":"1"}"#, "STRING_VALUE can not be converted to an Integer"),
            (r#"{"count":1.5}"#, "NUMBER_VALUE can not be converted to an Integer"),
            (r#"{"count":99999999999}"#, "Unexpected field type"),
            (r#"{"on":"true"}"#, "STRING_VALUE can not be converted to a Boolean"),
            (r#"{"list":"a"}"#, "Expected list or null"),
            (r#"{"list":[1]}"#, "NUMBER_VALUE can not be converted to a String"),
            (r#"{"list":[null]}"#, "NULL_VALUE can not be converted to a String"),
            (r#"{"items":["a"]}"#, "Expected null"),
            (r#"{"tags":"a"}"#, "Expected null"),
            (r#"{"when":"then"}"#, "`then` is not a timestamp"),
            (r#"{"when":[]}"#, "Start of list found where not expected"),
            (r#"{"bytes":"!"}"#, "Invalid base64 encoded value"),
            ("[]", "Start of list found where not expected"),
            ("1", "Expected null"),
            ("{", ""),
            ("\u{0}", ""),
        ];
        for (body, message) in cases {
            let error = input(body).unwrap_err();
            assert_eq!(
                (error.code.as_ref(), error.message.as_str()),
                ("SerializationException", message),
                "{body}"
            );
        }
        let deep = "[".repeat(100_000);
        assert!(input(&format!(r#"{{"document":{deep}"#)).is_err());
    }

    #[test]
    fn a_missing_member_is_named_by_its_path() {
        let error = input(r#"{"items":[{"itemArn":"x"},{"itemArn":null}]}"#).unwrap_err();
        assert_eq!(error.code, "ValidationException");
        assert!(error.message.contains("at 'items.2.member.itemArn' failed"), "{}", error.message);
    }

    #[test]
    fn an_input_without_members_ignores_what_it_is_given() {
        #[derive(Debug, Deserialize)]
        struct Nothing;
        #[derive(Debug, Deserialize)]
        struct Empty {}
        assert!(decode::<Nothing>(Service::Logs, b"{\"a\":1}").is_ok());
        assert!(decode::<Empty>(Service::Logs, b"{\"a\":1}").is_ok());
    }
}

//! The members of a REST input, gathered from path, query, headers and body into one structure.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::{Binding, Matched};
use crate::aws_json::{self, Member as JsonMember};
use crate::decode::{DecodeError, STRUCTURE_EXPECTED};
use crate::error::ApiError;
use crate::message::Request;
use crate::render::Protocol;
use crate::rest_xml::document;
use crate::service::Service;
use crate::text_scalar::TextScalar;
use crate::uri;

/// Reads the input of the operation that `matched` names.
pub fn decode<T: DeserializeOwned>(
    service: Service,
    matched: &Matched,
    request: &Request<'_>,
) -> Result<T, ApiError> {
    Members::of(matched, request, service.protocol() == Protocol::RestJson)
        .and_then(T::deserialize)
        .map_err(|error| error.for_service(service))
}

enum Source<'a> {
    Texts(Vec<Cow<'a, str>>),
    Bytes(&'a [u8]),
    Json(Value),
}

/// All members of an input, wherever they stood.
struct Members<'a> {
    rest: std::vec::IntoIter<(Cow<'a, str>, Source<'a>)>,
    value: Option<(Cow<'a, str>, Source<'a>)>,
}

impl<'a> Members<'a> {
    fn of(matched: &'a Matched, request: &Request<'a>, is_json: bool) -> Result<Members<'a>, DecodeError> {
        let mut members: Vec<(Cow<'a, str>, Source<'a>)> = Vec::new();
        for (name, value) in &matched.labels {
            members.push(((*name).into(), Source::Texts(vec![value.as_str().into()])));
        }
        let mut json = is_json;
        for binding in matched.members {
            let (member, source) = match *binding {
                Binding::Query { name, member } => {
                    (member, Source::Texts(query_values(request.query, name)?))
                }
                Binding::Header { name, member } => {
                    (member, Source::Texts(request.header(name).map(Cow::from).into_iter().collect()))
                }
                Binding::Payload { member } => {
                    json = false;
                    (member, Source::Bytes(request.body))
                }
                Binding::HeaderPrefix { prefix, member } => {
                    (member, Source::Json(Value::Object(headers_with(request, prefix))))
                }
                Binding::Document { member } => (member, Source::Json(document::read(request.body)?)),
            };
            if !matches!(&source, Source::Texts(texts) if texts.is_empty()) {
                members.push((member.into(), source));
            }
        }
        if json {
            for (name, value) in aws_json::parse_object(request.body)? {
                let bound = members.iter().any(|(member, _)| *member == name);
                if !bound && !value.is_null() {
                    members.push((name.into(), Source::Json(value)));
                }
            }
        }
        Ok(Members { rest: members.into_iter(), value: None })
    }
}

/// Headers that begin so, by the rest of their names in lower case; of several of one name the first.
fn headers_with(request: &Request<'_>, prefix: &str) -> Map<String, Value> {
    let mut found = Map::new();
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if let Some(rest) = name.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
            found.entry(rest).or_insert_with(|| Value::from(*value));
        }
    }
    found
}

fn query_values<'a>(query: &'a str, name: &str) -> Result<Vec<Cow<'a, str>>, DecodeError> {
    let mut values = Vec::new();
    for field in query.split('&') {
        let (key, value) = field.split_once('=').unwrap_or((field, ""));
        if uri::decode_form(key).as_deref() == Some(name) {
            let value = uri::decode_form(value);
            values.push(
                value.ok_or_else(|| DecodeError::malformed("The query string is not valid UTF-8"))?.into(),
            );
        }
    }
    Ok(values)
}

impl<'de> Deserializer<'de> for Members<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_map(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(member) = self.rest.next() else { return Ok(None) };
        let (name, _) = self.value.insert(member);
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let (name, source) = self.value.take().ok_or_else(|| DecodeError::malformed(STRUCTURE_EXPECTED))?;
        let value = match source {
            Source::Json(value) => seed.deserialize(JsonMember(value)),
            Source::Texts(texts) => seed.deserialize(Texts(&texts)),
            Source::Bytes(bytes) => seed.deserialize(Payload(bytes)),
        };
        value.map_err(|error| error.within(name))
    }
}

/// The values of one name: the first of them, or all where a list is wanted.
struct Texts<'a>(&'a [Cow<'a, str>]);

macro_rules! scalars {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            TextScalar(self.0.first().map_or("", |text| text)).$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Texts<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0 {
            [text] => TextScalar(text).deserialize_any(visitor),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_identifier deserialize_unit deserialize_ignored_any deserialize_map
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(TextElements(self.0.iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        TextScalar(self.0.first().map_or("", |text| text)).deserialize_enum(name, variants, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_map(visitor)
    }
}

struct TextElements<'a>(std::slice::Iter<'a, Cow<'a, str>>);

impl<'de> SeqAccess<'de> for TextElements<'_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        self.0.next().map(|text| seed.deserialize(TextScalar(text))).transpose()
    }
}

/// A body that is a member by itself.
struct Payload<'a>(&'a [u8]);

impl<'de> Deserializer<'de> for Payload<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_byte_buf(self.0.to_vec())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.0.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple
        tuple_struct map struct enum identifier ignored_any unit unit_struct
    }
}

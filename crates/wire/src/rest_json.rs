//! REST with JSON bodies, as Lambda speaks it: a table of methods and paths names the operation, and the
//! members of its input come from the path's labels, the query, headers and the body.
//!
//! The table is the service's; this room only matches and reads.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::aws_json::{self, Member as JsonMember};
use crate::decode::{DecodeError, STRUCTURE_EXPECTED};
use crate::error::ApiError;
use crate::message::Request;
use crate::service::Service;
use crate::text_scalar::TextScalar;
use crate::uri;

/// One operation: `POST /2015-03-31/functions/{FunctionName}/invocations`. A label `{Resource+}` takes the
/// rest of the path, slashes included.
#[derive(Debug, Clone, Copy)]
pub struct RestOperation {
    pub operation: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    /// Members of the input that stand outside of the body and of the path.
    pub members: &'static [Binding],
}

/// Where a member of an input stands.
#[derive(Debug, Clone, Copy)]
pub enum Binding {
    Query {
        name: &'static str,
        member: &'static str,
    },
    Header {
        name: &'static str,
        member: &'static str,
    },
    /// The body as it is: bytes, not JSON.
    Payload {
        member: &'static str,
    },
}

#[derive(Debug, Clone)]
pub struct Matched {
    pub operation: &'static RestOperation,
    /// Name and decoded value of each label.
    pub labels: Vec<(&'static str, String)>,
}

/// The operation that method and path name. Where several match, the first of the table is meant.
pub fn find(table: &'static [RestOperation], method: &str, path: &str) -> Option<Matched> {
    table.iter().filter(|operation| operation.method == method).find_map(|operation| {
        let labels = match_path(operation.path, path)?;
        Some(Matched { operation, labels })
    })
}

/// A trailing slash, in the pattern or in the path, means nothing.
fn match_path(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut labels = Vec::new();
    let mut rest = path.trim_matches('/');
    let mut segments = pattern.trim_matches('/').split('/').peekable();
    while let Some(segment) = segments.next() {
        let label = segment.strip_prefix('{').and_then(|label| label.strip_suffix('}'));
        if let Some(greedy) = label.and_then(|label| label.strip_suffix('+')) {
            return push_label(&mut labels, greedy, rest).then_some(labels);
        }
        let (head, tail) = match rest.split_once('/') {
            Some(pair) => pair,
            None => (rest, ""),
        };
        let matched = match label {
            Some(label) => push_label(&mut labels, label, head),
            None => uri::decode(head).as_deref() == Some(segment),
        };
        if !matched || (tail.is_empty() && segments.peek().is_some()) {
            return None;
        }
        rest = tail;
    }
    rest.is_empty().then_some(labels)
}

fn push_label(labels: &mut Vec<(&'static str, String)>, name: &'static str, encoded: &str) -> bool {
    match uri::decode(encoded) {
        Some(value) if !value.is_empty() => {
            labels.push((name, value.into_owned()));
            true
        }
        _ => false,
    }
}

/// Reads the input of the operation that `matched` names.
pub fn decode<T: DeserializeOwned>(
    service: Service,
    matched: &Matched,
    request: &Request<'_>,
) -> Result<T, ApiError> {
    Members::of(matched, request).and_then(T::deserialize).map_err(|error| error.for_service(service))
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
    fn of(matched: &'a Matched, request: &Request<'a>) -> Result<Members<'a>, DecodeError> {
        let mut members: Vec<(Cow<'a, str>, Source<'a>)> = Vec::new();
        for (name, value) in &matched.labels {
            members.push(((*name).into(), Source::Texts(vec![value.as_str().into()])));
        }
        let mut json = true;
        for binding in matched.operation.members {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::types::Blob;

    const TABLE: &[RestOperation] = &[
        RestOperation {
            operation: "ListFunctions",
            method: "GET",
            path: "/2015-03-31/functions/",
            members: &[Binding::Query { name: "MaxItems", member: "MaxItems" }],
        },
        RestOperation {
            operation: "CreateFunction",
            method: "POST",
            path: "/2015-03-31/functions",
            members: &[],
        },
        RestOperation {
            operation: "Invoke",
            method: "POST",
            path: "/2015-03-31/functions/{FunctionName}/invocations",
            members: &[
                Binding::Query { name: "Qualifier", member: "Qualifier" },
                Binding::Header { name: "X-Amz-Invocation-Type", member: "InvocationType" },
                Binding::Payload { member: "Payload" },
            ],
        },
        RestOperation {
            operation: "UntagResource",
            method: "DELETE",
            path: "/2017-03-31/tags/{Resource+}",
            members: &[Binding::Query { name: "tagKeys", member: "TagKeys" }],
        },
        RestOperation {
            operation: "TagResource",
            method: "POST",
            path: "/2017-03-31/tags/{Resource+}",
            members: &[],
        },
    ];

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Input {
        function_name: Option<String>,
        qualifier: Option<String>,
        invocation_type: Option<String>,
        payload: Option<Blob>,
        max_items: Option<i32>,
        resource: Option<String>,
        tag_keys: Option<Vec<String>>,
        tags: BTreeMap<String, String>,
    }

    fn read(
        method: &str,
        path: &str,
        query: &str,
        body: &[u8],
    ) -> Option<(&'static str, Result<Input, ApiError>)> {
        let headers = vec![("x-amz-invocation-type", "Event")];
        let request = Request { method, path, query, headers, body };
        let matched = find(TABLE, method, path)?;
        Some((matched.operation.operation, decode(Service::Lambda, &matched, &request)))
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_members_come_from_everywhere() {
        let path = "/2015-03-31/functions/f%3Alive/invocations";
        let expected = Input {
            function_name: text("f:live"),
            qualifier: text("live"),
            invocation_type: text("Event"),
            payload: Some(Blob(b"{not json".to_vec())),
            ..Input::default()
        };
        assert_eq!(read("POST", path, "Qualifier=live", b"{not json"), Some(("Invoke", Ok(expected))));

        let arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af";
        let expected = Input {
            resource: text("arn:aws:lambda:us-east-1:1:function:f"),
            tags: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
            ..Input::default()
        };
        let body = br#"{"Tags":{"a":"b"},"Resource":"the label wins","FunctionName":null}"#;
        let tag = read("POST", &format!("/2017-03-31/tags/{arn}"), "", body);
        assert_eq!(tag, Some(("TagResource", Ok(expected))));

        let keys = Some(vec!["a b".to_owned(), "c".to_owned()]);
        let expected = Input { resource: text("x/y"), tag_keys: keys, ..Input::default() };
        let untag = read("DELETE", "/2017-03-31/tags/x/y", "tagKeys=a%20b&tagKeys=c", b"");
        assert_eq!(untag, Some(("UntagResource", Ok(expected))));
    }

    #[test]
    fn a_path_names_one_operation_or_none() {
        let name = |method, path| read(method, path, "", b"").map(|(operation, _)| operation);
        assert_eq!(name("GET", "/2015-03-31/functions"), Some("ListFunctions"));
        assert_eq!(name("GET", "/2015-03-31/functions/"), Some("ListFunctions"));
        assert_eq!(name("POST", "/2015-03-31/functions/"), Some("CreateFunction"));
        for (method, path) in [
            ("PUT", "/2015-03-31/functions"),
            ("POST", "/2015-03-31/functions/f"),
            ("POST", "/2015-03-31/functions//invocations"),
            ("POST", "/2015-03-31/functions/f/invocations/x"),
            ("POST", "/2015-03-31/functions/%ff/invocations"),
            ("POST", "/2017-03-31/tags/"),
            ("POST", ""),
        ] {
            assert_eq!(name(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let message = |query: &str, body: &[u8]| {
            let operation = if body.is_empty() { "GET" } else { "POST" };
            read(operation, "/2015-03-31/functions", query, body).unwrap().1.unwrap_err().message
        };
        assert_eq!(message("MaxItems=x", b""), "STRING_VALUE can not be converted to an Integer");
        assert_eq!(message("", b"[]"), "Start of list found where not expected");
        assert_eq!(message("", br#"{"FunctionName":1}"#), "NUMBER_VALUE can not be converted to a String");
        assert_eq!(message("", b"{"), "");
    }
}

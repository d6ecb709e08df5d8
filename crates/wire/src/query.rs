//! Inputs of the query protocol: form fields read into a service's type, driven by that type.
//!
//! A list is `List.member.N`, or `List.N` where the service flattens; a map `Map.entry.N.key/.value`, or
//! `Name.N.Name/.Value`. Both forms are always understood. Where the flattened form is called by a singular
//! (`AttributeName.N` for `AttributeNames`), the type says so with `#[serde(alias)]`.

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::decode::{DecodeError, LIST_EXPECTED, LIST_FOUND, STRUCTURE_EXPECTED};
use crate::error::ApiError;
use crate::form::{Form, Node};
use crate::service::Service;
use crate::text_scalar::TextScalar;

/// Reads the fields of a request to `service` as a `T`.
pub fn decode<T: DeserializeOwned>(service: Service, form: &Form) -> Result<T, ApiError> {
    from_form(form).map_err(|error| error.for_service(service))
}

pub(crate) fn from_form<T: DeserializeOwned>(form: &Form) -> Result<T, DecodeError> {
    T::deserialize(Member { node: &form.tree()?, root: true })
}

/// A node of the tree on its way into a typed member.
#[derive(Clone, Copy)]
struct Member<'t, 'f> {
    node: &'t Node<'f>,
    /// The input itself: its fields are members, even where a type asks for a map (`#[serde(flatten)]`).
    root: bool,
}

impl<'t, 'f> Member<'t, 'f> {
    fn of(node: &'t Node<'f>) -> Member<'t, 'f> {
        Member { node, root: false }
    }

    fn scalar(self) -> Result<TextScalar<'f>, DecodeError> {
        match self.node.text {
            Some(text) => Ok(TextScalar(text)),
            None if self.node.children.is_empty() => Err(DecodeError::Missing(Vec::new())),
            None => Err(DecodeError::malformed(LIST_FOUND)),
        }
    }

    /// Whether there is nothing beneath: an empty list, map or structure, written `List=`.
    fn is_empty(self, expected: &str) -> Result<bool, DecodeError> {
        match (self.node.children.is_empty(), self.node.text) {
            (true, None | Some("")) => Ok(true),
            (true, Some(_)) => Err(DecodeError::malformed(expected)),
            (false, _) => Ok(false),
        }
    }
}

macro_rules! scalars {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.scalar()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Member<'_, '_> {
    type Error = DecodeError;

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.root {
            self.deserialize_map(visitor)
        } else if self.node.children.is_empty() {
            self.scalar()?.deserialize_any(visitor)
        } else if self.node.is_numbered() || self.node.children.contains_key("member") {
            self.deserialize_seq(visitor)
        } else if self.node.children.contains_key("entry") {
            self.deserialize_map(visitor)
        } else {
            visitor.visit_map(Fields::of(self.node))
        }
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

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.is_empty(STRUCTURE_EXPECTED)?;
        visitor.visit_map(Fields::of(self.node))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_empty(LIST_EXPECTED)? {
            return visitor.visit_seq(Elements { rest: Vec::new().into_iter() });
        }
        let (list, nested) = match self.node.child(&["member"]) {
            Some(list) => (list, true),
            None => (self.node, false),
        };
        let rest =
            list.numbered()?.into_iter().map(|(index, node)| (index, nested, node)).collect::<Vec<_>>();
        visitor.visit_seq(Elements { rest: rest.into_iter() })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.root {
            return visitor.visit_map(Fields::of(self.node));
        }
        if self.is_empty(STRUCTURE_EXPECTED)? {
            return visitor.visit_map(Entries { rest: Vec::new().into_iter(), value: None });
        }
        let entries = self.node.child(&["entry"]).unwrap_or(self.node).numbered()?;
        visitor.visit_map(Entries { rest: entries.into_iter(), value: None })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if self.node.children.is_empty() {
            return self.scalar()?.deserialize_enum(name, variants, visitor);
        }
        visitor.visit_enum(MapAccessDeserializer::new(Fields::of(self.node)))
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

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }
}

/// The members of a structure.
struct Fields<'t, 'f> {
    rest: indexmap::map::Iter<'t, &'f str, Node<'f>>,
    value: Option<(&'f str, &'t Node<'f>)>,
}

impl<'t, 'f> Fields<'t, 'f> {
    fn of(node: &'t Node<'f>) -> Fields<'t, 'f> {
        Fields { rest: node.children.iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((name, node)) = self.rest.next() else { return Ok(None) };
        self.value = Some((name, node));
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let (name, node) = self.value.take().ok_or_else(|| DecodeError::malformed(STRUCTURE_EXPECTED))?;
        seed.deserialize(Member::of(node)).map_err(|error| error.within(name))
    }
}

struct Elements<'t, 'f> {
    /// The number, whether it stands below `member`, and the element.
    rest: std::vec::IntoIter<(u64, bool, &'t Node<'f>)>,
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some((index, nested, node)) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Member::of(node)).map(Some).map_err(|error| {
            // The validator of the model writes `tags.1.member.key` for what the form calls `Tags.member.1.Key`.
            let error = if nested { error.within("member") } else { error };
            error.within(index)
        })
    }
}

/// The entries of a map. The names of key and value differ from service to service.
struct Entries<'t, 'f> {
    rest: std::vec::IntoIter<(u64, &'t Node<'f>)>,
    value: Option<(u64, &'t Node<'f>)>,
}

const KEY_NAMES: &[&str] = &["key", "Name", "Key", "name"];
const VALUE_NAMES: &[&str] = &["value", "Value"];

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((index, entry)) = self.rest.next() else { return Ok(None) };
        self.value = Some((index, entry));
        let missing = || DecodeError::Missing(vec!["Name".to_owned()]).within(index);
        let key = entry.child(KEY_NAMES).ok_or_else(missing)?;
        seed.deserialize(Member::of(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let (index, entry) = self.value.take().ok_or_else(|| DecodeError::malformed(STRUCTURE_EXPECTED))?;
        let absent = Node::default();
        let value = entry.child(VALUE_NAMES).unwrap_or(&absent);
        seed.deserialize(Member::of(value)).map_err(|error| error.within("Value").within(index))
    }
}

#[cfg(test)]
mod tests;

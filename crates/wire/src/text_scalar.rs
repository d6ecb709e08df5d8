//! A typed value read from text: what forms, query strings, path labels and headers carry.

use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, Visitor};

use crate::decode::{DecodeError, LIST_EXPECTED, STRUCTURE_EXPECTED};

#[derive(Debug, Clone, Copy)]
pub(crate) struct TextScalar<'a>(pub &'a str);

fn refuse<T>(wanted: &str) -> Result<T, DecodeError> {
    Err(DecodeError::Malformed(format!("STRING_VALUE can not be converted to {wanted}")))
}

macro_rules! parsed {
    ($wanted:literal $visit:ident $type:ty: $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            match self.0.parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => refuse($wanted),
            }
        }
    )*};
}

macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            visitor.visit_str(self.0)
        }
    )*};
}

impl<'de> Deserializer<'de> for TextScalar<'_> {
    type Error = DecodeError;

    parsed! { "an Integer" visit_i64 i64: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 }
    parsed! { "an Integer" visit_u64 u64: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    parsed! { "a Double" visit_f64 f64: deserialize_f32 deserialize_f64 }
    texts! { deserialize_any deserialize_str deserialize_string deserialize_char deserialize_identifier
    deserialize_bytes deserialize_byte_buf }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0 {
            text if text.eq_ignore_ascii_case("true") => visitor.visit_bool(true),
            text if text.eq_ignore_ascii_case("false") => visitor.visit_bool(false),
            _ => refuse("a Boolean"),
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

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        StrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
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

    fn deserialize_seq<V: Visitor<'de>>(self, _: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::malformed(LIST_EXPECTED))
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

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::malformed(STRUCTURE_EXPECTED))
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

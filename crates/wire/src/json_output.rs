//! Outputs as JSON, with the members that have no value left out: AWS writes no `null`.
//!
//! A thin layer over serde_json's serializer. Only members of structures are left out; a `null` inside a
//! document or a map stays.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::absence::is_absent;

/// The body for an output; empty for an operation that has none (`()` or a unit struct).
pub fn encode<T: Serialize + ?Sized>(output: &T) -> Result<Vec<u8>, serde_json::Error> {
    let body = serde_json::to_vec(&Present(output))?;
    Ok(if body == b"null" { Vec::new() } else { body })
}

/// Serializes what it holds without its absent members.
struct Present<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Serialize for Present<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(OmitAbsent(serializer))
    }
}

struct OmitAbsent<S>(S);

macro_rules! scalars {
    ($($method:ident($value:ty))*) => {$(
        fn $method(self, value: $value) -> Result<S::Ok, S::Error> {
            self.0.$method(value)
        }
    )*};
}

impl<S: Serializer> Serializer for OmitAbsent<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = OmitAbsent<S::SerializeSeq>;
    type SerializeTuple = OmitAbsent<S::SerializeTuple>;
    type SerializeTupleStruct = OmitAbsent<S::SerializeTupleStruct>;
    type SerializeTupleVariant = OmitAbsent<S::SerializeTupleVariant>;
    type SerializeMap = OmitAbsent<S::SerializeMap>;
    type SerializeStruct = OmitAbsent<S::SerializeStruct>;
    type SerializeStructVariant = OmitAbsent<S::SerializeStructVariant>;

    scalars! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
        serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_unit_struct(&'static str)
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.serialize_f64(f64::from(value))
    }

    // JSON has no number for these; AWS writes them as strings.
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        match value {
            _ if value.is_nan() => self.0.serialize_str("NaN"),
            f64::INFINITY => self.0.serialize_str("Infinity"),
            f64::NEG_INFINITY => self.0.serialize_str("-Infinity"),
            _ => self.0.serialize_f64(value),
        }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Present(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Present(value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(length).map(OmitAbsent)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(length).map(OmitAbsent)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, length).map(OmitAbsent)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, index, variant, length).map(OmitAbsent)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(length).map(OmitAbsent)
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, length).map(OmitAbsent)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, index, variant, length).map(OmitAbsent)
    }
}

macro_rules! sequences {
    ($($kind:ident $method:ident)*) => {$(
        impl<S: $kind> $kind for OmitAbsent<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.0.$method(&Present(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}

sequences! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! structures {
    ($($kind:ident)*) => {$(
        impl<S: $kind> $kind for OmitAbsent<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
                if is_absent(value) { self.0.skip_field(name) } else { self.0.serialize_field(name, &Present(value)) }
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                self.0.skip_field(name)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}

structures! { SerializeStruct SerializeStructVariant }

impl<S: SerializeMap> SerializeMap for OmitAbsent<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Present(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::types::{Blob, Timestamp};

    #[derive(Serialize)]
    struct Output {
        #[serde(rename = "startDate")]
        start_date: Timestamp,
        absent: Option<String>,
        nested: Option<Box<Output>>,
        list: Vec<Option<Inner>>,
        map: BTreeMap<String, Option<i32>>,
        document: Value,
        ratio: f64,
        bytes: Blob,
    }

    #[derive(Serialize)]
    struct Inner {
        gone: Option<i32>,
        here: Option<i32>,
    }

    #[test]
    fn members_without_a_value_are_left_out_and_nothing_else() {
        let output = |nested| Output {
            start_date: Timestamp(1_584_662_400_123),
            absent: None,
            nested,
            list: vec![None, Some(Inner { gone: None, here: Some(1) })],
            map: BTreeMap::from([("k".to_owned(), None)]),
            document: json!({"a": null}),
            ratio: f64::INFINITY,
            bytes: Blob(vec![0]),
        };
        let one = r#"{"startDate":1584662400.123,"list":[null,{"here":1}],"map":{"k":null},"document":{"a":null},"ratio":"Infinity","bytes":"AA=="}"#;
        assert_eq!(String::from_utf8(encode(&output(None)).unwrap()).unwrap(), one);
        let two: Value =
            serde_json::from_slice(&encode(&output(Some(Box::new(output(None))))).unwrap()).unwrap();
        assert_eq!(two["nested"], serde_json::from_str::<Value>(one).unwrap());
    }

    #[test]
    fn an_operation_without_output_has_an_empty_body() {
        #[derive(Serialize)]
        struct Nothing;
        #[derive(Serialize)]
        struct Empty {}
        assert_eq!(encode(&()).unwrap(), b"");
        assert_eq!(encode(&Nothing).unwrap(), b"");
        assert_eq!(encode(&Empty {}).unwrap(), b"{}");
    }
}

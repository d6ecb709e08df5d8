//! Whether a value is an absent option, asked of the value itself before its name is written.

use serde::Serialize;
use serde::de::value::Error;
use serde::ser::{Error as _, Impossible, Serializer};

pub(crate) fn is_absent<T: Serialize + ?Sized>(value: &T) -> bool {
    matches!(value.serialize(Probe), Ok(Presence::Absent))
}

enum Presence {
    Present,
    Absent,
}

/// Learns from the first call alone what the value is: nothing is visited beneath it.
struct Probe;

fn present<T>() -> Result<T, Error> {
    Err(Error::custom(""))
}

macro_rules! scalars {
    ($($method:ident($value:ty))*) => {$(
        fn $method(self, _: $value) -> Result<Presence, Error> {
            Ok(Presence::Present)
        }
    )*};
}

impl Serializer for Probe {
    type Ok = Presence;
    type Error = Error;
    type SerializeSeq = Impossible<Presence, Error>;
    type SerializeTuple = Impossible<Presence, Error>;
    type SerializeTupleStruct = Impossible<Presence, Error>;
    type SerializeTupleVariant = Impossible<Presence, Error>;
    type SerializeMap = Impossible<Presence, Error>;
    type SerializeStruct = Impossible<Presence, Error>;
    type SerializeStructVariant = Impossible<Presence, Error>;

    scalars! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32)
        serialize_f64(f64) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_unit_struct(&'static str)
    }

    fn serialize_none(self) -> Result<Presence, Error> {
        Ok(Presence::Absent)
    }

    fn serialize_unit(self) -> Result<Presence, Error> {
        Ok(Presence::Present)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Presence, Error> {
        Ok(Presence::Present)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Presence, Error> {
        value.serialize(Probe)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<Presence, Error> {
        Ok(Presence::Present)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Presence, Error> {
        Ok(Presence::Present)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        present()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        present()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Error> {
        present()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        present()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        present()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Error> {
        present()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        present()
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, _: &T) -> Result<Presence, Error> {
        Ok(Presence::Present)
    }
}

//! Outputs as the XML of AWS's query protocol.
//!
//! A serializer writes one value as one element whose name it was given: lists as `<member>`s, maps as
//! `<entry><key/><value/></entry>`, absent members not at all, in the order of the struct's fields. What a
//! service writes otherwise (SQS flattens its lists and maps) is a [`Style`]: data, given with each call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::value::Error;
use serde::ser::{self, Error as _, Impossible, Serializer};

use crate::absence::is_absent;
use crate::time;
use crate::types::Timestamp;

/// How a service departs from the plain form.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style<'a> {
    pub flattened: &'a [Flattened],
    pub timestamps: IsoPrecision,
}

/// A list or map member without a wrapping element: each of its entries is an element by itself.
#[derive(Debug, Clone, Copy)]
pub struct Flattened {
    /// The member's name in the model, as serde has it.
    pub member: &'static str,
    /// The element that is repeated.
    pub element: &'static str,
    /// For a map: the names of the elements of key and value.
    pub entry: (&'static str, &'static str),
}

impl Flattened {
    pub const fn list(member: &'static str, element: &'static str) -> Flattened {
        Flattened { member, element, entry: ("key", "value") }
    }

    pub const fn map(
        member: &'static str,
        element: &'static str,
        key: &'static str,
        value: &'static str,
    ) -> Flattened {
        Flattened { member, element, entry: (key, value) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IsoPrecision {
    #[default]
    Millis,
    Seconds,
}

/// Appends `value` to `out` as an element of that name. A unit writes nothing: the operation has no output.
pub fn write_element<T: Serialize + ?Sized>(
    out: &mut String,
    name: &str,
    value: &T,
    style: Style<'_>,
) -> Result<(), Error> {
    value.serialize(Element { out, name, style })
}

/// Appends text as the content of an element. What XML 1.0 has no character for becomes U+FFFD, since a
/// document with it could not be read at all; a carriage return is escaped, or a reader would turn it into
/// a line feed.
pub fn write_escaped(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
}

/// Appends `<name>text</name>`.
pub fn write_text(out: &mut String, name: &str, text: &str) {
    open(out, name);
    write_escaped(out, text);
    close(out, name);
}

fn open(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
}

fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// The element that a value will be.
struct Element<'o, 's> {
    out: &'o mut String,
    name: &'s str,
    style: Style<'s>,
}

impl<'o, 's> Element<'o, 's> {
    fn text(self, text: &str) -> Result<(), Error> {
        write_text(self.out, self.name, text);
        Ok(())
    }

    fn flattened(&self) -> Option<Flattened> {
        self.style.flattened.iter().copied().find(|flat| flat.member == self.name)
    }

    fn structure(self) -> Structure<'o, 's> {
        open(self.out, self.name);
        Structure { out: self.out, name: self.name, style: self.style }
    }

    fn list(self) -> List<'o, 's> {
        match self.flattened() {
            Some(flat) => List { out: self.out, wrapper: None, item: flat.element, style: self.style },
            None => {
                open(self.out, self.name);
                List { out: self.out, wrapper: Some(self.name), item: "member", style: self.style }
            }
        }
    }

    fn map(self) -> Entries<'o, 's> {
        let flat = self.flattened();
        if flat.is_none() {
            open(self.out, self.name);
        }
        Entries {
            wrapper: if flat.is_some() { None } else { Some(self.name) },
            form: flat.unwrap_or(Flattened::list("", "entry")),
            key: String::new(),
            out: self.out,
            style: self.style,
        }
    }
}

macro_rules! numbers {
    ($($method:ident($value:ty))*) => {$(
        fn $method(self, value: $value) -> Result<(), Error> {
            self.text(&value.to_string())
        }
    )*};
}

impl<'o, 's> Serializer for Element<'o, 's> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = List<'o, 's>;
    type SerializeTuple = List<'o, 's>;
    type SerializeTupleStruct = List<'o, 's>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Entries<'o, 's>;
    type SerializeStruct = Structure<'o, 's>;
    type SerializeStructVariant = Impossible<(), Error>;

    numbers! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32)
        serialize_f64(f64) serialize_char(char)
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.text(&STANDARD.encode(value))
    }

    fn serialize_none(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        if name != Timestamp::NAME {
            return value.serialize(self);
        }
        let millis = epoch_millis(value)?;
        let text = match self.style.timestamps {
            IsoPrecision::Millis => time::iso_millis(millis),
            IsoPrecision::Seconds => time::iso_seconds(millis),
        };
        self.text(&text)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let mut structure = self.structure();
        ser::SerializeStruct::serialize_field(&mut structure, variant, value)?;
        ser::SerializeStruct::end(structure)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'o, 's>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'o, 's>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'o, 's>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(Error::custom("a variant of several values has no form in XML"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'o, 's>, Error> {
        Ok(self.map())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Structure<'o, 's>, Error> {
        Ok(self.structure())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(Error::custom("a variant with fields has no form in XML"))
    }
}

struct Structure<'o, 's> {
    out: &'o mut String,
    name: &'s str,
    style: Style<'s>,
}

impl ser::SerializeStruct for Structure<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        write_element(self.out, name, value, self.style)
    }

    fn end(self) -> Result<(), Error> {
        close(self.out, self.name);
        Ok(())
    }
}

struct List<'o, 's> {
    out: &'o mut String,
    /// `None` where the list is flattened.
    wrapper: Option<&'s str>,
    item: &'static str,
    style: Style<'s>,
}

macro_rules! lists {
    ($($kind:ident $method:ident)*) => {$(
        impl ser::$kind for List<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                write_element(self.out, self.item, value, self.style)
            }

            fn end(self) -> Result<(), Error> {
                if let Some(wrapper) = self.wrapper {
                    close(self.out, wrapper);
                }
                Ok(())
            }
        }
    )*};
}

lists! { SerializeSeq serialize_element SerializeTuple serialize_element SerializeTupleStruct serialize_field }

struct Entries<'o, 's> {
    out: &'o mut String,
    wrapper: Option<&'s str>,
    form: Flattened,
    key: String,
    style: Style<'s>,
}

impl ser::SerializeMap for Entries<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key.clear();
        // Written as an element of its own, so that whatever a key may be (a number, a variant) is a text.
        write_element(&mut self.key, self.form.entry.0, key, self.style)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if is_absent(value) {
            return Ok(());
        }
        open(self.out, self.form.element);
        self.out.push_str(&self.key);
        write_element(self.out, self.form.entry.1, value, self.style)?;
        close(self.out, self.form.element);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        if let Some(wrapper) = self.wrapper {
            close(self.out, wrapper);
        }
        Ok(())
    }
}

/// The milliseconds of a [`Timestamp`], from the epoch seconds it serializes as.
fn epoch_millis<T: Serialize + ?Sized>(timestamp: &T) -> Result<i64, Error> {
    let seconds = serde_json::to_value(timestamp).map_err(Error::custom)?;
    let whole = seconds.as_i64().and_then(|seconds| seconds.checked_mul(1000));
    whole
        .or_else(|| seconds.as_f64().map(|seconds| (seconds * 1000.0).round() as i64))
        .ok_or_else(|| Error::custom("not a timestamp"))
}

#[cfg(test)]
mod tests;

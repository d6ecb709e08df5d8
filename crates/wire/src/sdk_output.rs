//! Outputs as AWS's SDK for Java shows them, which is how Step Functions gives them to a definition: members of structures in
//! its spelling with a capital first letter, moments in ISO-8601, absent members not at all.
//!
//! The keys of maps are data and stay as they are.

use serde::Serialize;
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Error, Map, Value};

use crate::absence::is_absent;
use crate::time;
use crate::types::Timestamp;

/// The output as a definition sees it; an operation without output gives `{}`.
pub fn value<T: Serialize + ?Sized>(output: &T) -> Result<Value, Error> {
    Ok(match output.serialize(Shown)? {
        Value::Null => Value::Object(Map::new()),
        value => value,
    })
}

/// A member's name with the capitals that the SDK leaves: `MD5OfBody` is `Md5OfBody`, `executionArn` is `ExecutionArn`.
pub fn member_name(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let is_upper = |at: usize| letters.get(at).is_some_and(char::is_ascii_uppercase);
    let is_lower = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
    let mut shown = String::with_capacity(name.len());
    let mut at = 0;
    // A run of capitals at the front is one word, up to the capital that begins the next.
    while at < letters.len() && (at == 0 || (is_upper(at) && !is_lower(at + 1))) {
        shown.extend(letters.get(at).map(|letter| match at {
            0 => letter.to_ascii_uppercase(),
            _ => letter.to_ascii_lowercase(),
        }));
        at += 1;
    }
    shown.extend(letters.iter().skip(at));
    shown
}

struct Shown;

macro_rules! scalars {
    ($($method:ident($value:ty))*) => {$(
        fn $method(self, value: $value) -> Result<Value, Error> {
            Ok(Value::from(value))
        }
    )*};
}

impl Serializer for Shown {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = List;
    type SerializeTuple = Impossible<Value, Error>;
    type SerializeTupleStruct = Impossible<Value, Error>;
    type SerializeTupleVariant = Impossible<Value, Error>;
    type SerializeMap = Entries;
    type SerializeStruct = Members;
    type SerializeStructVariant = Impossible<Value, Error>;

    scalars! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32)
        serialize_f64(f64) serialize_str(&str)
    }

    fn serialize_char(self, value: char) -> Result<Value, Error> {
        Ok(Value::from(value.to_string()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Error> {
        Ok(Value::from(value))
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, Error> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        let plain = value.serialize(Shown)?;
        match plain.as_f64().filter(|_| name == Timestamp::NAME) {
            // The seconds of a moment have three decimals at most.
            Some(seconds) => Ok(Value::from(instant((seconds * 1000.0).round() as i64))),
            None => Ok(plain),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(Value::Object(Map::from_iter([(member_name(variant), value.serialize(Shown)?)])))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, Error> {
        Ok(List(Vec::with_capacity(length.unwrap_or_default())))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Error> {
        Ok(Entries { map: Map::new(), key: String::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members, Error> {
        Ok(Members(Map::new()))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        Err(unlike())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Error> {
        Err(unlike())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(unlike())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(unlike())
    }
}

/// AWS's models have no such shapes.
fn unlike() -> Error {
    Error::custom("an output of a shape that AWS's models don't have")
}

/// `2024-01-02T03:04:05.678Z`, without milliseconds where there are none.
fn instant(millis: i64) -> String {
    if millis % 1000 == 0 { time::iso_seconds(millis) } else { time::iso_millis(millis) }
}

struct List(Vec<Value>);

impl SerializeSeq for List {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.0.push(value.serialize(Shown)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Array(self.0))
    }
}

struct Entries {
    map: Map<String, Value>,
    key: String,
}

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = match key.serialize(Shown)? {
            Value::String(key) => key,
            other => other.to_string(),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.map.insert(std::mem::take(&mut self.key), value.serialize(Shown)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Object(self.map))
    }
}

struct Members(Map<String, Value>);

impl SerializeStruct for Members {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        if !is_absent(value) {
            self.0.insert(member_name(name), value.serialize(Shown)?);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Object(self.0))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn names_have_the_capitals_of_the_sdk() {
        let names = [
            ("executionArn", "ExecutionArn"),
            ("MD5OfBody", "Md5OfBody"),
            ("AWSAccountIds", "AwsAccountIds"),
            ("KMSKeyArn", "KmsKeyArn"),
            ("RoleARN", "RoleARN"),
            ("Messages", "Messages"),
            ("S3Bucket", "S3Bucket"),
            ("UUID", "Uuid"),
            ("", ""),
        ];
        for (name, shown) in names {
            assert_eq!(member_name(name), shown);
        }
    }

    #[test]
    fn members_are_renamed_keys_are_not_and_moments_are_iso() {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Output {
            start_date: Timestamp,
            stop_date: Option<Timestamp>,
            nothing: Option<String>,
            tags: BTreeMap<String, u32>,
        }
        let output = Output {
            start_date: Timestamp(1_704_164_645_678),
            stop_date: Some(Timestamp(1_704_164_645_000)),
            nothing: None,
            tags: BTreeMap::from([("lower".to_owned(), 1)]),
        };
        let shown = json!({
            "StartDate": "2024-01-02T03:04:05.678Z",
            "StopDate": "2024-01-02T03:04:05Z",
            "Tags": {"lower": 1}
        });
        assert_eq!(value(&output).unwrap(), shown);
        assert_eq!(value(&()).unwrap(), json!({}));
    }
}

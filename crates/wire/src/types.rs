//! The types of AWS's models that JSON and forms have no word for: timestamps and blobs.
//!
//! A [`Timestamp`] is epoch seconds with a fraction in JSON, and ISO-8601 in forms and XML: the serializer
//! of each protocol knows it by its name. A [`Blob`] is base64 everywhere.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::time;

/// Milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The name under which a serializer recognises a timestamp.
    pub(crate) const NAME: &'static str = "$stepwell::Timestamp";

    pub fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    pub fn millis(self) -> i64 {
        self.0
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(Timestamp::NAME, &EpochSeconds(self.0))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_newtype_struct(Timestamp::NAME, TimestampVisitor)
    }
}

/// Whole seconds leave as an integer, so that no client sees a needless `.0`.
struct EpochSeconds(i64);

impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 1000 {
            0 => serializer.serialize_i64(self.0 / 1000),
            _ => serializer.serialize_f64(self.0 as f64 / 1000.0),
        }
    }
}

struct TimestampVisitor;

impl<'de> Visitor<'de> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a timestamp")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
        seconds.checked_mul(1000).map(Timestamp).ok_or_else(|| E::custom("timestamp out of range"))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
        i64::try_from(seconds)
            .map_err(|_| E::custom("timestamp out of range"))
            .and_then(|seconds| self.visit_i64(seconds))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
        let millis = (seconds * 1000.0).round();
        // Beyond 2^53 a float no longer names one millisecond.
        if millis.abs() < 9_007_199_254_740_992.0 {
            Ok(Timestamp(millis as i64))
        } else {
            Err(E::custom("timestamp out of range"))
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        time::parse_iso(text).map(Timestamp).ok_or_else(|| E::custom(format!("`{text}` is not a timestamp")))
    }
}

/// Bytes that travel as base64.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Blob(pub Vec<u8>);

impl fmt::Debug for Blob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Blob({} bytes)", self.0.len())
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        base64_bytes::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Blob, D::Error> {
        base64_bytes::deserialize(deserializer).map(Blob)
    }
}

/// `#[serde(with = "stepwell_wire::types::base64_bytes")]` for a `Vec<u8>`.
pub mod base64_bytes {
    use super::{BlobVisitor, Deserializer, Engine, STANDARD, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_str(BlobVisitor)
    }
}

struct BlobVisitor;

impl Visitor<'_> for BlobVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("base64 text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        STANDARD.decode(text).map_err(|_| E::custom("Invalid base64 encoded value"))
    }

    // A REST payload is the body itself, already bytes, whatever is asked of it.
    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

/// `#[serde(with = "…")]` for an `i64` of milliseconds that travels like a [`Timestamp`].
pub mod epoch_seconds {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp};

    pub fn serialize<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        Timestamp(*millis).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        Timestamp::deserialize(deserializer).map(Timestamp::millis)
    }
}

/// `#[serde(with = "…")]` for an `i64` of milliseconds that is ISO-8601 text in every protocol.
pub mod iso_millis {
    use super::{Deserialize, Deserializer, Serializer, Timestamp, time};

    pub fn serialize<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time::iso_millis(*millis))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        Timestamp::deserialize(deserializer).map(Timestamp::millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_epoch_seconds_in_json() {
        for (millis, text) in
            [(1_584_662_400_123, "1584662400.123"), (1_584_662_400_000, "1584662400"), (-1, "-0.001")]
        {
            assert_eq!(serde_json::to_string(&Timestamp(millis)).unwrap(), text);
            assert_eq!(serde_json::from_str::<Timestamp>(text).unwrap(), Timestamp(millis));
        }
        assert_eq!(
            serde_json::from_str::<Timestamp>(r#""2020-03-20T00:00:00.5Z""#).unwrap(),
            Timestamp(1_584_662_400_500)
        );
        for wrong in ["1e300", "9223372036854775807", r#""soon""#, "true"] {
            assert!(serde_json::from_str::<Timestamp>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_blob_is_base64() {
        assert_eq!(serde_json::to_string(&Blob(vec![0])).unwrap(), r#""AA==""#);
        assert_eq!(serde_json::from_str::<Blob>(r#""AA==""#).unwrap(), Blob(vec![0]));
        assert!(serde_json::from_str::<Blob>(r#""A""#).is_err());
    }
}

//! Buckets, objects, and what they are made of.

use crate::keys::Scope;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most that one request brings, and so the most of an object that is put in one go, and of a part: 64 MiB. Ours.
pub const MOST_BODY_BYTES: u64 = 64 << 20;
/// The parts of one upload. AWS's limit is ten thousand; an object's row lists its parts.
pub const MOST_PARTS: usize = 1000;
/// The largest object, in bytes: 1 GiB. Ours: whoever asks for a whole one has it put together in memory.
pub const MOST_OBJECT_BYTES: u64 = 1 << 30;
/// All parts but the last have at least so many bytes.
pub const LEAST_PART_BYTES: u64 = 5 << 20;

#[derive(Debug, Clone, Encode, Decode)]
pub struct Bucket {
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub account: String,
    #[n(3)]
    pub region: String,
    #[n(4)]
    pub created_ms: u64,
}

impl Bucket {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }
}

/// What is listed under a key.
#[derive(Debug, Clone, Encode, Decode)]
pub struct Object {
    /// With its quotes left out.
    #[n(0)]
    pub etag: String,
    /// Bytes, of all parts together.
    #[n(1)]
    pub size: u64,
    #[n(2)]
    pub modified_ms: u64,
    #[n(3)]
    pub described: Described,
    #[n(4)]
    pub checksum: Option<Checksum>,
    /// In order; one of an object that was put in one go, none of an empty one.
    #[n(5)]
    pub parts: Vec<Part>,
    /// Whether its ETag is one of several parts.
    #[n(6)]
    pub part_count: Option<u32>,
}

/// A part of an object: where its bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Part {
    #[n(0)]
    pub body: String,
    /// Bytes.
    #[n(1)]
    pub size: u64,
}

/// What a caller says of an object, and is told again with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Described {
    #[n(0)]
    pub content_type: Option<String>,
    #[n(1)]
    pub cache_control: Option<String>,
    #[n(2)]
    pub content_disposition: Option<String>,
    #[n(3)]
    pub content_encoding: Option<String>,
    #[n(4)]
    pub content_language: Option<String>,
    #[n(5)]
    pub expires: Option<String>,
    #[n(6)]
    pub metadata: BTreeMap<String, String>,
}

/// A checksum that a caller gave with an object, which was found right.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Checksum {
    #[n(0)]
    pub algorithm: Algorithm,
    /// Base64.
    #[n(1)]
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Algorithm {
    #[n(0)]
    Crc32,
    #[n(1)]
    Crc32C,
    #[n(2)]
    Crc64Nvme,
    #[n(3)]
    Sha1,
    #[n(4)]
    Sha256,
}

/// Bytes that are stored in pieces.
#[derive(Debug, Clone, Encode, Decode)]
pub struct Body {
    /// Bytes, when all of its pieces are there.
    #[n(0)]
    pub size: u64,
    /// How many objects and parts have it; the last to let it go removes it.
    #[n(1)]
    pub references: u64,
    /// While it is on its way in, and nothing refers to it: when it is given up (ms).
    #[n(2)]
    pub given_up_ms: Option<u64>,
}

/// An upload in parts that isn't completed.
#[derive(Debug, Clone, Encode, Decode)]
pub struct Upload {
    #[n(0)]
    pub begun_ms: u64,
    #[n(1)]
    pub described: Described,
}

/// A part of such an upload.
#[derive(Debug, Clone, Encode, Decode)]
pub struct UploadedPart {
    /// Of its bytes; `None` for an empty part.
    #[n(0)]
    pub part: Option<Part>,
    /// With its quotes left out: the MD5 of its bytes, in hexadecimal digits.
    #[n(1)]
    pub etag: String,
    #[n(2)]
    pub size: u64,
    #[n(3)]
    pub modified_ms: u64,
    #[n(4)]
    pub checksum: Option<Checksum>,
}

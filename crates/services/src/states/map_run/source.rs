//! What is left of a run's items, as it is stored: bytes that the run keeps, a bucket's list, or a list of files.

use crate::calls::StoredPart;
use minicbor::{Decode, Encode};
use stepwell_engine::STATE_DATA;

/// Where items are read from, and how far that has come.
#[derive(Debug, Clone, Encode, Decode)]
pub enum Source {
    /// Bytes that the run keeps, whatever becomes of the object that they were.
    #[n(0)]
    Stored(#[n(0)] StoredItems),
    /// The objects of a bucket.
    #[n(1)]
    #[cbor(map)]
    Listing {
        #[n(0)]
        bucket: String,
        #[n(1)]
        prefix: String,
        /// The last key that was taken.
        #[n(2)]
        after: Option<String>,
    },
    /// The contents of several objects, one after the other.
    #[n(2)]
    Files(#[n(0)] Files),
}

/// Objects whose contents are the items, and what names them.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Files {
    /// What is left of the list of them.
    #[n(0)]
    pub list: Box<Source>,
    #[n(1)]
    pub naming: Naming,
    #[n(2)]
    pub format: Format,
    /// A pointer (RFC 6901) to the items within each JSON document.
    #[n(3)]
    pub pointer: Option<String>,
    /// The one that is being read.
    #[n(4)]
    pub open: Option<StoredItems>,
}

/// How an entry of a list names an object.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Naming {
    /// `Key`, of an object in this bucket.
    #[n(0)]
    Listed(#[n(0)] String),
    /// `key`, in the `files` of an inventory's manifest, of an object in this bucket.
    #[n(1)]
    InventoryFile(#[n(0)] String),
    /// `Bucket` and `Key`, in the rows of an inventory: the key as in a URL.
    #[n(2)]
    InventoryRow,
    /// `url`: `s3://bucket/key`.
    #[n(3)]
    Url,
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct StoredItems {
    #[n(0)]
    pub parts: Vec<StoredPart>,
    /// Bytes.
    #[n(1)]
    pub size: u64,
    #[n(2)]
    pub format: Format,
    /// Of the next item, in bytes.
    #[n(3)]
    pub offset: u64,
    /// Where in S3 it was found: `S3://bucket/key`.
    #[n(4)]
    pub name: Option<String>,
}

impl Source {
    /// All bytes that it refers to.
    #[must_use]
    pub fn parts(&self) -> Vec<&StoredPart> {
        match self {
            Self::Stored(stored) => stored.parts.iter().collect(),
            Self::Listing { .. } => Vec::new(),
            Self::Files(files) => {
                let open = files.open.iter().flat_map(|open| &open.parts);
                files.list.parts().into_iter().chain(open).collect()
            }
        }
    }

    /// What the context object says that the item before came from.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stored(stored) => stored.name.clone().unwrap_or_else(|| STATE_DATA.to_owned()),
            Self::Listing { bucket, .. } => format!("S3://{bucket}"),
            Self::Files(files) => match files.open.as_ref().and_then(|open| open.name.clone()) {
                Some(name) => name,
                None => files.list.name(),
            },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Format {
    /// A JSON array.
    #[n(0)]
    Array,
    /// A JSON object, whose members are the items.
    #[n(3)]
    Members,
    /// A JSON value on each line.
    #[n(1)]
    Lines,
    #[n(2)]
    #[cbor(map)]
    Csv {
        #[n(0)]
        delimiter: char,
        /// Absent until the first row is read.
        #[n(1)]
        headers: Option<Vec<String>>,
    },
}

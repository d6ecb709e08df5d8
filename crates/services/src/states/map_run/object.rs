//! An object whose contents are items: the run refers to its bytes. What is compressed, or is only a part of a document, is
//! unpacked once, and kept by itself.

use crate::calls::{self, StoredPart};
use crate::context::Context;
use crate::failure::Failure;
use crate::states::map_run::items::NOT_ITERABLE;
use crate::states::map_run::source::{Format, StoredItems};
use crate::tx::Tx;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::io::Read;

/// A document of which the items are only a part, a manifest, and what a compressed object unpacks to are read whole, in one
/// command: so many bytes at most.
const MOST_BYTES_AT_ONCE: u64 = 16 << 20;
const GZIP: &[u8] = &[0x1f, 0x8b];

pub struct Wanted<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    pub format: Format,
    /// A pointer (RFC 6901) to the items within a JSON document.
    pub pointer: Option<&'a str>,
}

/// Opens an object at its first item.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`]; within, the cause of what can't be read.
pub fn open(
    wanted: Wanted,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<StoredItems, String>, Failure> {
    let Wanted { bucket, key, format, pointer } = wanted;
    let kept = match kept(bucket, key, tx, context)? {
        Ok(kept) => kept,
        Err(cause) => return Ok(Err(cause)),
    };
    let name = Some(format!("S3://{bucket}/{key}"));
    if let (Some(pointer), Format::Array) = (pointer, &format) {
        let found = pointed(pointer, &kept, tx)?;
        calls::s3_release(&kept.parts, tx)?;
        return Ok(found.map(|items| StoredItems { name, ..stored(&items, tx, context) }));
    }
    Ok(Ok(StoredItems { parts: kept.parts, size: kept.size, format, offset: 0, name }))
}

/// A whole JSON document.
///
/// # Errors
/// As [`open`].
pub fn read_document(
    bucket: &str,
    key: &str,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Value, String>, Failure> {
    let kept = match kept(bucket, key, tx, context)? {
        Ok(kept) => kept,
        Err(cause) => return Ok(Err(cause)),
    };
    let found = pointed("", &kept, tx)?;
    calls::s3_release(&kept.parts, tx)?;
    Ok(found)
}

/// Items that are here are kept by themselves: an array, or an object's members.
pub fn stored(items: &Value, tx: &mut Tx, context: &mut Context) -> StoredItems {
    let format = if items.is_object() { Format::Members } else { Format::Array };
    let kept = Kept::of(items.to_string().into_bytes(), tx, context);
    StoredItems { parts: kept.parts, size: kept.size, format, offset: 0, name: None }
}

/// Bytes that the run refers to.
struct Kept {
    parts: Vec<StoredPart>,
    size: u64,
}

impl Kept {
    fn of(bytes: Vec<u8>, tx: &mut Tx, context: &mut Context) -> Self {
        let size = bytes.len() as u64;
        Self { parts: calls::s3_store(bytes, tx, context).into_iter().collect(), size }
    }
}

/// An object's bytes, unpacked where they are compressed.
fn kept(
    bucket: &str,
    key: &str,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Kept, String>, Failure> {
    let (parts, size) = match calls::s3_keep_object(bucket, key, tx, context)? {
        Ok(found) => found,
        Err(cause) => return Ok(Err(cause)),
    };
    if calls::s3_read(&parts, 0..size.min(GZIP.len() as u64), tx)? != GZIP {
        return Ok(Ok(Kept { parts, size }));
    }
    let unpacked = match size <= MOST_BYTES_AT_ONCE {
        true => unpacked(&calls::s3_read(&parts, 0..size, tx)?),
        false => Err(too_large()),
    };
    calls::s3_release(&parts, tx)?;
    let named = |cause| format!("{cause} S3://{bucket}/{key}");
    Ok(unpacked.map_err(named).map(|bytes| Kept::of(bytes, tx, context)))
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(MOST_BYTES_AT_ONCE + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| "The object isn't valid gzip:".to_owned())?;
    if unpacked.len() as u64 > MOST_BYTES_AT_ONCE {
        return Err(too_large());
    }
    Ok(unpacked)
}

fn too_large() -> String {
    format!("The compressed object has more than {} MiB:", MOST_BYTES_AT_ONCE >> 20)
}

/// What stands in a document at a pointer.
fn pointed(pointer: &str, kept: &Kept, tx: &Tx) -> Result<Result<Value, String>, Failure> {
    if kept.size > MOST_BYTES_AT_ONCE {
        return Ok(Err(NOT_ITERABLE.to_owned()));
    }
    let bytes = calls::s3_read(&kept.parts, 0..kept.size, tx)?;
    let document: Option<Value> = serde_json::from_slice(&bytes).ok();
    let found = document.and_then(|mut document| document.pointer_mut(pointer).map(Value::take));
    let found = found.filter(|items| items.is_array() || items.is_object());
    Ok(found.ok_or_else(|| NOT_ITERABLE.to_owned()))
}

//! Step Functions → S3: objects that a map run reads its items from, and those that it writes its results to. What it keeps
//! of an object it refers to by itself: the object may be replaced or deleted meanwhile. Lambda → S3: the code of functions.

use crate::context::Context;
use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use crate::s3::listing::{Wanted, list};
use crate::s3::model::{Described, Object};
use crate::s3::{bodies, find, keys};
use crate::tx::Tx;
use md5::{Digest, Md5};
use std::ops::Range;
use stepwell_wire::ids::hex;

/// Bytes that are stored.
pub(crate) use crate::s3::model::Part as StoredPart;

/// An object of a list.
pub(crate) struct ListedObject {
    pub key: String,
    /// Without its quotes.
    pub etag: String,
    pub modified_ms: u64,
    pub size: u64,
}

/// What S3 refuses, as the cause of a run's failure.
fn refused<T>(result: Result<T, Failure>) -> Result<Result<T, String>, Failure> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Refused(error)) => Ok(Err(format!(
            "{} (Service: S3, Status Code: {}, Error Code: {})",
            error.message, error.status, error.code
        ))),
        Err(failure) => Err(failure),
    }
}

/// Whether the caller may use a bucket.
pub(crate) fn s3_check_bucket(
    bucket: &str,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Result<(), String>, Failure> {
    refused(find::bucket(bucket, rows, context).map(drop))
}

/// Refers to an object's bytes; gives them with their number.
pub(crate) fn s3_keep_object(
    bucket: &str,
    key: &str,
    tx: &mut Tx,
    context: &Context,
) -> Result<Result<(Vec<StoredPart>, u64), String>, Failure> {
    let found = find::bucket(bucket, tx, context).and_then(|bucket| find::object(&bucket, key, tx));
    let object = match refused(found)? {
        Ok(object) => object,
        Err(cause) => return Ok(Err(cause)),
    };
    for part in &object.parts {
        bodies::retain(part, tx)?;
    }
    Ok(Ok((object.parts, object.size)))
}

/// Lambda → S3: an object's bytes; `None` of more than `most`.
pub(crate) fn s3_bytes(
    bucket: &str,
    key: &str,
    most: u64,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Option<Vec<u8>>, Failure> {
    let bucket = find::bucket(bucket, rows, context)?;
    let object = find::object(&bucket, key, rows)?;
    match object.size <= most {
        true => bodies::read(&object.parts, 0..object.size, rows).map(Some),
        false => Ok(None),
    }
}

/// Stores bytes that nothing lists; nothing of none.
pub(crate) fn s3_store(bytes: Vec<u8>, tx: &mut Tx, context: &mut Context) -> Option<StoredPart> {
    bodies::store(&bytes.into(), tx, context)
}

/// A range of what is stored.
pub(crate) fn s3_read(parts: &[StoredPart], range: Range<u64>, rows: &dyn Rows) -> Result<Vec<u8>, Failure> {
    bodies::read(parts, range, rows)
}

/// Gives references back.
pub(crate) fn s3_release(parts: &[StoredPart], tx: &mut Tx) -> Result<(), Failure> {
    parts.iter().try_for_each(|part| bodies::release(part, tx))
}

/// The objects of a bucket after a key, in order.
pub(crate) fn s3_list(
    bucket: &str,
    prefix: &str,
    after: Option<&str>,
    most: usize,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Result<Vec<ListedObject>, String>, Failure> {
    let found = find::bucket(bucket, rows, context)
        .and_then(|bucket| list(&bucket, &Wanted { prefix, delimiter: None, after, most }, rows));
    Ok(refused(found)?.map(|listing| {
        let objects = listing.objects.into_iter();
        objects
            .map(|(key, object)| ListedObject {
                key,
                etag: object.etag,
                modified_ms: object.modified_ms,
                size: object.size,
            })
            .collect()
    }))
}

/// Makes an object of stored parts, whose references it takes over.
pub(crate) fn s3_put_parts(
    bucket: &str,
    key: &str,
    parts: Vec<StoredPart>,
    tx: &mut Tx,
    context: &Context,
) -> Result<Result<(), String>, Failure> {
    let bucket = match refused(find::bucket(bucket, tx, context))? {
        Ok(bucket) => bucket,
        Err(cause) => {
            s3_release(&parts, tx)?;
            return Ok(Err(cause));
        }
    };
    // As with an upload in parts, the tag isn't that of the bytes.
    let digest = parts.iter().fold(Md5::new(), |digest, part| digest.chain_update(&part.body));
    let object = Object {
        etag: format!("{}-{}", hex(&digest.finalize()), parts.len()),
        size: parts.iter().map(|part| part.size).sum(),
        modified_ms: context.now_ms,
        described: Described { content_type: Some("application/json".to_owned()), ..Described::default() },
        checksum: None,
        part_count: u32::try_from(parts.len()).ok(),
        parts,
    };
    let before = tx.row::<Object>(&keys::object(bucket.id, key))?;
    crate::s3::replace(&bucket, key, before.as_ref(), &object, tx)?;
    Ok(Ok(()))
}

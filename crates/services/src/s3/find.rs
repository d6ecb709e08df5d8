//! Buckets and objects by their names, for whoever may see them: whoever acts in the account that owns the bucket.

use crate::context::Context;
use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use crate::s3::model::{Bucket, Object};
use crate::s3::{errors, keys};
use std::sync::Arc;

/// The bucket of this name.
///
/// # Errors
/// `NoSuchBucket`, or `AccessDenied` for another account's.
pub fn bucket(name: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Arc<Bucket>, Failure> {
    let bucket = rows.kept_row::<Bucket>(&keys::bucket(name))?.ok_or_else(|| errors::no_such_bucket(name))?;
    if bucket.account != context.account() {
        return Err(errors::access_denied().into());
    }
    Ok(bucket)
}

/// The object of this key.
///
/// # Errors
/// `NoSuchKey`.
pub fn object(bucket: &Bucket, key: &str, rows: &(impl Rows + ?Sized)) -> Result<Object, Failure> {
    let object = rows.row(&keys::object(bucket.id, key))?;
    Ok(object.ok_or_else(|| errors::no_such_key(key))?)
}

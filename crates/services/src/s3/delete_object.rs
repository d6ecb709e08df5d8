//! `DeleteObject`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
//!
//! What isn't there is deleted as well.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::rows::RowsExt;
use crate::s3::model::{Bucket, Object};
use crate::s3::{bodies, find, keys};
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteObject {
    bucket: String,
    key: String,
}

impl Command for DeleteObject {
    const NAME: &'static str = "DeleteObject";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let bucket = find::bucket(&self.bucket, tx, context)?;
        delete(&bucket, &self.key, tx)?;
        Ok(Nothing {})
    }
}

/// Deletes an object, if it is there.
///
/// # Errors
/// [`Failure::Broken`] if its bytes aren't there.
pub fn delete(bucket: &Bucket, key: &str, tx: &mut Tx) -> Result<(), Failure> {
    let row = keys::object(bucket.id, key);
    let Some(object) = tx.row::<Object>(&row)? else { return Ok(()) };
    tx.remove(&row);
    for part in &object.parts {
        bodies::release(part, tx)?;
    }
    Ok(())
}

//! `AbortMultipartUpload`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
//!
//! The upload is gone at once; its parts go by turns.

use crate::context::Context;
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::rows::RowsExt;
use crate::s3::model::UploadedPart;
use crate::s3::{bodies, find, keys, upload_part};
use crate::tx::Tx;
use serde::Deserialize;

/// Parts that one turn removes, each with the first of its pieces.
const PARTS_PER_TURN: usize = 32;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AbortMultipartUpload {
    bucket: String,
    key: String,
    upload_id: String,
}

impl Command for AbortMultipartUpload {
    const NAME: &'static str = "AbortMultipartUpload";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let bucket = find::bucket(&self.bucket, tx, context)?;
        upload_part::upload(&bucket, &self.key, &self.upload_id, tx)?;
        forget_upload(bucket.id, &self.key, &self.upload_id, tx)?;
        Ok(Nothing {})
    }
}

/// Removes an upload, and what it still has of parts.
///
/// # Errors
/// [`Failure::Broken`] if a part's bytes aren't there.
pub fn forget_upload(bucket: u64, key: &str, upload: &str, tx: &mut Tx) -> Result<(), Failure> {
    tx.remove(&keys::upload(bucket, key, upload));
    forget_parts(upload, tx)
}

/// Removes a turn's worth of the parts of an upload that is gone.
///
/// # Errors
/// [`Failure::Broken`] if a part's bytes aren't there.
pub fn forget_parts(upload: &str, tx: &mut Tx) -> Result<(), Failure> {
    let parts = tx.rows::<UploadedPart>(&keys::parts(upload), PARTS_PER_TURN)?;
    if parts.len() == PARTS_PER_TURN {
        tx.owe(Effect::Continue(Continuation::ForgetUpload(upload.to_owned())));
    }
    for (row, part) in parts {
        tx.remove_bytes(&row);
        if let Some(part) = part.part {
            bodies::release(&part, tx)?;
        }
    }
    Ok(())
}

//! `UploadPart`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>
//!
//! A part of the same number takes the place of the one before.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::rest::command;
use crate::operation::{AnyCommand, Command, Operation, Payload, Prepared, Speaks, SpeaksRest, Staged};
use crate::rows::{Rows, RowsExt};
use crate::s3::checksum::Checksums;
use crate::s3::content::Content;
use crate::s3::model::{Bucket, Upload, UploadedPart};
use crate::s3::{bodies, errors, find, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::ApiError;

/// AWS's.
const GREATEST_NUMBER: u64 = 10_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UploadPart {
    bucket: String,
    key: String,
    upload_id: String,
    part_number: u64,
    #[serde(default)]
    body: Content,
    #[serde(rename = "ContentMD5", default)]
    content_md5: Option<String>,
    #[serde(flatten)]
    checksums: Checksums,
}

#[derive(Debug, Serialize)]
pub struct UploadPartOutput {
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(flatten)]
    checksums: Checksums,
}

impl UploadPart {
    /// The table's line: what is large is stored before the command comes.
    pub const fn operation() -> Operation {
        let prepare = |payload: &Payload| {
            let part = SpeaksRest::decode::<UploadPart>(payload)?;
            part.verify()?;
            Ok(if part.body.is_large() {
                Prepared::Staged(Box::new(part))
            } else {
                Prepared::Command(Box::new(part))
            })
        };
        Operation { prepare, ..command::<UploadPart>() }
    }

    fn verify(&self) -> Result<(), ApiError> {
        if !(1..=GREATEST_NUMBER).contains(&self.part_number) {
            let text = "Part number must be an integer between 1 and 10000, inclusive";
            return Err(errors::invalid_argument(text, "partNumber", &self.part_number.to_string()));
        }
        self.body.check_size()?;
        self.body.verify_md5(self.content_md5.as_deref())?;
        self.checksums.verify(&self.body.bytes)
    }
}

impl Staged for UploadPart {
    fn stages(&self, name: &str) -> Vec<Box<dyn AnyCommand>> {
        self.body.stages(&self.bucket, name)
    }

    fn last(mut self: Box<Self>, name: &str) -> Box<dyn AnyCommand> {
        self.body.stored_as(name);
        self
    }
}

impl Command for UploadPart {
    const NAME: &'static str = "UploadPart";
    type Output = UploadPartOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<UploadPartOutput, Failure> {
        let bucket = find::bucket(&self.bucket, tx, context)?;
        upload(&bucket, &self.key, &self.upload_id, tx)?;
        let key = keys::part(&self.upload_id, self.part_number);
        let before = tx.row::<UploadedPart>(&key)?;
        let part = UploadedPart {
            part: self.body.settle(tx, context)?,
            etag: self.body.etag(),
            size: self.body.bytes.len() as u64,
            modified_ms: context.now_ms,
            checksum: self.checksums.given(),
        };
        tx.put(&key, &part);
        if let Some(before) = before.and_then(|before| before.part) {
            bodies::release(&before, tx)?;
        }
        Ok(UploadPartOutput {
            etag: format!("\"{}\"", part.etag),
            checksums: Checksums::of(part.checksum.as_ref()),
        })
    }
}

/// The upload of this id, for this key.
///
/// # Errors
/// `NoSuchUpload`.
pub fn upload(bucket: &Bucket, key: &str, id: &str, rows: &(impl Rows + ?Sized)) -> Result<Upload, Failure> {
    let upload = rows.row(&keys::upload(bucket.id, key, id))?;
    Ok(upload.ok_or_else(|| errors::no_such_upload(id))?)
}

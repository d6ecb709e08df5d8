//! `PutObject`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
//!
//! The object's row is swapped in one commit: whoever reads sees the whole old or the whole new object.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::rest::command;
use crate::operation::{AnyCommand, Command, Operation, Payload, Prepared, Speaks, SpeaksRest, Staged};
use crate::rows::RowsExt;
use crate::s3::bodies;
use crate::s3::checksum::Checksums;
use crate::s3::conditions::WriteConditions;
use crate::s3::content::Content;
use crate::s3::model::{Bucket, Described, Object};
use crate::s3::{find, keys, names};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::ApiError;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutObject {
    pub bucket: String,
    pub key: String,
    #[serde(default)]
    pub body: Content,
    #[serde(rename = "ContentMD5", default)]
    pub content_md5: Option<String>,
    #[serde(flatten)]
    pub described: Described,
    #[serde(flatten)]
    pub checksums: Checksums,
    #[serde(flatten)]
    pub conditions: WriteConditions,
}

#[derive(Debug, Serialize)]
pub struct PutObjectOutput {
    #[serde(rename = "ETag")]
    pub etag: String,
    #[serde(flatten)]
    checksums: Checksums,
}

impl PutObject {
    /// The table's line: what is large is stored before the command comes.
    pub const fn operation() -> Operation {
        let prepare = |payload: &Payload| {
            let put = SpeaksRest::decode::<PutObject>(payload)?;
            put.verify()?;
            Ok(if put.body.is_large() {
                Prepared::Staged(Box::new(put))
            } else {
                Prepared::Command(Box::new(put))
            })
        };
        Operation { prepare, ..command::<PutObject>() }
    }

    /// What can be said before the shard sees it.
    fn verify(&self) -> Result<(), ApiError> {
        names::check_key(&self.key)?;
        names::check_metadata(&self.described.metadata)?;
        self.body.check_size()?;
        self.body.verify_md5(self.content_md5.as_deref())?;
        self.checksums.verify(&self.body.bytes)
    }
}

impl Staged for PutObject {
    fn stages(&self, name: &str) -> Vec<Box<dyn AnyCommand>> {
        self.body.stages(&self.bucket, name)
    }

    fn last(mut self: Box<Self>, name: &str) -> Box<dyn AnyCommand> {
        self.body.stored_as(name);
        self
    }
}

impl Command for PutObject {
    const NAME: &'static str = "PutObject";
    type Output = PutObjectOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PutObjectOutput, Failure> {
        let bucket = find::bucket(&self.bucket, tx, context)?;
        names::check_key(&self.key)?;
        let before = tx.row::<Object>(&keys::object(bucket.id, &self.key))?;
        self.conditions.check(before.as_ref(), &self.key)?;
        let part = self.body.settle(tx, context)?;
        let object = Object {
            etag: self.body.etag(),
            size: self.body.bytes.len() as u64,
            modified_ms: context.now_ms,
            described: self.described.clone(),
            checksum: self.checksums.given(),
            parts: part.into_iter().collect(),
            part_count: None,
        };
        replace(&bucket, &self.key, before.as_ref(), &object, tx)?;
        Ok(PutObjectOutput {
            etag: format!("\"{}\"", object.etag),
            checksums: Checksums::of(object.checksum.as_ref()),
        })
    }
}

/// Swaps an object for another; what only the old one had goes.
///
/// # Errors
/// [`Failure::Broken`] if its bytes aren't there.
pub fn replace(
    bucket: &Bucket,
    key: &str,
    before: Option<&Object>,
    object: &Object,
    tx: &mut Tx,
) -> Result<(), Failure> {
    tx.put(&keys::object(bucket.id, key), object);
    for part in before.iter().flat_map(|before| &before.parts) {
        bodies::release(part, tx)?;
    }
    Ok(())
}

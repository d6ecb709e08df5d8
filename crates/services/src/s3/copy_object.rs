//! `CopyObject`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
//!
//! The copy refers to the same bytes: none is read or written, however large the object.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::s3::model::{Described, Object};
use crate::s3::put_object::replace;
use crate::s3::{bodies, errors, find, keys, names};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::{Timestamp, uri};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CopyObject {
    bucket: String,
    key: String,
    /// `bucket/key`, encoded as in a path.
    copy_source: String,
    #[serde(default)]
    metadata_directive: Option<String>,
    #[serde(flatten)]
    described: Described,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CopyObjectOutput {
    #[serde(rename = "ETag")]
    etag: String,
    last_modified: Timestamp,
}

impl CopyObject {
    fn source(&self) -> Result<(String, String), Failure> {
        let path = self.copy_source.trim_start_matches('/');
        // A version that is asked for is the only one there is.
        let path = path.split_once("?versionId=").map_or(path, |(path, _)| path);
        let parts = path.split_once('/').and_then(|(bucket, key)| {
            Some((uri::decode(bucket)?.into_owned(), uri::decode(key)?.into_owned()))
        });
        let text = "Invalid copy source object key";
        parts
            .filter(|(_, key)| !key.is_empty())
            .ok_or_else(|| errors::invalid_argument(text, "x-amz-copy-source", &self.copy_source).into())
    }
}

impl Command for CopyObject {
    const NAME: &'static str = "CopyObject";
    type Output = CopyObjectOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CopyObjectOutput, Failure> {
        names::check_key(&self.key)?;
        names::check_metadata(&self.described.metadata)?;
        let (source_bucket, source_key) = self.source()?;
        let source = find::object(&*find::bucket(&source_bucket, tx, context)?, &source_key, tx)?;
        let bucket = find::bucket(&self.bucket, tx, context)?;
        let replaces = self.metadata_directive.as_deref() == Some("REPLACE");
        if !replaces && (&source_bucket, &source_key) == (&self.bucket, &self.key) {
            return Err(errors::copy_to_itself().into());
        }
        for part in &source.parts {
            bodies::retain(part, tx)?;
        }
        let described = if replaces { self.described.clone() } else { source.described };
        let object = Object { described, modified_ms: context.now_ms, ..source };
        let before = tx.row::<Object>(&keys::object(bucket.id, &self.key))?;
        replace(&bucket, &self.key, before.as_ref(), &object, tx)?;
        Ok(CopyObjectOutput {
            etag: format!("\"{}\"", object.etag),
            last_modified: Timestamp::from_millis(i64::try_from(context.now_ms).unwrap_or(i64::MAX)),
        })
    }
}

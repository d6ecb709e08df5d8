//! `AbortMultipartUpload`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::s3::complete_multipart_upload::forget_upload;
use crate::s3::{find, upload_part};
use crate::tx::Tx;
use serde::Deserialize;

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
        forget_upload(bucket.id, &self.key, &self.upload_id, &[], tx)?;
        Ok(Nothing {})
    }
}

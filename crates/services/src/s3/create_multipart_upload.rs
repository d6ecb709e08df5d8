//! `CreateMultipartUpload`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::s3::model::{Described, Upload};
use crate::s3::{find, keys, names};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateMultipartUpload {
    bucket: String,
    key: String,
    #[serde(flatten)]
    described: Described,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateMultipartUploadOutput {
    bucket: String,
    key: String,
    upload_id: String,
}

impl Command for CreateMultipartUpload {
    const NAME: &'static str = "CreateMultipartUpload";
    type Output = CreateMultipartUploadOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CreateMultipartUploadOutput, Failure> {
        names::check_key(&self.key)?;
        names::check_metadata(&self.described.metadata)?;
        let bucket = find::bucket(&self.bucket, tx, context)?;
        let upload_id =
            context.entropy.text(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._", 64);
        let upload = Upload { begun_ms: context.now_ms, described: self.described.clone() };
        tx.put(&keys::upload(bucket.id, &self.key, &upload_id), &upload);
        Ok(CreateMultipartUploadOutput { bucket: self.bucket.clone(), key: self.key.clone(), upload_id })
    }
}

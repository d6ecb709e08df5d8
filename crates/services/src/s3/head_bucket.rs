//! `HeadBucket`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::s3::find;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HeadBucket {
    bucket: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HeadBucketOutput {
    bucket_region: String,
}

impl Read for HeadBucket {
    const NAME: &'static str = "HeadBucket";
    type Output = HeadBucketOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<HeadBucketOutput, Failure> {
        let bucket = find::bucket(&self.bucket, rows, context)?;
        Ok(HeadBucketOutput { bucket_region: bucket.region.clone() })
    }
}

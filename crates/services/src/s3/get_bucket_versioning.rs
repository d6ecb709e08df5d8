//! `GetBucketVersioning`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
//!
//! Versions are not kept here, which is what a bucket says that was never told to keep them.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Nothing, Read};
use crate::rows::Rows;
use crate::s3::find;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBucketVersioning {
    bucket: String,
}

impl Read for GetBucketVersioning {
    const NAME: &'static str = "GetBucketVersioning";
    type Output = Nothing;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<Nothing, Failure> {
        find::bucket(&self.bucket, rows, context)?;
        Ok(Nothing {})
    }
}

//! `GetBucketLocation`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
//!
//! The document's element has the region as its own text; in `us-east-1` it has none.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::s3::create_bucket::UNNAMED_REGION;
use crate::s3::find;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBucketLocation {
    bucket: String,
}

#[derive(Debug, Serialize)]
pub struct LocationConstraint(String);

impl Read for GetBucketLocation {
    const NAME: &'static str = "GetBucketLocation";
    type Output = LocationConstraint;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<LocationConstraint, Failure> {
        let bucket = find::bucket(&self.bucket, rows, context)?;
        let is_named = bucket.region != UNNAMED_REGION;
        Ok(LocationConstraint(if is_named { bucket.region.clone() } else { String::new() }))
    }
}

//! `CreateBucket`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
//!
//! In `us-east-1` a bucket that the caller has already is made once more without complaint, as AWS does.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::s3::model::Bucket;
use crate::s3::{errors, keys, names};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};

/// The region whose location is none.
pub const UNNAMED_REGION: &str = "us-east-1";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBucket {
    bucket: String,
    #[serde(default)]
    create_bucket_configuration: Option<Configuration>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    #[serde(default)]
    location_constraint: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBucketOutput {
    location: String,
}

impl CreateBucket {
    /// The region that the bucket is to be in: the one that was signed for, or that the request names.
    fn region(&self, context: &Context) -> Result<String, Failure> {
        let named = self.create_bucket_configuration.as_ref();
        let named = named.and_then(|named| named.location_constraint.as_deref());
        match named.filter(|named| !named.is_empty()) {
            Some("EU") => Ok("eu-west-1".to_owned()),
            Some(named) if named == context.region() || context.region() == UNNAMED_REGION => {
                Ok(named.to_owned())
            }
            Some(named) => Err(errors::illegal_location(named).into()),
            // Tools that know one endpoint only sign for any region and name none.
            None => Ok(context.region().to_owned()),
        }
    }
}

impl Command for CreateBucket {
    const NAME: &'static str = "CreateBucket";
    type Output = CreateBucketOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CreateBucketOutput, Failure> {
        if !names::is_bucket(&self.bucket) {
            return Err(errors::invalid_bucket_name(&self.bucket).into());
        }
        let output = CreateBucketOutput { location: format!("/{}", self.bucket) };
        let key = keys::bucket(&self.bucket);
        if let Some(found) = tx.row::<Bucket>(&key)? {
            return match found.account == context.account() {
                true if context.region() == UNNAMED_REGION => Ok(output),
                true => Err(errors::bucket_already_owned_by_you(&self.bucket).into()),
                false => Err(errors::bucket_already_exists(&self.bucket).into()),
            };
        }
        let bucket = Bucket {
            id: tx.next_sequence(),
            name: self.bucket.clone(),
            account: context.account().to_owned(),
            region: self.region(context)?,
            created_ms: context.now_ms,
        };
        tx.put(&key, &bucket);
        Ok(output)
    }
}

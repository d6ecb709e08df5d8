//! `DeleteBucket`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html>
//!
//! A bucket with unfinished uploads is not empty either.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::rows::Rows;
use crate::s3::{errors, find, keys};
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_store::Direction;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteBucket {
    bucket: String,
}

impl Command for DeleteBucket {
    const NAME: &'static str = "DeleteBucket";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let bucket = find::bucket(&self.bucket, tx, context)?;
        for rows in [keys::objects(bucket.id), keys::uploads(bucket.id)] {
            if !tx.scan(rows.as_bytes(), &rows.end(), Direction::Forward, 1)?.is_empty() {
                return Err(errors::bucket_not_empty(&self.bucket).into());
            }
        }
        tx.remove(&keys::bucket(&self.bucket));
        Ok(Nothing {})
    }
}

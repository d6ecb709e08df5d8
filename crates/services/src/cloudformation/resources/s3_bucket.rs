//! `AWS::S3::Bucket`. `Ref` is its name. A bucket that isn't empty isn't deleted, as on AWS.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::json;

pub const TYPE: ResourceType = ResourceType {
    name: NAME,
    sdk: Sdk::Two("S3"),
    properties: &[Property::text("BucketName").fixed()],
    attributes: &["Arn", "DomainName", "RegionalDomainName"],
    named_by: Some("BucketName"),
    has_system_tags: false,
    handler: &Bucket,
};

const NAME: &str = "AWS::S3::Bucket";

struct Bucket;

impl Handler for Bucket {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        // Generated names are in lower case, as buckets have to be.
        let name = match wanted.text("BucketName") {
            Some(name) => name.to_owned(),
            None => wanted.generated_name(63).to_lowercase(),
        };
        // In us-east-1 making one's own bucket again is no mistake; for a stack it is one.
        if calls::is_there(calls::ask::<op::HeadBucket>(json!({ "Bucket": name }), tx, context))? {
            let identifier = json!({"/properties/BucketName": name}).to_string();
            return Err(Problem::already_exists(NAME, &identifier));
        }
        calls::call::<op::CreateBucket>(json!({ "Bucket": name }), tx, context)?;
        Ok(made(&name, context))
    }

    fn update(
        &self,
        before: &Before,
        _: &Wanted,
        _: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        Ok(made(&before.physical_id, context))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        match calls::call::<op::DeleteBucket>(json!({"Bucket": before.physical_id}), tx, context) {
            Err(Failure::Refused(error)) if error.code == "NoSuchBucket" => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }
}

fn made(name: &str, context: &Context) -> Made {
    let region = context.region();
    Made::new(
        name,
        [
            ("Arn", format!("arn:aws:s3:::{name}").into()),
            ("DomainName", format!("{name}.s3.amazonaws.com").into()),
            ("RegionalDomainName", format!("{name}.s3.{region}.amazonaws.com").into()),
        ],
    )
}

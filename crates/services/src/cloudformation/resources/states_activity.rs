//! `AWS::StepFunctions::Activity`. `Ref` is its ARN.

use super::wanted::tag_list;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Value, json};
use stepwell_wire::arn::Arn;

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::StepFunctions::Activity",
    sdk: Sdk::One("AWSStepFunctions"),
    properties: &[
        Property::map("EncryptionConfiguration").fixed(),
        Property::text("Name").required().fixed(),
        Property::list("Tags"),
    ],
    attributes: &["Arn", "Name"],
    named_by: Some("Name"),
    has_system_tags: true,
    handler: &Activity,
};

struct Activity;

impl Handler for Activity {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let name = wanted.text("Name").unwrap_or_default();
        let arn = Arn::new("states", context.region(), context.account(), format!("activity:{name}"));
        let found = calls::ask::<op::DescribeActivity>(json!({"activityArn": arn.to_string()}), tx, context);
        if calls::is_there(found)? {
            return Err(Problem::handler("Activity already exists", "AlreadyExists"));
        }
        let mut input = json!({"name": name, "tags": wanted.tag_list("key", "value")});
        if let Some(encryption) = wanted.properties.get("EncryptionConfiguration") {
            input["encryptionConfiguration"] = encryption_configuration(encryption);
        }
        let output = calls::call::<op::CreateActivity>(input, tx, context)?;
        Ok(made(output["activityArn"].as_str().unwrap_or_default()))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let arn = &before.physical_id;
        let (set, gone) = wanted.tag_changes(&before.tags);
        if !gone.is_empty() {
            calls::call::<op::UntagStateMachine>(json!({"resourceArn": arn, "tagKeys": gone}), tx, context)?;
        }
        if !set.is_empty() {
            let input = json!({"resourceArn": arn, "tags": tag_list(&set, "key", "value")});
            calls::call::<op::TagStateMachine>(input, tx, context)?;
        }
        Ok(made(arn))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        // One that isn't there is no error of Step Functions'.
        calls::call::<op::DeleteActivity>(json!({"activityArn": before.physical_id}), tx, context)?;
        Ok(())
    }
}

fn made(arn: &str) -> Made {
    let name = arn.rsplit(':').next().unwrap_or_default();
    Made::new(arn, [("Arn", arn.into()), ("Name", name.into())])
}

/// In the spelling of Step Functions.
fn encryption_configuration(given: &Value) -> Value {
    let members = [
        ("KmsDataKeyReusePeriodSeconds", "kmsDataKeyReusePeriodSeconds"),
        ("KmsKeyId", "kmsKeyId"),
        ("Type", "type"),
    ];
    let members = members.iter().filter_map(|(property, member)| {
        given.get(*property).map(|value| ((*member).to_owned(), value.clone()))
    });
    Value::Object(members.collect())
}

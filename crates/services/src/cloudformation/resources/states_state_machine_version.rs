//! `AWS::StepFunctions::StateMachineVersion`: a published revision. `Ref` is its ARN.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::StepFunctions::StateMachineVersion",
    sdk: Sdk::Two("Sfn"),
    properties: &[
        Property::text("Description").fixed(),
        Property::text("StateMachineArn").required().fixed(),
        Property::text("StateMachineRevisionId").fixed(),
    ],
    attributes: &["Arn"],
    named_by: None,
    has_system_tags: false,
    handler: &StateMachineVersion,
};

struct StateMachineVersion;

impl Handler for StateMachineVersion {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let mut input = Map::new();
        for (property, member) in [
            ("Description", "description"),
            ("StateMachineArn", "stateMachineArn"),
            ("StateMachineRevisionId", "revisionId"),
        ] {
            input.extend(wanted.properties.get(property).map(|value| (member.to_owned(), value.clone())));
        }
        let machine = json!({"stateMachineArn": input.get("stateMachineArn"), "maxResults": 1});
        let before = calls::ask::<op::ListStateMachineVersions>(machine, tx, context)?;
        let newest = &before["stateMachineVersions"][0]["stateMachineVersionArn"];
        let output = calls::call::<op::PublishStateMachineVersion>(Value::Object(input), tx, context)?;
        let arn = &output["stateMachineVersionArn"];
        // Publishing what was published before gives the same version: it is another resource's.
        if arn == newest {
            return Err(Problem::already_exists(TYPE.name, arn.as_str().unwrap_or_default()));
        }
        Ok(Made::new(arn.as_str().unwrap_or_default(), [("Arn", arn.clone())]))
    }

    fn update(&self, before: &Before, _: &Wanted, _: &mut Tx, _: &mut Context) -> Result<Made, Problem> {
        // No property can change without a new one.
        Ok(Made {
            physical_id: before.physical_id.clone(),
            reference: before.physical_id.clone(),
            attributes: before.attributes.clone(),
        })
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        // One that isn't there is no error of Step Functions'.
        let input = json!({"stateMachineVersionArn": before.physical_id});
        calls::call::<op::DeleteStateMachineVersion>(input, tx, context)?;
        Ok(())
    }
}

//! `AWS::StepFunctions::StateMachineAlias`. `Ref` is its ARN.
//!
//! A `DeploymentPreference` of `ALL_AT_ONCE` goes over to its version at once, and so does the first deployment of every other,
//! as on AWS. To shift by and by, with alarms to turn back by, is not here, and is refused.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::StepFunctions::StateMachineAlias",
    sdk: Sdk::Two("Sfn"),
    properties: &[
        Property::map("DeploymentPreference"),
        Property::text("Description"),
        Property::text("Name").fixed(),
        Property::list("RoutingConfiguration"),
    ],
    attributes: &["Arn"],
    named_by: Some("Name"),
    has_system_tags: false,
    handler: &StateMachineAlias,
};

struct StateMachineAlias;

impl Handler for StateMachineAlias {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let mut input = Map::from_iter([
            ("name".to_owned(), Value::from(wanted.name("Name", 80))),
            ("routingConfiguration".to_owned(), routing(&wanted.properties)?),
        ]);
        input.extend(description(wanted));
        let output = calls::call::<op::CreateStateMachineAlias>(Value::Object(input), tx, context)?;
        Ok(made(output["stateMachineAliasArn"].as_str().unwrap_or_default()))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        if preference(&wanted.properties).is_some_and(|(_, kind)| kind != "ALL_AT_ONCE") {
            let text = "A DeploymentPreference of another type than ALL_AT_ONCE is not available here";
            return Err(Problem::invalid_request(text));
        }
        let mut input = Map::from_iter([
            ("stateMachineAliasArn".to_owned(), Value::from(before.physical_id.as_str())),
            ("routingConfiguration".to_owned(), routing(&wanted.properties)?),
        ]);
        if before.properties.contains_key("Description") {
            input.insert("description".to_owned(), Value::from(""));
        }
        input.extend(description(wanted));
        calls::call::<op::UpdateStateMachineAlias>(Value::Object(input), tx, context)?;
        Ok(made(&before.physical_id))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        // One that isn't there is no error of Step Functions'.
        let input = json!({"stateMachineAliasArn": before.physical_id});
        calls::call::<op::DeleteStateMachineAlias>(input, tx, context)?;
        Ok(())
    }
}

fn made(arn: &str) -> Made {
    Made::new(arn, [("Arn", arn.into())])
}

fn description(wanted: &Wanted) -> Option<(String, Value)> {
    Some(("description".to_owned(), wanted.properties.get("Description")?.clone()))
}

/// The version to which a deployment goes, and how it goes there.
fn preference(properties: &Map<String, Value>) -> Option<(&Value, &str)> {
    let preference = properties.get("DeploymentPreference")?;
    Some((&preference["StateMachineVersionArn"], preference["Type"].as_str().unwrap_or_default()))
}

/// The routes, in the spelling of Step Functions.
fn routing(properties: &Map<String, Value>) -> Result<Value, Problem> {
    let configured = properties.get("RoutingConfiguration").and_then(Value::as_array);
    match (configured, preference(properties)) {
        (Some(routes), None) => Ok(routes.iter().map(route).collect()),
        (None, Some((version, _))) => Ok(json!([{"stateMachineVersionArn": version, "weight": 100}])),
        _ => {
            let text = "Exactly one of RoutingConfiguration and DeploymentPreference must be specified";
            Err(Problem::invalid_request(text))
        }
    }
}

/// A template may write the weight as a text.
fn route(route: &Value) -> Value {
    let weight = &route["Weight"];
    let number = weight.as_i64().or_else(|| weight.as_str()?.parse().ok());
    json!({"stateMachineVersionArn": route["StateMachineVersionArn"], "weight": number})
}

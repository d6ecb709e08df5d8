//! `AWS::Lambda::Alias`. `Ref` is its ARN.

use super::wanted::scalar;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::Lambda::Alias",
    sdk: Sdk::Two("Lambda"),
    properties: &[
        Property::text("Description"),
        Property::text("FunctionName").required().fixed(),
        Property::text("FunctionVersion").required(),
        Property::text("Name").required().fixed(),
        Property::map("RoutingConfig"),
    ],
    attributes: &["AliasArn"],
    named_by: Some("Name"),
    has_system_tags: false,
    handler: &Alias,
};

struct Alias;

impl Handler for Alias {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let output = calls::call::<op::CreateAlias>(members(wanted), tx, context)?;
        Ok(made(&output))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let mut input = members(wanted);
        for (member, default) in
            [("Description", json!("")), ("RoutingConfig", json!({"AdditionalVersionWeights": {}}))]
        {
            if before.properties.contains_key(member) && !wanted.properties.contains_key(member) {
                input[member] = default;
            }
        }
        Ok(made(&calls::call::<op::UpdateAlias>(input, tx, context)?))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let member = |name: &str| before.properties.get(name).cloned();
        let input = json!({"FunctionName": member("FunctionName"), "Name": member("Name")});
        unless_gone(calls::call::<op::DeleteAlias>(input, tx, context))?;
        Ok(())
    }
}

fn made(alias: &Value) -> Made {
    let arn = alias["AliasArn"].as_str().unwrap_or_default();
    Made::new(arn, [("AliasArn", arn.into())])
}

/// The properties as members of CreateAlias and UpdateAlias.
fn members(wanted: &Wanted) -> Value {
    let mut input = wanted.members(&["Description", "FunctionName", "FunctionVersion", "Name"]);
    if let Some(routing) = wanted.properties.get("RoutingConfig") {
        let items = routing.get("AdditionalVersionWeights").and_then(Value::as_array).into_iter().flatten();
        let weight = |item: &Value| {
            let weight = &item["FunctionWeight"];
            let number = weight.as_f64().or_else(|| weight.as_str()?.parse().ok());
            (item.get("FunctionVersion").map(scalar).unwrap_or_default(), Value::from(number))
        };
        let weights: Map<_, _> = items.map(weight).collect();
        input.insert("RoutingConfig".to_owned(), json!({ "AdditionalVersionWeights": weights }));
    }
    Value::Object(input)
}

//! `AWS::Events::Rule`. `Ref` is its name. Its targets are part of it.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Value, json};
use stepwell_wire::arn::Arn;

pub const TYPE: ResourceType = ResourceType {
    name: NAME,
    sdk: Sdk::Two("EventBridge"),
    properties: &[
        Property::text("Description"),
        Property::text("EventBusName").fixed(),
        Property::json("EventPattern"),
        Property::text("Name").fixed(),
        Property::text("RoleArn"),
        Property::text("ScheduleExpression"),
        Property::text("State"),
        Property::list("Targets"),
    ],
    attributes: &["Arn"],
    named_by: Some("Name"),
    has_system_tags: false,
    handler: &Rule,
};

const NAME: &str = "AWS::Events::Rule";
/// Characters of a rule's name at most.
const LONGEST_NAME: usize = 64;

struct Rule;

impl Handler for Rule {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let name = wanted.name("Name", LONGEST_NAME);
        if calls::is_there(calls::ask::<op::DescribeRule>(json!({"Name": name}), tx, context))? {
            let identifier = json!({"/properties/Name": name}).to_string();
            return Err(Problem::already_exists(NAME, &identifier));
        }
        put(&name, wanted, tx, context)?;
        Ok(made(&name, context))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let name = &before.physical_id;
        remove_targets(name, tx, context)?;
        put(name, wanted, tx, context)?;
        Ok(made(name, context))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let name = &before.physical_id;
        if calls::is_there(calls::ask::<op::DescribeRule>(json!({"Name": name}), tx, context))? {
            remove_targets(name, tx, context)?;
        }
        unless_gone(calls::call::<op::DeleteRule>(json!({"Name": name}), tx, context))?;
        Ok(())
    }
}

fn put(name: &str, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    let pattern = wanted.properties.get("EventPattern").map(|pattern| match pattern {
        Value::String(text) => text.clone(),
        pattern => pattern.to_string(),
    });
    let input = json!({
        "Name": name,
        "EventPattern": pattern,
        "ScheduleExpression": wanted.text("ScheduleExpression"),
        "State": wanted.text("State"),
        "Description": wanted.text("Description"),
        "RoleArn": wanted.text("RoleArn"),
        "EventBusName": wanted.text("EventBusName"),
    });
    calls::call::<op::PutRule>(input, tx, context)?;
    if let Some(targets) = wanted.properties.get("Targets") {
        calls::call::<op::PutTargets>(json!({"Rule": name, "Targets": targets}), tx, context)?;
    }
    Ok(())
}

fn remove_targets(name: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    let listed = calls::ask::<op::ListTargetsByRule>(json!({"Rule": name}), tx, context)?;
    let targets = listed.get("Targets").and_then(Value::as_array).into_iter().flatten();
    let ids: Vec<_> = targets.filter_map(|target| target.get("Id")).collect();
    calls::call::<op::RemoveTargets>(json!({"Rule": name, "Ids": ids}), tx, context)?;
    Ok(())
}

fn made(name: &str, context: &Context) -> Made {
    let arn = Arn::new("events", context.region(), context.account(), format!("rule/{name}"));
    Made::new(name, [("Arn", arn.to_string().into())])
}

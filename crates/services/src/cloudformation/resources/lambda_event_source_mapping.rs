//! `AWS::Lambda::EventSourceMapping`. `Ref` is its UUID.

use super::wanted::scalar;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::Lambda::EventSourceMapping",
    sdk: Sdk::Two("Lambda"),
    properties: &[
        Property::integer("BatchSize"),
        Property::boolean("BisectBatchOnFunctionError"),
        Property::map("DestinationConfig"),
        Property::boolean("Enabled"),
        Property::text("EventSourceArn").fixed(),
        Property::map("FilterCriteria"),
        Property::text("FunctionName").required(),
        Property::list("FunctionResponseTypes"),
        Property::text("KmsKeyArn"),
        Property::integer("MaximumBatchingWindowInSeconds"),
        Property::integer("MaximumRecordAgeInSeconds"),
        Property::integer("MaximumRetryAttempts"),
        Property::integer("ParallelizationFactor"),
        Property::map("ScalingConfig"),
        Property::text("StartingPosition").fixed(),
        Property::list("Tags"),
        Property::integer("TumblingWindowInSeconds"),
    ],
    attributes: &["EventSourceMappingArn", "Id"],
    named_by: None,
    has_system_tags: false,
    handler: &Mapping,
};

struct Mapping;

impl Handler for Mapping {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let mut input = members(&wanted.properties);
        input.insert("Tags".to_owned(), wanted.tag_map());
        let output = calls::call::<op::CreateEventSourceMapping>(Value::Object(input), tx, context)?;
        Ok(made(&output))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let mut input = members(&wanted.properties);
        // What can't change is no member of an update.
        for fixed in ["EventSourceArn", "StartingPosition"] {
            input.remove(fixed);
        }
        for (member, default) in [
            ("BatchSize", json!(10)),
            ("Enabled", json!(true)),
            ("FilterCriteria", json!({})),
            ("FunctionResponseTypes", json!([])),
            ("KMSKeyArn", json!("")),
            ("MaximumBatchingWindowInSeconds", json!(0)),
            ("ScalingConfig", json!({})),
        ] {
            if before.properties.contains_key(property(member)) {
                input.entry(member).or_insert(default);
            }
        }
        input.insert("UUID".to_owned(), Value::from(before.physical_id.as_str()));
        calls::call::<op::UpdateEventSourceMapping>(Value::Object(input), tx, context)?;
        let (set, gone) = wanted.tag_changes(&before.tags);
        let arn = before.attribute("EventSourceMappingArn");
        if !gone.is_empty() {
            calls::call::<op::UntagFunction>(json!({"Resource": arn, "TagKeys": gone}), tx, context)?;
        }
        if !set.is_empty() {
            let tags: Map<_, _> = set.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
            calls::call::<op::TagFunction>(json!({"Resource": arn, "Tags": tags}), tx, context)?;
        }
        Ok(Made {
            physical_id: before.physical_id.clone(),
            reference: before.physical_id.clone(),
            attributes: before.attributes.clone(),
        })
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let input = json!({"UUID": before.physical_id});
        unless_gone(calls::call::<op::DeleteEventSourceMapping>(input, tx, context))?;
        Ok(())
    }
}

fn made(mapping: &Value) -> Made {
    let id = mapping["UUID"].as_str().unwrap_or_default();
    Made::new(id, [("EventSourceMappingArn", mapping["EventSourceMappingArn"].clone()), ("Id", id.into())])
}

/// The property that a member of the API comes from.
fn property(member: &'static str) -> &'static str {
    if member == "KMSKeyArn" { "KmsKeyArn" } else { member }
}

/// The properties in Lambda's spelling, tags aside.
fn members(properties: &Map<String, Value>) -> Map<String, Value> {
    let mut input = Map::new();
    for (name, value) in properties.iter().filter(|(name, _)| *name != "Tags") {
        let member = if name == "KmsKeyArn" { "KMSKeyArn" } else { name.as_str() };
        let value = match name.as_str() {
            "ScalingConfig" => scaling(value),
            "FilterCriteria" => filters(value),
            _ => value.clone(),
        };
        input.insert(member.to_owned(), value);
    }
    input
}

fn scaling(value: &Value) -> Value {
    let most = &value["MaximumConcurrency"];
    let parsed = most.as_str().and_then(|text| text.trim().parse::<i64>().ok());
    match parsed {
        Some(most) => json!({ "MaximumConcurrency": most }),
        None => value.clone(),
    }
}

/// A pattern is a text; templates may write it as an object, too.
fn filters(value: &Value) -> Value {
    let Some(filters) = value.get("Filters").and_then(Value::as_array) else { return value.clone() };
    let filter = |filter: &Value| json!({"Pattern": filter.get("Pattern").map(scalar)});
    json!({"Filters": filters.iter().map(filter).collect::<Vec<_>>()})
}

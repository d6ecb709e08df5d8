//! `AWS::StepFunctions::StateMachine`. `Ref` is its ARN. A name that is made up has no stack name in it.

use super::states_definition::definition;
use super::wanted::tag_list;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::calls::{self, operations as op};
use crate::cloudformation::template::names;
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};
use stepwell_wire::arn::Arn;

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::StepFunctions::StateMachine",
    sdk: Sdk::One("AWSStepFunctions"),
    properties: &[
        Property::json("Definition"),
        Property::map("DefinitionS3Location"),
        Property::text("DefinitionString"),
        Property::map("DefinitionSubstitutions"),
        Property::map("EncryptionConfiguration"),
        Property::map("LoggingConfiguration"),
        Property::text("RoleArn").required(),
        Property::text("StateMachineName").fixed(),
        Property::text("StateMachineType").fixed(),
        Property::list("Tags"),
        Property::map("TracingConfiguration"),
    ],
    attributes: &["Arn", "Name", "StateMachineRevisionId"],
    named_by: Some("StateMachineName"),
    has_system_tags: true,
    handler: &StateMachine,
};

struct StateMachine;

impl Handler for StateMachine {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let definition = definition(&wanted.properties)?;
        let name = match wanted.text("StateMachineName") {
            Some(name) => name.to_owned(),
            None => names::short_name(&wanted.logical_id, wanted.seed, 80),
        };
        let arn = Arn::new("states", context.region(), context.account(), format!("stateMachine:{name}"));
        let found =
            calls::ask::<op::DescribeStateMachine>(json!({"stateMachineArn": arn.to_string()}), tx, context);
        if calls::is_there(found)? {
            return Err(Problem::handler("State machine already exists", "AlreadyExists"));
        }
        let mut input = configuration(&wanted.properties);
        input.insert("name".to_owned(), Value::from(name));
        input.insert("definition".to_owned(), Value::from(definition));
        if let Some(kind) = wanted.text("StateMachineType") {
            input.insert("type".to_owned(), Value::from(kind));
        }
        input.insert("tags".to_owned(), wanted.tag_list("key", "value"));
        let output = calls::call::<op::CreateStateMachine>(Value::Object(input), tx, context)?;
        made(output["stateMachineArn"].as_str().unwrap_or_default(), "INITIAL")
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let arn = &before.physical_id;
        let mut input = configuration(&wanted.properties);
        input.insert("stateMachineArn".to_owned(), Value::from(arn.as_str()));
        input.insert("definition".to_owned(), Value::from(definition(&wanted.properties)?));
        let output = calls::call::<op::UpdateStateMachine>(Value::Object(input), tx, context)?;
        let (set, gone) = wanted.tag_changes(&before.tags);
        if !gone.is_empty() {
            calls::call::<op::UntagStateMachine>(json!({"resourceArn": arn, "tagKeys": gone}), tx, context)?;
        }
        if !set.is_empty() {
            let input = json!({"resourceArn": arn, "tags": tag_list(&set, "key", "value")});
            calls::call::<op::TagStateMachine>(input, tx, context)?;
        }
        let revision =
            output["revisionId"].as_str().unwrap_or_else(|| before.attribute("StateMachineRevisionId"));
        made(arn, revision)
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        // One that isn't there is no error of Step Functions'.
        let input = json!({"stateMachineArn": before.physical_id});
        calls::call::<op::DeleteStateMachine>(input, tx, context)?;
        Ok(())
    }
}

fn made(arn: &str, revision: &str) -> Result<Made, Problem> {
    let name = arn.rsplit(':').next().unwrap_or_default();
    let attributes =
        [("Arn", arn.into()), ("Name", name.into()), ("StateMachineRevisionId", revision.into())];
    Ok(Made::new(arn, attributes))
}

/// The role and what else is configured, in the spelling of Step Functions.
fn configuration(properties: &Map<String, Value>) -> Map<String, Value> {
    let mut input = Map::new();
    for (property, member) in [
        ("RoleArn", "roleArn"),
        ("LoggingConfiguration", "loggingConfiguration"),
        ("TracingConfiguration", "tracingConfiguration"),
        ("EncryptionConfiguration", "encryptionConfiguration"),
    ] {
        if let Some(value) = properties.get(property) {
            input.insert(member.to_owned(), in_camel_case(value));
        }
    }
    input
}

/// `{"IncludeExecutionData": "true"}` is `{"includeExecutionData": true}`.
fn in_camel_case(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let spell = |(key, member): (&String, &Value)| {
                let mut letters = key.chars();
                let first = letters.next().map(|letter| letter.to_ascii_lowercase());
                (first.into_iter().chain(letters).collect(), in_camel_case(member))
            };
            Value::Object(members.iter().map(spell).collect())
        }
        Value::Array(items) => items.iter().map(in_camel_case).collect(),
        Value::String(text) if text == "true" => Value::from(true),
        Value::String(text) if text == "false" => Value::from(false),
        scalar => scalar.clone(),
    }
}

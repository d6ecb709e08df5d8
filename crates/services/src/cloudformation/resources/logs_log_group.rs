//! `AWS::Logs::LogGroup`. `Ref` is its name; `Arn` ends in `:*`.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};
use stepwell_wire::arn::Arn;

pub const TYPE: ResourceType = ResourceType {
    name: NAME,
    sdk: Sdk::Two("CloudWatchLogs"),
    properties: &[
        Property::text("KmsKeyId"),
        Property::text("LogGroupClass").fixed(),
        Property::text("LogGroupName").fixed(),
        Property::integer("RetentionInDays"),
        Property::list("Tags"),
    ],
    attributes: &["Arn"],
    named_by: Some("LogGroupName"),
    has_system_tags: false,
    handler: &LogGroup,
};

const NAME: &str = "AWS::Logs::LogGroup";

struct LogGroup;

impl Handler for LogGroup {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let name = wanted.name("LogGroupName", 512);
        let input = json!({
            "logGroupName": name,
            "kmsKeyId": wanted.text("KmsKeyId"),
            "logGroupClass": wanted.text("LogGroupClass"),
            "tags": wanted.tag_map(),
        });
        match calls::call::<op::CreateLogGroup>(input, tx, context) {
            Err(crate::failure::Failure::Refused(error)) if error.code.contains("AlreadyExists") => {
                let identifier = json!({"/properties/LogGroupName": name}).to_string();
                return Err(Problem::already_exists(NAME, &identifier));
            }
            other => other?,
        };
        retain(&name, wanted.properties.get("RetentionInDays"), tx, context)?;
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
        if before.properties.get("KmsKeyId") != wanted.properties.get("KmsKeyId") {
            let message = "The key of a log group can't be changed: keys are not available here";
            return Err(Problem::handler(message, "NotUpdatable"));
        }
        let (old, new) = (before.properties.get("RetentionInDays"), wanted.properties.get("RetentionInDays"));
        match (old, new) {
            (Some(_), None) => {
                let input = json!({ "logGroupName": name });
                calls::call::<op::DeleteRetentionPolicy>(input, tx, context)?;
            }
            _ if old != new => retain(name, new, tx, context)?,
            _ => {}
        }
        let (set, gone) = wanted.tag_changes(&before.tags);
        let arn = before.attribute("Arn").trim_end_matches(":*");
        if !gone.is_empty() {
            let input = json!({"resourceArn": arn, "tagKeys": gone});
            calls::call::<op::UntagLogGroup>(input, tx, context)?;
        }
        if !set.is_empty() {
            let tags: Map<_, _> = set.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
            calls::call::<op::TagLogGroup>(json!({"resourceArn": arn, "tags": tags}), tx, context)?;
        }
        Ok(made(name, context))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let input = json!({"logGroupName": before.physical_id});
        unless_gone(calls::call::<op::DeleteLogGroup>(input, tx, context))?;
        Ok(())
    }
}

fn made(name: &str, context: &Context) -> Made {
    let arn = Arn::new("logs", context.region(), context.account(), format!("log-group:{name}:*"));
    Made::new(name, [("Arn", arn.to_string().into())])
}

fn retain(name: &str, days: Option<&Value>, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    if let Some(days) = days {
        let input = json!({"logGroupName": name, "retentionInDays": days});
        calls::call::<op::PutRetentionPolicy>(input, tx, context)?;
    }
    Ok(())
}

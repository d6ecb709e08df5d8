//! `AWS::Logs::LogStream`. `Ref` is its name.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::json;

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::Logs::LogStream",
    sdk: Sdk::Two("CloudWatchLogs"),
    properties: &[Property::text("LogGroupName").required().fixed(), Property::text("LogStreamName").fixed()],
    attributes: &[],
    named_by: Some("LogStreamName"),
    has_system_tags: false,
    handler: &LogStream,
};

struct LogStream;

impl Handler for LogStream {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let name = wanted.name("LogStreamName", 512);
        let input = json!({"logGroupName": wanted.text("LogGroupName"), "logStreamName": name});
        calls::call::<op::CreateLogStream>(input, tx, context)?;
        Ok(Made::new(name, []))
    }

    fn update(&self, before: &Before, _: &Wanted, _: &mut Tx, _: &mut Context) -> Result<Made, Problem> {
        // No property can change without a new one.
        Ok(Made::new(&*before.physical_id, []))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let group = before.properties.get("LogGroupName");
        let input = json!({"logGroupName": group, "logStreamName": before.physical_id});
        unless_gone(calls::call::<op::DeleteLogStream>(input, tx, context))?;
        Ok(())
    }
}

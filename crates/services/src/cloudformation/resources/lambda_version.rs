//! `AWS::Lambda::Version`: a published version. `Ref` is its ARN.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Settled, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::Lambda::Version",
    sdk: Sdk::Two("Lambda"),
    properties: &[
        Property::text("CodeSha256").fixed(),
        Property::text("Description").fixed(),
        Property::text("FunctionName").required().fixed(),
    ],
    attributes: &["FunctionArn", "Version"],
    named_by: None,
    has_system_tags: false,
    handler: &Version,
};

struct Version;

impl Handler for Version {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let function = wanted.text("FunctionName").unwrap_or_default();
        let before = newest(function, tx, context)?;
        let input = wanted.members(&["CodeSha256", "Description", "FunctionName"]);
        let output = calls::call::<op::PublishVersion>(Value::Object(input), tx, context)?;
        let version = output["Version"].as_str().unwrap_or_default();
        // Publishing what was published before gives the same version: it is another resource's.
        if version.parse().is_ok_and(|number: u64| number <= before) {
            let message = format!(
                "A version for this Lambda function exists ( {version} ). Modify the function to create a new version."
            );
            return Err(Problem::handler(message, "AlreadyExists"));
        }
        let arn = output["FunctionArn"].as_str().unwrap_or_default();
        Ok(Made::new(arn, [("FunctionArn", arn.into()), ("Version", version.into())]))
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
        let input = json!({"FunctionName": before.physical_id});
        unless_gone(calls::call::<op::DeleteFunction>(input, tx, context))?;
        Ok(())
    }

    fn settled(&self, made: &Before, tx: &mut Tx, context: &mut Context) -> Result<Settled, Problem> {
        let input = json!({"FunctionName": made.physical_id});
        let state = calls::ask::<op::GetFunctionConfiguration>(input, tx, context)?;
        match state["State"].as_str() {
            Some("Pending") => {
                // It becomes ready together with its function.
                let function = made.physical_id.rsplit_once(':').map_or("", |(function, _)| function);
                Ok(Settled::Waits(function.to_owned()))
            }
            Some("Failed") => {
                let reason = state["StateReason"].as_str().unwrap_or("no reason was given");
                Err(Problem::handler(format!("Version did not stabilize: {reason}"), "NotStabilized"))
            }
            _ => Ok(Settled::Ready),
        }
    }
}

/// The number of the newest version of a function, 0 if it has none.
fn newest(function: &str, tx: &Tx, context: &mut Context) -> Result<u64, Problem> {
    let mut marker = Value::Null;
    let mut newest = 0;
    loop {
        let input = json!({"FunctionName": function, "Marker": marker});
        let mut output = calls::ask::<op::ListVersionsByFunction>(input, tx, context)?;
        for version in output["Versions"].as_array().into_iter().flatten() {
            let number = version["Version"].as_str().and_then(|number| number.parse().ok());
            newest = newest.max(number.unwrap_or(0));
        }
        marker = output["NextMarker"].take();
        if marker.is_null() {
            return Ok(newest);
        }
    }
}

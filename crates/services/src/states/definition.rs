//! A definition on its way in: compiled for its diagnostics, and the configurations that are kept and returned.

use crate::states::{errors, versions};
use serde_json::{Value, json};
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_asl::diagnostic::invalid_definition;
use stepwell_wire::constraints::Constraints;
use stepwell_wire::{ApiError, Service};

/// Checks a definition.
///
/// # Errors
/// `InvalidDefinition` with all diagnostics.
pub fn check(text: &str, machine_type: MachineType) -> Result<(), ApiError> {
    StateMachine::compile(text, machine_type)
        .map(drop)
        .map_err(|diagnostics| errors::invalid_definition(invalid_definition(&diagnostics)))
}

/// Characters of a definition and of a role's ARN at most.
const LONGEST_DEFINITION: usize = 1_048_576;
const LONGEST_ROLE_ARN: usize = 256;

/// Checks what the model demands of a definition and of a role. AWS doesn't repeat a definition in its message.
///
/// # Errors
/// `ValidationException`.
pub fn check_lengths(definition: Option<&str>, role_arn: Option<&str>) -> Result<(), ApiError> {
    let mut constraints = Constraints::new(Service::States);
    if definition.is_some_and(|definition| definition.chars().count() > LONGEST_DEFINITION) {
        let rule = format!("Member must have length less than or equal to {LONGEST_DEFINITION}");
        constraints.violated_unshown("definition", &rule);
    }
    if let Some(role_arn) = role_arn {
        constraints.length("roleArn", role_arn, 1..=LONGEST_ROLE_ARN);
    }
    constraints.finish()
}

/// Checks what is said of a version that is to be published.
///
/// # Errors
/// `ValidationException`.
pub fn check_publishing(publish: Option<bool>, description: Option<&str>) -> Result<(), ApiError> {
    versions::check_description("versionDescription", description)?;
    if description.is_some() && publish != Some(true) {
        return Err(ApiError::validation("Version description can only be set when publish is true"));
    }
    Ok(())
}

/// A configuration as it is returned: what was given over AWS's defaults.
pub fn logging(given: Option<&str>) -> Value {
    over(json!({"level": "OFF", "includeExecutionData": false}), given)
}

pub fn tracing(given: Option<&str>) -> Value {
    over(json!({"enabled": false}), given)
}

pub fn encryption(given: Option<&str>) -> Value {
    over(json!({"type": "AWS_OWNED_KEY"}), given)
}

fn over(mut defaults: Value, given: Option<&str>) -> Value {
    if let (Some(members), Some(Ok(Value::Object(given)))) =
        (defaults.as_object_mut(), given.map(serde_json::from_str::<Value>))
    {
        members.extend(given);
    }
    defaults
}

//! A stack as DescribeStacks shows it.

use super::model::{Stack, Tag, timestamp};
use super::status::StackStatus;
use crate::operation::Nothing;
use serde::Serialize;
use stepwell_wire::Timestamp;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackShape {
    pub stack_id: String,
    pub stack_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_set_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterShape>,
    pub creation_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_time: Option<Timestamp>,
    pub rollback_configuration: Nothing,
    pub stack_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_status_reason: Option<String>,
    pub disable_rollback: bool,
    #[serde(rename = "NotificationARNs")]
    pub notification_arns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_in_minutes: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputShape>,
    #[serde(rename = "RoleARN", skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    pub tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_termination_protection: Option<bool>,
    pub drift_information: StackDrift,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterShape {
    pub parameter_key: String,
    pub parameter_value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OutputShape {
    pub output_key: String,
    pub output_value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_name: Option<String>,
}

/// Drift is never looked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackDrift {
    pub stack_drift_status: &'static str,
}

impl StackDrift {
    pub const NOT_CHECKED: Self = Self { stack_drift_status: "NOT_CHECKED" };
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceDrift {
    pub stack_resource_drift_status: &'static str,
}

impl ResourceDrift {
    pub const NOT_CHECKED: Self = Self { stack_resource_drift_status: "NOT_CHECKED" };
}

impl StackShape {
    #[must_use]
    pub fn new(stack: Stack) -> Self {
        let is_deleted = stack.status == StackStatus::DeleteComplete;
        let output = |output: super::model::StackOutput| OutputShape {
            output_key: output.key,
            output_value: output.value,
            description: output.description,
            export_name: output.export_name,
        };
        Self {
            stack_id: stack.arn(),
            change_set_id: stack.change_set_arn.filter(|_| !is_deleted),
            description: stack.configuration.description,
            parameters: shown(&stack.configuration.parameters),
            creation_time: timestamp(stack.created_ms),
            deletion_time: stack.deleted_ms.map(timestamp),
            last_updated_time: stack.updated_ms.map(timestamp),
            rollback_configuration: Nothing {},
            stack_status: stack.status.as_str(),
            stack_status_reason: stack.status_reason,
            disable_rollback: stack.disable_rollback,
            notification_arns: stack.configuration.notification_arns,
            timeout_in_minutes: stack.timeout_minutes,
            capabilities: stack.configuration.capabilities,
            outputs: stack.outputs.into_iter().map(output).collect(),
            role_arn: stack.role_arn,
            tags: stack.configuration.tags,
            enable_termination_protection: (!is_deleted).then_some(stack.is_protected),
            drift_information: StackDrift::NOT_CHECKED,
            stack_name: stack.name,
        }
    }
}

/// Parameters as everyone may see them.
#[must_use]
pub fn shown(parameters: &[super::model::StackParameter]) -> Vec<ParameterShape> {
    let shape = |parameter: &super::model::StackParameter| ParameterShape {
        parameter_key: parameter.key.clone(),
        parameter_value: if parameter.no_echo { "****".to_owned() } else { parameter.value.clone() },
    };
    parameters.iter().map(shape).collect()
}

//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html>

use super::change_set::{self, Changes};
use super::model::{Tag, timestamp};
use super::stack_shape::{ParameterShape, shown};
use super::template::change::{Detail, ResourceChange};
use super::{find, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Nothing, Read};
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;

/// What AWS says if a name comes without its stack.
pub const NO_STACK_NAME: &str = "StackName must be specified if ChangeSetName is not specified as an ARN.";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeChangeSet {
    pub change_set_name: String,
    pub stack_name: Option<String>,
    #[serde(default)]
    pub include_property_values: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeChangeSetOutput {
    pub change_set_name: String,
    pub change_set_id: String,
    pub stack_id: String,
    pub stack_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterShape>,
    pub creation_time: Timestamp,
    pub execution_status: &'static str,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    #[serde(rename = "NotificationARNs")]
    pub notification_arns: Vec<String>,
    pub rollback_configuration: Nothing,
    pub capabilities: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    pub changes: Vec<ChangeShape>,
    pub include_nested_stacks: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_stack_failure: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeShape {
    #[serde(rename = "Type")]
    pub kind: &'static str,
    pub resource_change: ResourceChangeShape,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceChangeShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_action: Option<&'static str>,
    pub action: &'static str,
    pub logical_resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_resource_id: Option<String>,
    pub resource_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<&'static str>,
    pub scope: Vec<&'static str>,
    pub details: Vec<DetailShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_context: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetailShape {
    pub target: TargetShape,
    pub evaluation: &'static str,
    pub change_source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub causing_entity: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetShape {
    pub attribute: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub requires_recreation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_change_type: Option<&'static str>,
}

impl Read for DescribeChangeSet {
    const NAME: &'static str = "DescribeChangeSet";
    type Output = DescribeChangeSetOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeChangeSetOutput, Failure> {
        let mut constraints = find::constraints();
        find::constrain_change_set(&mut constraints, &self.change_set_name);
        constraints.finish()?;
        let stack_name = self.stack_name.as_deref();
        let (stack, found) =
            change_set::find(&self.change_set_name, stack_name, NO_STACK_NAME, rows, context)?;
        let view = keys::change_set_view(stack.id, found.id, self.include_property_values);
        let changes: Changes = rows.row(&view)?.unwrap_or_default();
        Ok(DescribeChangeSetOutput {
            change_set_id: found.arn(&stack),
            change_set_name: found.name,
            stack_id: stack.arn(),
            stack_name: stack.name,
            description: found.description,
            parameters: shown(&found.configuration.parameters),
            creation_time: timestamp(found.created_ms),
            execution_status: found.execution.as_str(),
            status: found.status.as_str(),
            status_reason: found.status_reason,
            notification_arns: found.configuration.notification_arns,
            rollback_configuration: Nothing {},
            capabilities: found.configuration.capabilities,
            tags: found.configuration.tags,
            changes: changes.into_iter().map(change).collect(),
            include_nested_stacks: found.includes_nested_stacks,
            on_stack_failure: found.on_failure.map(super::plan::OnFailure::as_str),
        })
    }
}

fn change(change: ResourceChange) -> ChangeShape {
    let resource_change = ResourceChangeShape {
        policy_action: change.policy_action.map(super::template::change::PolicyAction::as_str),
        action: change.action.as_str(),
        logical_resource_id: change.logical_id,
        physical_resource_id: change.physical_id,
        resource_type: change.resource_type,
        replacement: change.replacement.map(super::template::change::Replacement::as_str),
        scope: change.scope.into_iter().map(super::template::change::Attribute::as_str).collect(),
        details: change.details.into_iter().map(detail).collect(),
        before_context: change.before_context,
        after_context: change.after_context,
    };
    ChangeShape { kind: "Resource", resource_change }
}

fn detail(detail: Detail) -> DetailShape {
    let target = TargetShape {
        attribute: detail.target.attribute.as_str(),
        name: detail.target.name,
        requires_recreation: detail.target.requires_recreation.as_str(),
        path: detail.target.path,
        before_value: detail.target.before_value,
        after_value: detail.target.after_value,
        attribute_change_type: detail
            .target
            .attribute_change
            .map(super::template::change::AttributeChange::as_str),
    };
    DetailShape {
        target,
        evaluation: detail.evaluation.as_str(),
        change_source: detail.change_source.as_str(),
        causing_entity: detail.causing_entity,
    }
}

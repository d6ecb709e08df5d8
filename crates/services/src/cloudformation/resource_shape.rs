//! A resource as DescribeStackResources and ListStackResources show it.

use super::model::{Stack, timestamp};
use super::resource::{Physical, Resource};
use super::stack_shape::ResourceDrift;
use super::status::ResourceStatus;
use serde::Serialize;
use stepwell_wire::Timestamp;

/// In DescribeStackResources.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackResource {
    pub stack_name: String,
    pub stack_id: String,
    pub logical_resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_resource_id: Option<String>,
    pub resource_type: String,
    pub timestamp: Timestamp,
    pub resource_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_status_reason: Option<String>,
    pub drift_information: ResourceDrift,
}

/// In DescribeStackResource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackResourceDetail {
    pub stack_name: String,
    pub stack_id: String,
    pub logical_resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_resource_id: Option<String>,
    pub resource_type: String,
    pub last_updated_timestamp: Timestamp,
    pub resource_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_status_reason: Option<String>,
    pub metadata: String,
    pub drift_information: ResourceDrift,
}

/// In ListStackResources.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackResourceSummary {
    pub logical_resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_resource_id: Option<String>,
    pub resource_type: String,
    pub last_updated_timestamp: Timestamp,
    pub resource_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_status_reason: Option<String>,
    pub drift_information: ResourceDrift,
}

/// What it is, or was before it was taken away.
fn physical_id(resource: &Resource) -> Option<String> {
    let physical: Option<&Physical> = resource.current.as_ref().or(resource.previous.as_ref());
    physical.map(|physical| physical.physical_id.clone())
}

impl StackResource {
    #[must_use]
    pub fn new(stack: &Stack, resource: &Resource, status: ResourceStatus) -> Self {
        Self {
            stack_name: stack.name.clone(),
            stack_id: stack.arn(),
            logical_resource_id: resource.logical_id.clone(),
            physical_resource_id: physical_id(resource),
            resource_type: resource.resource_type.clone(),
            timestamp: timestamp(resource.changed_ms),
            resource_status: status.as_str(),
            resource_status_reason: resource.status_reason.clone(),
            drift_information: ResourceDrift::NOT_CHECKED,
        }
    }
}

impl StackResourceDetail {
    #[must_use]
    pub fn new(stack: &Stack, resource: &Resource, status: ResourceStatus) -> Self {
        Self {
            stack_name: stack.name.clone(),
            stack_id: stack.arn(),
            logical_resource_id: resource.logical_id.clone(),
            physical_resource_id: physical_id(resource),
            resource_type: resource.resource_type.clone(),
            last_updated_timestamp: timestamp(resource.changed_ms),
            resource_status: status.as_str(),
            resource_status_reason: resource.status_reason.clone(),
            metadata: resource.declared.metadata.clone().unwrap_or_else(|| "{}".to_owned()),
            drift_information: ResourceDrift::NOT_CHECKED,
        }
    }
}

impl StackResourceSummary {
    #[must_use]
    pub fn new(resource: &Resource, status: ResourceStatus) -> Self {
        Self {
            logical_resource_id: resource.logical_id.clone(),
            physical_resource_id: physical_id(resource),
            resource_type: resource.resource_type.clone(),
            last_updated_timestamp: timestamp(resource.changed_ms),
            resource_status: status.as_str(),
            resource_status_reason: resource.status_reason.clone(),
            drift_information: ResourceDrift::NOT_CHECKED,
        }
    }
}

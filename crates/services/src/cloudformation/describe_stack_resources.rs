//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html>
//!
//! Of a stack by its name, or of the stack that has a physical resource.

use super::model::Stack;
use super::resource::load_all;
use super::resource_shape::StackResource;
use super::{errors, find, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResources {
    pub stack_name: Option<String>,
    pub logical_resource_id: Option<String>,
    pub physical_resource_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResourcesOutput {
    pub stack_resources: Vec<StackResource>,
}

impl Read for DescribeStackResources {
    const NAME: &'static str = "DescribeStackResources";
    type Output = DescribeStackResourcesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeStackResourcesOutput, Failure> {
        let stack = self.stack(rows, context)?;
        let resources = load_all(stack.id, rows)?;
        let wanted =
            |logical_id: &str| self.logical_resource_id.as_deref().is_none_or(|one| one == logical_id);
        let begun = resources.values().filter(|resource| wanted(&resource.logical_id));
        let stack_resources: Vec<_> = begun
            .filter_map(|resource| Some(StackResource::new(&stack, resource, resource.status?)))
            .collect();
        match &self.logical_resource_id {
            Some(logical_id) if stack_resources.is_empty() => {
                Err(errors::no_resource(logical_id, &stack.name).into())
            }
            _ => Ok(DescribeStackResourcesOutput { stack_resources }),
        }
    }
}

impl DescribeStackResources {
    fn stack(&self, rows: &dyn Rows, context: &Context) -> Result<Stack, Failure> {
        match (&self.stack_name, &self.physical_resource_id) {
            (Some(name), None) => {
                find::check_name(name)?;
                let stack = find::stack(name, rows, context)?;
                Ok(stack.ok_or_else(|| errors::no_stack_in_quotes(name))?)
            }
            (None, Some(physical_id)) => stack_of(physical_id, rows, context),
            (None, None) => {
                let text =
                    "1 validation error detected: Either StackName or PhysicalResourceId must be specified";
                Err(errors::validation(text).into())
            }
            (Some(_), Some(_)) => {
                let text = "StackName and PhysicalResourceId cannot be specified together";
                Err(errors::validation(text).into())
            }
        }
    }
}

/// The stack that has this physical resource.
fn stack_of(physical_id: &str, rows: &dyn Rows, context: &Context) -> Result<Stack, Failure> {
    let all = keys::names(context.scope());
    for (_, number) in rows.scan(all.as_bytes(), &all.end(), Direction::Forward, usize::MAX)? {
        let stack = Stack::load(row::decode(&number)?, rows)?;
        let resources = load_all(stack.id, rows)?;
        if resources.values().any(|resource| resource.physical_id() == Some(physical_id)) {
            return Ok(stack);
        }
    }
    Err(errors::validation(format!("Stack for {physical_id} does not exist")).into())
}

//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html>

use super::resource::Resource;
use super::resource_shape::StackResourceDetail;
use super::{errors, find, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResource {
    pub stack_name: String,
    pub logical_resource_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackResourceOutput {
    pub stack_resource_detail: StackResourceDetail,
}

impl Read for DescribeStackResource {
    const NAME: &'static str = "DescribeStackResource";
    type Output = DescribeStackResourceOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeStackResourceOutput, Failure> {
        find::check_name(&self.stack_name)?;
        let stack = find::stack(&self.stack_name, rows, context)?;
        let stack = stack.ok_or_else(|| errors::no_stack_in_quotes(&self.stack_name))?;
        let missing = || errors::no_resource(&self.logical_resource_id, &stack.name);
        let resource: Resource =
            rows.row(&keys::resource(stack.id, &self.logical_resource_id))?.ok_or_else(missing)?;
        let status = resource.status.ok_or_else(missing)?;
        let stack_resource_detail = StackResourceDetail::new(&stack, &resource, status);
        Ok(DescribeStackResourceOutput { stack_resource_detail })
    }
}

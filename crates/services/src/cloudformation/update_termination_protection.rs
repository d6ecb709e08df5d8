//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html>

use super::create_stack::StackIdOutput;
use super::status::StackStatus;
use super::{errors, find};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateTerminationProtection {
    pub enable_termination_protection: bool,
    pub stack_name: String,
}

impl Command for UpdateTerminationProtection {
    const NAME: &'static str = "UpdateTerminationProtection";
    type Output = StackIdOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<StackIdOutput, Failure> {
        find::check_name(&self.stack_name)?;
        let stack = find::stack(&self.stack_name, tx, context)?;
        let mut stack = stack.ok_or_else(|| errors::no_stack(&self.stack_name))?;
        if matches!(stack.status, StackStatus::DeleteInProgress | StackStatus::DeleteComplete) {
            let text = format!(
                "Stack [{}] is in {} state and its termination protection can not be updated.",
                stack.name,
                stack.status.as_str()
            );
            return Err(errors::validation(text).into());
        }
        stack.is_protected = self.enable_termination_protection;
        stack.put(tx);
        Ok(StackIdOutput { stack_id: stack.arn() })
    }
}

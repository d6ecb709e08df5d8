//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html>
//!
//! One that isn't there, in a stack that is, is deleted already. The stack that it was to make stays under review.

use super::change_set;
use super::describe_change_set::NO_STACK_NAME;
use super::find;
use super::status::ExecutionStatus;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::ApiError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteChangeSet {
    pub change_set_name: String,
    pub stack_name: Option<String>,
}

impl Command for DeleteChangeSet {
    const NAME: &'static str = "DeleteChangeSet";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let mut constraints = find::constraints();
        find::constrain_change_set(&mut constraints, &self.change_set_name);
        constraints.finish()?;
        let stack_name = self.stack_name.as_deref();
        let found = change_set::find(&self.change_set_name, stack_name, NO_STACK_NAME, tx, context);
        match found {
            Ok((stack, found)) if found.execution == ExecutionStatus::ExecuteInProgress => {
                let text = format!(
                    "ChangeSet [{}] cannot be deleted in its current status of [{}]",
                    found.arn(&stack),
                    found.execution.as_str()
                );
                Err(ApiError::bad_request("InvalidChangeSetStatus", text).into())
            }
            Ok((stack, found)) => change_set::forget(&stack, &found, tx).map(|()| Nothing {}),
            Err(Failure::Refused(error)) if error.code == "ChangeSetNotFound" => Ok(Nothing {}),
            Err(failure) => Err(failure),
        }
    }
}

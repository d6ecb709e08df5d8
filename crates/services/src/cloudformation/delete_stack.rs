//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html>
//!
//! A stack that isn't there is deleted already. One that is being made can be deleted: what was made so far goes.

use super::draft::check_role;
use super::plan::{self, Begin, OnFailure};
use super::resource::load_all;
use super::status::{ResourceStatus, StackStatus};
use super::{errors, exports, find};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteStack {
    pub stack_name: String,
    #[serde(default)]
    pub retain_resources: Vec<String>,
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<String>,
    pub client_request_token: Option<String>,
    pub deletion_mode: Option<String>,
}

impl Command for DeleteStack {
    const NAME: &'static str = "DeleteStack";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut constraints = find::constraints();
        find::constrain_name(&mut constraints, &self.stack_name);
        if let Some(mode) = &self.deletion_mode {
            constraints.one_of("deletionMode", mode, &["STANDARD", "FORCE_DELETE_STACK"]);
        }
        constraints.finish()?;
        let Some(mut stack) = find::stack(&self.stack_name, tx, context)? else { return Ok(()) };
        if matches!(stack.status, StackStatus::DeleteComplete | StackStatus::DeleteInProgress) {
            return Ok(());
        }
        if stack.is_protected {
            let text =
                format!("Stack [{}] cannot be deleted while TerminationProtection is enabled", stack.name);
            return Err(errors::validation(text).into());
        }
        if !stack.status.is_deletable() {
            let text = format!(
                "Stack [{}] cannot be deleted while in status {}",
                stack.arn(),
                stack.status.as_str()
            );
            return Err(errors::validation(text).into());
        }
        self.check_retained(&stack, tx)?;
        let role_arn = self.role_arn.clone().or_else(|| stack.role_arn.clone());
        check_role(role_arn.as_deref(), &stack, tx, context)?;
        if let Some((export, importer)) = exports::in_use(&stack, tx)? {
            return Err(errors::validation(errors::export_in_use("deleted", export, &importer)).into());
        }
        stack.role_arn.clone_from(&role_arn);
        let begin = Begin {
            role_arn,
            request_token: self.client_request_token.clone(),
            on_failure: OnFailure::DoNothing,
            change_set: None,
            retain_except_on_create: false,
        };
        let force = self.deletion_mode.as_deref() == Some("FORCE_DELETE_STACK");
        plan::delete(stack, &begin, self.retain_resources.clone(), force, tx, context)
    }
}

impl DeleteStack {
    /// Only a stack that could not be deleted may leave resources behind, and only those that were in the way.
    fn check_retained(&self, stack: &super::model::Stack, tx: &Tx) -> Result<(), Failure> {
        let asks = !self.retain_resources.is_empty() || self.deletion_mode.is_some();
        if !asks || self.deletion_mode.as_deref() == Some("STANDARD") && self.retain_resources.is_empty() {
            return Ok(());
        }
        if stack.status != StackStatus::DeleteFailed {
            let text = format!(
                "Invalid operation on stack [{}]. The stack must be in the DELETE_FAILED state to retain resources or to be \
                 deleted by force.",
                stack.arn()
            );
            return Err(errors::validation(text).into());
        }
        let resources = load_all(stack.id, tx)?;
        let has_failed = |logical_id: &&String| {
            resources
                .get(*logical_id)
                .is_some_and(|resource| resource.status == Some(ResourceStatus::DeleteFailed))
        };
        match self.retain_resources.iter().find(|logical_id| !has_failed(logical_id)) {
            None => Ok(()),
            Some(logical_id) => {
                let text = format!(
                    "The specified resources to retain must be in a valid state. Do not specify {logical_id}, which did not \
                     fail to be deleted."
                );
                Err(errors::validation(text).into())
            }
        }
    }
}

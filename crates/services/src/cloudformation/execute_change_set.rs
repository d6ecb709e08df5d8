//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html>

use super::change_set::{self, ChangeSet, Changes};
use super::deployment::Deployment;
use super::describe_change_set::NO_STACK_NAME;
use super::model::Stack;
use super::plan::{self, Begin, OnFailure};
use super::status::{ExecutionStatus, StackStatus};
use super::{draft, errors, find, keys, policy};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::rows::RowsExt;
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::ApiError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecuteChangeSet {
    pub change_set_name: String,
    pub stack_name: Option<String>,
    pub client_request_token: Option<String>,
    pub disable_rollback: Option<bool>,
    #[serde(default)]
    pub retain_except_on_create: bool,
}

impl Command for ExecuteChangeSet {
    const NAME: &'static str = "ExecuteChangeSet";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let mut constraints = find::constraints();
        find::constrain_change_set(&mut constraints, &self.change_set_name);
        constraints.finish()?;
        let stack_name = self.stack_name.as_deref();
        let (mut stack, found) =
            change_set::find(&self.change_set_name, stack_name, NO_STACK_NAME, tx, context)?;
        if self.client_request_token.is_some() && self.client_request_token == stack.request_token {
            // The same request again is the same execution.
            return Ok(Nothing {});
        }
        check(&stack, &found)?;
        draft::check_role(found.role_arn.as_deref(), &stack, tx, context)?;
        let deployment = Deployment::load(&stack, &found.configuration, tx)?
            .ok_or_else(|| Failure::broken(format!("change set {} without a template", found.id)))?;
        if !found.creates {
            let view = keys::change_set_view(stack.id, found.id, true);
            let changes: Changes = tx.row(&view)?.unwrap_or_default();
            policy::check(stack.policy.as_ref(), &changes)?;
        }
        let on_failure = self.on_failure(&found);
        stack.change_set_arn = Some(found.arn(&stack));
        stack.role_arn.clone_from(&found.role_arn);
        stack.disable_rollback = on_failure == OnFailure::DoNothing;
        stack.request_token.clone_from(&self.client_request_token);
        let begin = Begin {
            role_arn: found.role_arn.clone(),
            request_token: self.client_request_token.clone(),
            on_failure,
            change_set: Some(found.id),
            retain_except_on_create: self.retain_except_on_create,
        };
        if found.creates {
            stack.configuration = found.configuration;
            // Observed: a stack that a change set makes was updated by it.
            stack.updated_ms = Some(context.now_ms);
            plan::create(stack, &begin, &deployment, tx, context)?;
        } else {
            plan::update(stack, found.configuration, &begin, &deployment, tx, context)?;
        }
        Ok(Nothing {})
    }
}

impl ExecuteChangeSet {
    fn on_failure(&self, found: &ChangeSet) -> OnFailure {
        match (self.disable_rollback, found.on_failure) {
            (Some(true), _) => OnFailure::DoNothing,
            (_, Some(on_failure)) => on_failure,
            (_, None) => OnFailure::Rollback,
        }
    }
}

fn check(stack: &Stack, found: &ChangeSet) -> Result<(), ApiError> {
    if found.execution != ExecutionStatus::Available {
        let status = match found.execution {
            ExecutionStatus::Unavailable => found.status.as_str(),
            execution => execution.as_str(),
        };
        let text = format!(
            "ChangeSet [{}] cannot be executed in its current status of [{status}]",
            found.arn(stack)
        );
        return Err(ApiError::bad_request("InvalidChangeSetStatus", text));
    }
    let fits = match found.creates {
        true => stack.status == StackStatus::ReviewInProgress,
        false => stack.status.is_updatable(),
    };
    if fits { Ok(()) } else { Err(errors::wrong_state(&stack.arn(), stack.status.as_str())) }
}

//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html>

use super::plan::{self, Plan, Requester};
use super::{draft, errors, find};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContinueUpdateRollback {
    pub stack_name: String,
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<String>,
    #[serde(default)]
    pub resources_to_skip: Vec<String>,
    pub client_request_token: Option<String>,
}

impl Command for ContinueUpdateRollback {
    const NAME: &'static str = "ContinueUpdateRollback";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        find::check_name(&self.stack_name)?;
        let stack = find::stack(&self.stack_name, tx, context)?;
        let stack = stack.ok_or_else(|| errors::no_stack(&self.stack_name))?;
        let role_arn = self.role_arn.clone().or_else(|| stack.role_arn.clone());
        draft::check_role(role_arn.as_deref(), &stack, tx, context)?;
        let renewed = |plan: Plan, context: &mut Context| Plan {
            requester: Requester::of(context, role_arn.as_deref()),
            request_token: self.client_request_token.clone(),
            token: context.entropy.uuid(),
            ..plan
        };
        plan::continue_rollback(&stack, &self.resources_to_skip, renewed, tx, context)?;
        Ok(Nothing {})
    }
}

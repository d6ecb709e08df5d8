//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>
//!
//! The execution goes on at the states that didn't succeed, with the definition, role and input that it had; what succeeded
//! stays. The same client token within a quarter of an hour gives the first answer again.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::states::errors;
use crate::states::model::{Found, timestamp};
use crate::states::redrive::{self, Redrivability};
use crate::states::run::Run;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::constraints::{Constraints, Pattern};
use stepwell_wire::{ApiError, Service, Timestamp};

static TOKEN: Pattern = Pattern::new("[!-~]+");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedriveExecution {
    pub execution_arn: String,
    pub client_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedriveExecutionOutput {
    pub redrive_date: Timestamp,
}

impl Command for RedriveExecution {
    const NAME: &'static str = "RedriveExecution";
    type Output = RedriveExecutionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<RedriveExecutionOutput, Failure> {
        self.check()?;
        let found = Found::by_arn(&self.execution_arn, tx)?;
        let token = self.client_token.as_deref();
        let before = token.and_then(|token| redrive::asked_before(&found.state, token, context.now_ms));
        if let Some(at_ms) = before {
            return Ok(RedriveExecutionOutput { redrive_date: timestamp(at_ms) });
        }
        match Redrivability::of(&found.facts, &found.state, context.now_ms) {
            Redrivability::Redrivable => {}
            Redrivability::Not(reason) => return Err(errors::execution_not_redrivable(&reason).into()),
            Redrivability::ByMapRun => {
                let reason = "Execution is a child of a Map Run and is redriven with it";
                return Err(errors::execution_not_redrivable(reason).into());
            }
        }
        let redrive_date = timestamp(context.steps_ms);
        Run::of(found, tx)?.redrive(token, tx, context)?;
        Ok(RedriveExecutionOutput { redrive_date })
    }
}

impl RedriveExecution {
    fn check(&self) -> Result<(), ApiError> {
        let mut constraints = Constraints::new(Service::States);
        if let Some(token) = &self.client_token {
            constraints.length("clientToken", token, 1..=64).pattern("clientToken", token, &TOKEN);
        }
        constraints.finish()
    }
}

#[cfg(test)]
mod tests;

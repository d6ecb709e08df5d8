//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::states::model::{Found, timestamp};
use crate::states::run::Run;
use crate::states::validation;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_engine::Event;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StopExecution {
    pub execution_arn: String,
    pub error: Option<String>,
    pub cause: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StopExecutionOutput {
    pub stop_date: Timestamp,
}

impl Command for StopExecution {
    const NAME: &'static str = "StopExecution";
    type Output = StopExecutionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<StopExecutionOutput, Failure> {
        validation::failure(self.error.as_deref(), self.cause.as_deref())?;
        let found = Found::by_arn(&self.execution_arn, tx)?;
        if let Some(stopped_ms) = found.state.stopped_ms {
            // It ended before: that is what was asked for.
            return Ok(StopExecutionOutput { stop_date: timestamp(stopped_ms) });
        }
        let event = Event::Stop { error: self.error.clone(), cause: self.cause.clone() };
        Run::of(found, tx)?.advance(event, tx, context)?;
        Ok(StopExecutionOutput { stop_date: timestamp(context.now_ms) })
    }
}

//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::map_run::model::MapRun;
use crate::states::model::{Found, timestamp};
use crate::states::redrive::{self, Redrivability};
use crate::states::{keys, validation};
use serde::{Deserialize, Serialize};
use stepwell_engine::Outcome;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeExecution {
    pub execution_arn: String,
    pub included_data: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeExecutionOutput {
    pub execution_arn: String,
    pub state_machine_arn: String,
    pub name: String,
    pub status: &'static str,
    pub start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    pub input_details: Details,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_details: Option<Details>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_alias_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    pub redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_date: Option<Timestamp>,
    pub redrive_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_status_reason: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub struct Details {
    pub included: bool,
}

impl Read for DescribeExecution {
    const NAME: &'static str = "DescribeExecution";
    type Output = DescribeExecutionOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeExecutionOutput, Failure> {
        let found = Found::by_arn(&self.execution_arn, rows)?;
        let is_whole = validation::has_data(self.included_data.as_deref())?;
        let is_pending = is_pending(&found, rows, context.now_ms)?;
        let mut output = describe(found, is_whole, context.now_ms);
        if is_pending {
            output.status = PENDING_REDRIVE;
        }
        Ok(output)
    }
}

/// The status of a child that waits until its run, which is redriven, comes to it.
pub const PENDING_REDRIVE: &str = "PENDING_REDRIVE";

fn is_pending(found: &Found, rows: &dyn Rows, now_ms: u64) -> Result<bool, Failure> {
    let Some(child) = &found.facts.child else { return Ok(false) };
    let Some(run) = MapRun::at(&child.place, rows)? else { return Ok(false) };
    let key = keys::execution(found.machine, found.execution);
    Ok(redrive::is_pending(&run, &found.facts, &found.state, key.as_bytes(), now_ms))
}

/// An execution as the API shows it.
pub fn describe(found: Found, is_whole: bool, now_ms: u64) -> DescribeExecutionOutput {
    let status = found.state.status();
    let redriven = found.state.engine.redriven();
    let (redrive_status, redrive_status_reason) =
        Redrivability::of(&found.facts, &found.state, now_ms).shown();
    let mut output = DescribeExecutionOutput {
        execution_arn: found.facts.execution_arn(),
        state_machine_arn: found.facts.machine_arn(),
        map_run_arn: found.facts.map_run_arn(),
        state_machine_version_arn: found.facts.version_arn(),
        state_machine_alias_arn: found.facts.alias_arn(),
        status: status.as_str(),
        start_date: timestamp(found.facts.started_ms),
        stop_date: found.state.stopped_ms.map(timestamp),
        input: is_whole.then_some(found.facts.input),
        input_details: Details { included: is_whole },
        trace_header: found.facts.trace_header,
        name: found.facts.name,
        redrive_count: redriven.map_or(0, |redriven| redriven.count),
        redrive_date: redriven.map(|redriven| timestamp(redriven.at_ms)),
        redrive_status,
        redrive_status_reason,
        ..DescribeExecutionOutput::default()
    };
    match found.state.engine.outcome().cloned() {
        Some(Outcome::Succeeded { output: text }) => {
            output.output = is_whole.then_some(text);
            output.output_details = Some(Details { included: is_whole });
        }
        Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
            (output.error, output.cause) = (error, cause);
        }
        Some(Outcome::TimedOut) | None => {}
    }
    output
}

//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::model::{Found, timestamp};
use serde::{Deserialize, Serialize};
use stepwell_engine::{Outcome, Status};
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

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<DescribeExecutionOutput, Failure> {
        let found = Found::by_arn(&self.execution_arn, rows)?;
        let is_whole = self.included_data.as_deref() != Some("METADATA_ONLY");
        Ok(describe(found, is_whole))
    }
}

/// An execution as the API shows it.
pub fn describe(found: Found, is_whole: bool) -> DescribeExecutionOutput {
    let status = found.state.status();
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
    (output.redrive_status, output.redrive_status_reason) = match status {
        Status::Running | Status::Succeeded => {
            let reason = format!("Execution is {} and cannot be redriven", status.as_str());
            ("NOT_REDRIVABLE", Some(reason))
        }
        Status::Failed | Status::TimedOut | Status::Aborted if output.map_run_arn.is_some() => {
            ("REDRIVABLE_BY_MAP_RUN", None)
        }
        Status::Failed | Status::TimedOut | Status::Aborted => ("REDRIVABLE", None),
    };
    output
}

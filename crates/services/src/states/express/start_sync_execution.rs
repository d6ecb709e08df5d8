//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html>
//!
//! Nothing of it is stored: the execution runs at most once, and ends with the caller who leaves.

use super::begin;
use crate::context::Context;
use crate::failure::Failure;
use crate::kept::Definitions;
use crate::operation::Execute;
use crate::rows::Rows;
use crate::states::describe_execution::Details;
use crate::states::execution_log::Logging;
use crate::states::in_memory::InMemory;
use crate::states::model::timestamp;
use crate::states::run;
use crate::states::validation;
use serde::{Deserialize, Serialize};
use stepwell_engine::Outcome;
use stepwell_wire::{ApiError, Timestamp};

/// AWS bills memory in pieces of 64 MB; all that an execution may hold at a time fits into one.
const BILLED_MEMORY_MB: u64 = 64;
/// And time in pieces of 100 ms.
const BILLED_PIECE_MS: u64 = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartSyncExecution {
    pub state_machine_arn: String,
    pub name: Option<String>,
    pub input: Option<String>,
    pub trace_header: Option<String>,
    pub included_data: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartSyncExecutionOutput {
    pub execution_arn: String,
    pub state_machine_arn: String,
    pub name: String,
    pub start_date: Timestamp,
    pub stop_date: Timestamp,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    pub input_details: Details,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    pub output_details: Details,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    pub billing_details: BillingDetails,
}

#[derive(Debug, Default, Serialize)]
pub struct BillingDetails {
    #[serde(rename = "billedMemoryUsedInMB")]
    pub memory_mb: u64,
    #[serde(rename = "billedDurationInMilliseconds")]
    pub duration_ms: u64,
}

impl Execute for StartSyncExecution {
    const NAME: &'static str = "StartSyncExecution";
    type Output = StartSyncExecutionOutput;

    fn begin(
        &self,
        definitions: &Definitions,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<InMemory, Failure> {
        if let Some(given) = self.included_data.as_deref().filter(|given| !INCLUDED.contains(given)) {
            let rule = format!("Member must satisfy enum value set: [{}]", INCLUDED.join(", "));
            return Err(validation::violated(given, "includedData", &rule).into());
        }
        let named = begin::express_machine(&self.state_machine_arn, rows)?;
        let (machine, route) = (named.machine(), named.route(rows, &mut context.entropy)?);
        let definition = run::shared(machine.id, route.revision, definitions, rows)?;
        let (name, input) = (self.name.as_deref(), self.input.as_deref());
        let (identity, _) = begin::identity(machine, (&definition.role_arn, &route), name, input, context)?;
        let logging = Logging::of_execution(&definition, machine);
        Ok(InMemory::new(identity, definition, context.entropy.block()).with_log(logging))
    }

    fn answer(&self, ended: InMemory) -> Result<StartSyncExecutionOutput, ApiError> {
        let is_whole = self.included_data.as_deref() != Some("METADATA_ONLY");
        let (status, stopped_ms, outcome) = (ended.status(), ended.stopped_ms(), ended.outcome().cloned());
        let identity = ended.into_identity();
        let stopped_ms = stopped_ms.unwrap_or(identity.started_ms);
        let mut output = StartSyncExecutionOutput {
            execution_arn: identity.actor.execution_arn,
            state_machine_arn: identity.actor.machine_arn,
            name: identity.name,
            start_date: timestamp(identity.started_ms),
            stop_date: timestamp(stopped_ms),
            status,
            input: is_whole.then_some(identity.input),
            input_details: Details { included: is_whole },
            output_details: Details { included: is_whole },
            trace_header: self.trace_header.clone(),
            billing_details: billing(stopped_ms.saturating_sub(identity.started_ms)),
            ..StartSyncExecutionOutput::default()
        };
        match outcome {
            Some(Outcome::Succeeded { output: text }) => output.output = is_whole.then_some(text),
            Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => {
                (output.error, output.cause) = (error, cause);
            }
            Some(Outcome::TimedOut) => output.error = Some("States.Timeout".to_owned()),
            None => {}
        }
        Ok(output)
    }
}

const INCLUDED: [&str; 2] = ["ALL_DATA", "METADATA_ONLY"];

fn billing(duration_ms: u64) -> BillingDetails {
    let pieces = duration_ms.div_ceil(BILLED_PIECE_MS).max(1);
    BillingDetails { memory_mb: BILLED_MEMORY_MB, duration_ms: pieces * BILLED_PIECE_MS }
}

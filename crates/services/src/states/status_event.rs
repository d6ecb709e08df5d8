//! What EventBridge is told of an execution's status, in the commit that changes it:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>
//!
//! What has no value is null (recorded). Of EXPRESS executions and of map runs' children nothing is told.

use crate::calls::{self, Event};
use crate::context::Context;
use crate::failure::Failure;
use crate::states::describe_execution::{DescribeExecutionOutput, describe};
use crate::states::model::{Facts, Found, State};
use crate::tx::Tx;
use serde_json::{Value, json};
use stepwell_engine::Redriven;

/// An input and an output that are longer together are left out: an event is 256 KB at most (documented).
const LONGEST_DATA: usize = 248 << 10;

/// Tells that an execution runs: it began, or was redriven.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn began(
    facts: &Facts,
    redriven: Option<Redriven>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    if facts.child.is_some() || !calls::is_heard(&facts.scope(), tx)? {
        return Ok(());
    }
    let running = DescribeExecutionOutput {
        execution_arn: facts.execution_arn(),
        state_machine_arn: facts.machine_arn(),
        name: facts.name.clone(),
        status: "RUNNING",
        input: Some(facts.input.clone()),
        redrive_count: redriven.map_or(0, |redriven| redriven.count),
        redrive_status: "NOT_REDRIVABLE",
        redrive_status_reason: Some("Execution is RUNNING and cannot be redriven".to_owned()),
        ..DescribeExecutionOutput::default()
    };
    publish(facts, &running, (None, redriven), tx, context)
}

/// Tells that an execution ended.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn ended(
    (machine, execution): (u64, u64),
    facts: &Facts,
    state: &State,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    if facts.child.is_some() || !calls::is_heard(&facts.scope(), tx)? {
        return Ok(());
    }
    let found = Found { machine, execution, facts: facts.clone(), state: state.clone() };
    let times = (state.stopped_ms, state.engine.redriven());
    publish(facts, &describe(found, true, context.now_ms), times, tx, context)
}

fn publish(
    facts: &Facts,
    described: &DescribeExecutionOutput,
    times: (Option<u64>, Option<Redriven>),
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let event = Event {
        source: "aws.states".to_owned(),
        detail_type: "Step Functions Execution Status Change".to_owned(),
        resources: vec![described.execution_arn.clone()],
        detail: detail(facts, described, times),
        time_ms: context.now_ms,
    };
    calls::publish_event(&facts.scope(), event, tx, context).map(drop)
}

fn detail(
    facts: &Facts,
    described: &DescribeExecutionOutput,
    (stopped_ms, redriven): (Option<u64>, Option<Redriven>),
) -> Value {
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let is_included = length(&described.input) + length(&described.output) <= LONGEST_DATA;
    let data = |text: &Option<String>| text.clone().filter(|_| is_included);
    let details = json!({"included": is_included});
    json!({
        "executionArn": described.execution_arn,
        "stateMachineArn": described.state_machine_arn,
        "stateMachineVersionArn": facts.version_arn(),
        "stateMachineAliasArn": facts.alias_arn(),
        "name": described.name,
        "status": described.status,
        "startDate": facts.started_ms,
        "stopDate": stopped_ms,
        "input": data(&described.input),
        "inputDetails": details,
        "output": data(&described.output),
        "outputDetails": described.output.as_ref().map(|_| details.clone()),
        "error": described.error,
        "cause": described.cause,
        "redriveCount": described.redrive_count,
        "redriveDate": redriven.map(|redriven| redriven.at_ms),
        "redriveStatus": described.redrive_status,
        "redriveStatusReason": described.redrive_status_reason,
    })
}

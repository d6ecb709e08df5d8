//! `states:startExecution`, alone and waiting for the execution's end:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>
//!
//! Moments are milliseconds since 1970 here, as AWS gives them.

use super::call::Outcome;
use super::sdk::{self, Names};
use super::{Called, attempt_call};
use crate::calls::{Action, authorize};
use crate::context::Context;
use crate::effect::TaskAttempt;
use crate::failure::Failure;
use crate::states::StartExecution;
use crate::states::model::{Child, Facts, Found};
use crate::tx::Tx;
use serde_json::{Map, Value, json};
use stepwell_engine::{Attempt, Event, FrameId, Integration, IntegrationPattern};
use stepwell_wire::Service;

const NAMES: Names = Names {
    prefix: "StepFunctions",
    service: "AWSStepFunctions",
    modelled: &[
        "ExecutionAlreadyExists",
        "ExecutionLimitExceeded",
        "InvalidArn",
        "InvalidExecutionInput",
        "InvalidName",
        "KmsAccessDeniedException",
        "StateMachineDeleting",
        "StateMachineDoesNotExist",
        "ValidationException",
    ],
    base: "AWSStepFunctionsException",
};

/// Starts an execution for a task.
pub(super) fn start(
    attempt: TaskAttempt,
    pattern: IntegrationPattern,
    parameters: &Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let text = |name: &str| parameters.get(name).filter(|value| !value.is_null()).map(sdk::text);
    let start = StartExecution {
        state_machine_arn: text("StateMachineArn").unwrap_or_default(),
        name: text("Name"),
        input: text("Input"),
        trace_header: text("TraceHeader"),
    };
    let is_awaited = matches!(pattern, IntegrationPattern::Sync | IntegrationPattern::Sync2);
    // A child takes its first step in a turn of its own: state machines that start one another have no end.
    let begun = attempt_call(tx, |tx| {
        let action = Action { service: Service::States, operation: "StartExecution" };
        authorize(&context.request.caller, &action)?;
        start.begin(is_awaited, 0, tx, context)
    })?;
    let started = match begun {
        Ok(started) => started,
        Err(error) => return Ok(Outcome::of(sdk::failed(&NAMES, &error, context))),
    };
    let result = Map::from_iter([
        ("ExecutionArn".to_owned(), json!(started.output.execution_arn)),
        ("StartDate".to_owned(), json!(started.output.start_date.millis())),
    ]);
    let length = Value::Object(result.clone()).to_string().len();
    let headers = |facts: &sdk::Facts| sdk::plain_headers(facts, "application/x-amz-json-1.0");
    let awaited = started.stored.filter(|_| is_awaited);
    let child = awaited.map(|(machine, execution)| Child {
        frame: attempt.frame,
        attempt: attempt.attempt,
        machine,
        execution,
    });
    Ok(Outcome { called: Called::Answered(sdk::with_metadata(result, 200, length, headers, context)), child })
}

/// An execution as DescribeExecution has it, for the task that waited for its end.
pub struct Described {
    members: Map<String, Value>,
    has_succeeded: bool,
}

impl From<Found> for Described {
    fn from(found: Found) -> Self {
        let (stopped_ms, status) = (found.state.stopped_ms, found.state.status());
        let mut described = Self::of(&found.facts, status.as_str(), stopped_ms);
        match found.state.engine.outcome() {
            Some(stepwell_engine::Outcome::Succeeded { output }) => {
                described.has_succeeded = true;
                described.put("Output", json!(output));
                described.put("OutputDetails", json!({"Included": true}));
            }
            Some(
                stepwell_engine::Outcome::Failed { error, cause }
                | stepwell_engine::Outcome::Aborted { error, cause },
            ) => {
                described.put("Error", json!(error));
                described.put("Cause", json!(cause));
            }
            Some(stepwell_engine::Outcome::TimedOut) | None => {}
        }
        described
    }
}

impl Described {
    /// An execution that went with its state machine.
    pub fn aborted(facts: &Facts, now_ms: u64) -> Self {
        Self::of(facts, "ABORTED", Some(now_ms))
    }

    fn of(facts: &Facts, status: &str, stopped_ms: Option<u64>) -> Self {
        let mut described = Self { members: Map::new(), has_succeeded: false };
        described.put("ExecutionArn", json!(facts.execution_arn()));
        described.put("Input", json!(facts.input));
        described.put("InputDetails", json!({"Included": true}));
        described.put("Name", json!(facts.name));
        described.put("StartDate", json!(facts.started_ms));
        described.put("StateMachineArn", json!(facts.machine_arn()));
        described.put("StateMachineAliasArn", json!(facts.alias_arn()));
        described.put("StateMachineVersionArn", json!(facts.version_arn()));
        described.put("Status", json!(status));
        described.put("StopDate", json!(stopped_ms));
        described.put("TraceHeader", json!(facts.trace_header));
        described
    }

    /// What has no value is left out.
    fn put(&mut self, name: &str, value: Value) {
        if !value.is_null() {
            self.members.insert(name.to_owned(), value);
        }
    }

    /// Members in the order of their names; input and output as texts, or as the JSON that they hold.
    fn text(&self, is_parsed: bool) -> String {
        let mut members: Vec<_> =
            self.members.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        for (name, value) in members.iter_mut().filter(|_| is_parsed) {
            if let ("Input" | "Output", Some(text)) = (name.as_str(), value.as_str()) {
                *value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
            }
        }
        members.sort_by(|left, right| left.0.cmp(&right.0));
        Value::Object(members.into_iter().collect()).to_string()
    }
}

/// What the end of a child is to the task that waits for it. A child that is gone has failed.
pub fn child_ended(attempt: &TaskAttempt, integration: &Integration, child: Option<&Described>) -> Event {
    let (frame, number) = (FrameId(attempt.frame), Attempt(attempt.attempt));
    match child {
        Some(child) if child.has_succeeded => {
            let is_parsed = integration.pattern == IntegrationPattern::Sync2;
            Event::TaskSucceeded { frame, attempt: number, output: child.text(is_parsed) }
        }
        _ => Event::TaskFailed {
            frame,
            attempt: number,
            error: Some("States.TaskFailed".to_owned()),
            cause: Some(child.map(|child| child.text(false)).unwrap_or_default()),
        },
    }
}

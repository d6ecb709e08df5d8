//! `lambda:invoke`, and a function's ARN as a Task's resource:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>
//!
//! A function's run is owed: its answer comes back as a command of its own, once for each attempt.

use super::sdk::{self, Names};
use super::{Called, attempt_call};
use crate::calls::{self, TaskInvocation};
use crate::context::Context;
use crate::effect::{Effect, FunctionAnswer, InvokePurpose, TaskAttempt, TaskShape};
use crate::failure::Failure;
use crate::states::run::deliver;
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use stepwell_engine::{Attempt, FrameId};
use stepwell_wire::ApiError;

const NAMES: Names = Names {
    prefix: "Lambda",
    service: "AWSLambda",
    modelled: &[
        "ResourceNotFoundException",
        "ResourceConflictException",
        "TooManyRequestsException",
        "ServiceException",
        "InvalidRequestContentException",
        "RequestTooLargeException",
        "InvalidParameterValueException",
        "ResourceNotReadyException",
    ],
    base: "AWSLambdaException",
};

/// Runs the function that is the resource itself: its input is the whole effective input, its result the result.
pub fn run(
    arn: &str,
    attempt: TaskAttempt,
    input: &Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Called, Failure> {
    let invocation = TaskInvocation {
        function: arn.to_owned(),
        qualifier: None,
        payload: input.to_string(),
        purpose: InvokePurpose::Task(attempt, TaskShape::Payload),
        log_tail: false,
        client_context: None,
    };
    owe(invocation, tx, context)
}

/// `lambda:invoke`, with or without a task token.
pub fn invoke(
    attempt: TaskAttempt,
    is_callback: bool,
    parameters: &Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Called, Failure> {
    let text = |name: &str| parameters.get(name).map(sdk::text);
    let shape = if is_callback { TaskShape::Submitted } else { TaskShape::Envelope };
    let invocation = TaskInvocation {
        function: text("FunctionName").unwrap_or_default(),
        qualifier: text("Qualifier"),
        payload: parameters.get("Payload").map_or_else(|| "{}".to_owned(), Value::to_string),
        purpose: InvokePurpose::Task(attempt, shape),
        log_tail: text("LogType").as_deref() == Some("Tail"),
        client_context: text("ClientContext"),
    };
    match text("InvocationType").as_deref() {
        Some("Event") => {
            match attempt_call(tx, |tx| calls::invoke_asynchronously(&invocation, tx, context))? {
                Ok(()) => {
                    Ok(Called::Answered(envelope(202, None, &Value::String(String::new()), None, context)))
                }
                Err(error) => Ok(sdk::failed(&NAMES, &error, context)),
            }
        }
        Some("DryRun") => match attempt_call(tx, |tx| calls::find_function(&invocation, tx, context))? {
            Ok(()) => Ok(Called::Answered(envelope(204, None, &Value::String(String::new()), None, context))),
            Err(error) => Ok(sdk::failed(&NAMES, &error, context)),
        },
        _ => owe(invocation, tx, context),
    }
}

fn owe(invocation: TaskInvocation, tx: &mut Tx, context: &mut Context) -> Result<Called, Failure> {
    match attempt_call(tx, |tx| calls::invoke_for_task(invocation, tx, context))? {
        Ok(invoke) => Ok(Called::Owes(Box::new(Effect::Invoke(invoke)))),
        Err(error) => Ok(sdk::failed(&NAMES, &error, context)),
    }
}

/// A function's run ended that an attempt waits for. If the attempt is over, nothing happens.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn answered(
    attempt: TaskAttempt,
    shape: TaskShape,
    answer: &FunctionAnswer,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let (frame, number) = (FrameId(attempt.frame), Attempt(attempt.attempt));
    let is_callback = matches!(shape, TaskShape::Submitted | TaskShape::SdkSubmitted);
    match outcome(shape, answer, context).event(frame, number, is_callback) {
        Ok(event) => deliver(attempt.machine, attempt.execution, event, tx, context).map(drop),
        Err(effect) => {
            tx.owe(*effect);
            Ok(())
        }
    }
}

/// What a function's answer is to its task.
pub fn outcome(shape: TaskShape, answer: &FunctionAnswer, context: &mut Context) -> Called {
    if let TaskShape::Sdk | TaskShape::SdkSubmitted = shape {
        return super::aws_sdk::invoked(answer, context);
    }
    match answer {
        FunctionAnswer::Refused { code, status, message } => {
            let error = ApiError::new(code.clone(), *status, message.clone());
            sdk::failed(&NAMES, &error, context)
        }
        FunctionAnswer::Ran { payload, error: Some(_), .. } => function_error(shape, payload),
        FunctionAnswer::Ran { payload, error: None, executed_version, log_tail } => {
            let payload = serde_json::from_str(payload).unwrap_or_else(|_| Value::String(payload.clone()));
            match shape {
                TaskShape::Payload => Called::Answered(payload.to_string()),
                _ => {
                    let version = Some(executed_version.as_str());
                    Called::Answered(envelope(200, version, &payload, log_tail.as_deref(), context))
                }
            }
        }
    }
}

/// The task fails with the error's own type; its cause is the function's error object as text: to the letter where the
/// function is the resource, written anew by `lambda:invoke` (recorded).
fn function_error(shape: TaskShape, payload: &str) -> Called {
    let object: Option<Value> = serde_json::from_str(payload).ok();
    let name = object.as_ref().and_then(|object| object.get("errorType")?.as_str());
    let error = name.filter(|name| !name.is_empty()).unwrap_or("Lambda.Unknown").to_owned();
    let cause = match (shape, &object) {
        (TaskShape::Envelope | TaskShape::Submitted, Some(object)) => object.to_string(),
        _ => payload.to_owned(),
    };
    Called::Failed { error, cause }
}

fn envelope(
    status: u16,
    version: Option<&str>,
    payload: &Value,
    log_tail: Option<&str>,
    context: &mut Context,
) -> String {
    let mut result = Map::new();
    if let Some(version) = version {
        result.insert("ExecutedVersion".to_owned(), json!(version));
    }
    if let Some(log) = log_tail {
        result.insert("LogResult".to_owned(), json!(STANDARD.encode(log)));
    }
    result.insert("Payload".to_owned(), payload.clone());
    result.insert("StatusCode".to_owned(), json!(status));
    let trace = context.entropy.text(b"0123456789abcdef", 24);
    let trace = format!("root=1-{:08x}-{trace};sampled=0", context.now_ms / 1000);
    let length = if status == 200 { payload.to_string().len() } else { 0 };
    let version = version.map(str::to_owned);
    let headers = |facts: &sdk::Facts| {
        let mut headers = Vec::new();
        headers.extend(version.clone().map(|version| ("X-Amz-Executed-Version", version)));
        headers.extend([
            ("x-amzn-Remapped-Content-Length", "0".to_owned()),
            ("Connection", "keep-alive".to_owned()),
            ("x-amzn-RequestId", facts.request_id.clone()),
            ("Content-Length", facts.content_length.to_string()),
            ("Date", facts.date.clone()),
            ("X-Amzn-Trace-Id", trace.clone()),
            ("Content-Type", "application/json".to_owned()),
        ]);
        headers
    };
    sdk::with_metadata(result, status, length, headers, context)
}

//! `aws-sdk:<service>:<action>`: any operation of a service that lives here, as it is:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>

use super::{Called, attempt_call};
use crate::context::Context;
use crate::effect::{Effect, FunctionAnswer, InvokeFunction, InvokePurpose, TaskAttempt, TaskShape};
use crate::failure::Failure;
use crate::sdk_call::{SdkOperation, SdkOutput};
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use stepwell_engine::Integration;
use stepwell_wire::ApiError;

/// Codes for which the SDK has no class of their own, whatever the service.
const UNMODELLED: [&str; 14] = [
    "AccessDenied",
    "AccessDeniedException",
    "IncompleteSignature",
    "InternalFailure",
    "InvalidAction",
    "InvalidClientTokenId",
    "InvalidParameterCombination",
    "MissingAction",
    "MissingParameter",
    "SerializationException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "ValidationError",
];

/// Calls the operation.
pub fn call(
    attempt: TaskAttempt,
    service: &str,
    operation: &SdkOperation,
    integration: &Integration,
    parameters: &Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Called, Failure> {
    let output = attempt_call(tx, |tx| operation.perform(parameters.clone(), tx, context))?;
    Ok(match output {
        Ok(SdkOutput::Value(output)) => Called::Answered(output.to_string()),
        Ok(SdkOutput::Invoke(invocation)) => {
            let shape = if integration.has_token() { TaskShape::SdkSubmitted } else { TaskShape::Sdk };
            let purpose = InvokePurpose::Task(attempt, shape);
            Called::Owes(Box::new(Effect::Invoke(InvokeFunction { purpose, ..invocation })))
        }
        Err(error) if error.code == "SerializationException" => unfit(parameters, &error),
        Err(error) => failed(client(service), &error, context),
    })
}

/// What the SDK's client for a service is called, which begins the names of its errors.
fn client(service: &str) -> &str {
    match service {
        "cloudformation" => "CloudFormation",
        "cloudwatchlogs" => "CloudWatchLogs",
        "eventbridge" => "EventBridge",
        "iam" => "Iam",
        "lambda" => "Lambda",
        "sfn" => "Sfn",
        "sns" => "Sns",
        "sqs" => "Sqs",
        "sts" => "Sts",
        other => other,
    }
}

/// An error in the words of the SDK's second version (recorded).
fn failed(client: &str, error: &ApiError, context: &mut Context) -> Called {
    let code = error.code.as_ref();
    let class = match code {
        // SQS models this one only for what isn't an attribute.
        "InvalidParameterValue" if client == "Sqs" => format!("{client}Exception"),
        code if UNMODELLED.contains(&code) => format!("{client}Exception"),
        code if code.ends_with("Exception") => code.to_owned(),
        code => format!("{code}Exception"),
    };
    let cause = format!(
        "{} (Service: {client}, Status Code: {}, Request ID: {}) (SDK Attempt Count: 1)",
        error.message,
        error.status,
        context.entropy.uuid()
    );
    Called::Failed { error: format!("{client}.{class}"), cause }
}

/// Parameters that the operation doesn't take.
fn unfit(parameters: &Value, error: &ApiError) -> Called {
    Called::Failed {
        error: "States.Runtime".to_owned(),
        cause: format!(
            "The Parameters '{parameters}' could not be used to start the Task: [{}]",
            error.message
        ),
    }
}

/// A function's run, as the API answers it: an error of the function's is an answer as well.
pub fn invoked(answer: &FunctionAnswer, context: &mut Context) -> Called {
    match answer {
        FunctionAnswer::Refused { code, status, message } => {
            failed("Lambda", &ApiError::new(code.clone(), *status, message.clone()), context)
        }
        FunctionAnswer::Ran { payload, error, executed_version, log_tail } => {
            let mut output = Map::new();
            output.insert("ExecutedVersion".to_owned(), json!(executed_version));
            if let Some(error) = error {
                output.insert("FunctionError".to_owned(), json!(error));
            }
            if let Some(log) = log_tail {
                output.insert("LogResult".to_owned(), json!(STANDARD.encode(log)));
            }
            output.insert("Payload".to_owned(), json!(payload));
            output.insert("StatusCode".to_owned(), json!(200));
            Called::Answered(Value::Object(output).to_string())
        }
    }
}

#[cfg(test)]
mod tests;

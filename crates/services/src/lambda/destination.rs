//! The record that a destination gets of an asynchronous invocation (recorded), and where it goes.

use crate::calls::{self, QueueMessageAttribute};
use crate::context::{Caller, Context};
use crate::effect::{FunctionAnswer, InvokeFunction};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::lambda::model;
use crate::tx::Tx;
use serde_json::{Map, Value, json};
use stepwell_wire::arn::Arn;
use stepwell_wire::time;

/// How an invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
}

impl Condition {
    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
        }
    }
}

/// An invocation at its end.
pub struct Outcome<'a> {
    pub invoke: &'a InvokeFunction,
    pub condition: Condition,
    pub answer: &'a FunctionAnswer,
    /// How often the function ran.
    pub tries: u32,
}

impl Outcome<'_> {
    /// What a destination is told.
    #[must_use]
    pub fn record(&self, now_ms: u64) -> Value {
        let invoke = self.invoke;
        let qualifier = invoke.qualifier.as_deref().unwrap_or("$LATEST");
        let scope = Scope::new(&invoke.account, &invoke.region);
        let mut record = json!({
            "version": "1.0",
            "timestamp": time::iso_millis(i64::try_from(now_ms).unwrap_or(i64::MAX)),
            "requestContext": {
                "requestId": invoke.request_id,
                "functionArn": model::arn(&scope, &invoke.function, Some(qualifier)),
                "condition": self.condition.as_str(),
                "approximateInvokeCount": self.tries,
            },
            "requestPayload": parsed(&invoke.payload),
        });
        if let (FunctionAnswer::Ran { payload, error, executed_version, .. }, Some(members)) =
            (self.answer, record.as_object_mut())
        {
            let mut response = Map::new();
            response.insert("statusCode".to_owned(), json!(200));
            response.insert("executedVersion".to_owned(), json!(executed_version));
            if let Some(error) = error {
                response.insert("functionError".to_owned(), json!(error));
            }
            members.insert("responseContext".to_owned(), Value::Object(response));
            members.insert("responsePayload".to_owned(), parsed(payload));
        }
        record
    }

    /// What goes beside an event into a dead-letter queue.
    #[must_use]
    pub fn dead_letter_attributes(&self) -> [Attribute; 3] {
        let (code, message) = match self.answer {
            FunctionAnswer::Ran { payload, .. } => ("200".to_owned(), error_message(payload)),
            FunctionAnswer::Refused { status, message, .. } => (status.to_string(), message.clone()),
        };
        [
            ("RequestID", "String", self.invoke.request_id.clone()),
            ("ErrorCode", "Number", code),
            ("ErrorMessage", "String", message),
        ]
    }
}

/// Hands the record to a destination.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn deliver(target: &str, outcome: &Outcome, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let record = outcome.record(context.now_ms).to_string();
    hand_over(target, record, &[], tx, context)
}

/// Hands a body to a queue, a topic or a function. What the target refuses, or a target that is gone, loses it, as on AWS; the
/// log says so.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn hand_over(
    target: &str,
    body: String,
    attributes: &[Attribute],
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let arn = Arn::parse(target).unwrap_or_else(|| Arn::new("", "", "", target));
    let scope = Scope::new(&arn.account, &arn.region);
    let handed = context.acting_as(Caller::root(&arn.account), scope, |context| match &*arn.service {
        "sqs" => {
            let attributes = attributes.iter().map(of_queue).collect();
            Ok(calls::send_to_queue(target, body, attributes, tx, context)?.is_some())
        }
        "sns" => {
            let attributes: Map<_, _> = attributes.iter().map(of_topic).collect();
            let publish = json!({"TopicArn": target, "Message": body, "MessageAttributes": attributes});
            calls::sns_publish(publish, tx, context).map(|_| true)
        }
        "lambda" => calls::send_event(target, body, tx, context),
        _ => Ok(false),
    });
    let reason = match handed {
        Ok(true) => return Ok(()),
        Ok(false) => "it is not there".to_owned(),
        Err(Failure::Refused(error)) => error.to_string(),
        Err(failure) => return Err(failure),
    };
    tracing::warn!(target_arn = target, reason, "what an asynchronous invocation had to tell is lost");
    Ok(())
}

/// Name, type, value.
pub type Attribute = (&'static str, &'static str, String);

fn of_queue((name, kind, value): &Attribute) -> (String, QueueMessageAttribute) {
    let attribute = QueueMessageAttribute {
        data_type: (*kind).to_owned(),
        string_value: Some(value.clone()),
        ..QueueMessageAttribute::default()
    };
    ((*name).to_owned(), attribute)
}

fn of_topic((name, kind, value): &Attribute) -> (String, Value) {
    ((*name).to_owned(), json!({"DataType": kind, "StringValue": value}))
}

/// JSON as a value, anything else as a text.
fn parsed(payload: &str) -> Value {
    serde_json::from_str(payload).unwrap_or_else(|_| Value::from(payload))
}

/// The text of a function's error, which a message's attribute can hold.
fn error_message(payload: &str) -> String {
    let text = match parsed(payload).get("errorMessage").and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => payload.to_owned(),
    };
    let text: String = text.chars().take(1024).collect();
    // An attribute's value is never empty.
    if text.is_empty() { "Unknown error".to_owned() } else { text }
}

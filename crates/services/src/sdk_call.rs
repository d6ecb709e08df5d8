//! Step Functions → all: any operation of a service that lives here, by the names that AWS's SDK has for them. The operation
//! goes the way of every other one; only its members come as JSON, and leave as JSON.

use crate::context::Context;
use crate::effect::InvokeFunction;
use crate::failure::Failure;
use crate::iam::authorize::{Action, authorize};
use crate::operation::{Operation, Payload, Prepared};
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use stepwell_wire::{ApiError, Service};

/// An operation that was found.
pub struct SdkOperation {
    service: Service,
    operation: &'static Operation,
}

/// What an operation gave.
pub enum SdkOutput {
    Value(Value),
    /// A function has to run first.
    Invoke(InvokeFunction),
}

/// Members that are texts of JSON, for which an object does as well.
const JSON_TEXTS: [&str; 4] = ["cause", "definition", "input", "output"];
/// Members that begin with an abbreviation, which the SDK spells otherwise than the API.
const ABBREVIATIONS: [(&str, &str); 3] =
    [("AwsAccountId", "AWSAccountId"), ("AwsAccountIds", "AWSAccountIds"), ("KmsKeyArn", "KMSKeyArn")];

/// The service that the SDK calls by this name, if it lives here.
fn service(name: &str) -> Option<Service> {
    Some(match name {
        "cloudformation" => Service::CloudFormation,
        "cloudwatchlogs" => Service::Logs,
        "eventbridge" => Service::Events,
        "iam" => Service::Iam,
        "lambda" => Service::Lambda,
        "sfn" => Service::States,
        "sns" => Service::Sns,
        "sqs" => Service::Sqs,
        "sts" => Service::Sts,
        _ => return None,
    })
}

/// The operation that the SDK calls `sqs` and `sendMessage`, if it is here.
#[must_use]
pub fn find(name: &str, action: &str) -> Option<SdkOperation> {
    let service = service(name)?;
    let operations = crate::operations(service)?;
    let operation = operations.iter().find(|operation| operation.name.eq_ignore_ascii_case(action))?;
    Some(SdkOperation { service, operation })
}

impl SdkOperation {
    /// Performs the operation as the caller of the context.
    ///
    /// # Errors
    /// The operation's own.
    pub fn perform(
        &self,
        parameters: Value,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<SdkOutput, Failure> {
        let action = Action { service: self.service, operation: self.operation.name };
        authorize(&context.request.caller, &action)?;
        let members = self.members(parameters);
        let reply = match (self.operation.prepare)(&Payload::Json(self.service, &members))? {
            Prepared::Command(command) => command.apply_any(tx, context)?,
            Prepared::Read(read) => read.read_any(tx, context)?,
            // A payload is small enough for one command.
            Prepared::Staged(staged) => {
                let name = context.entropy.uuid();
                for stage in staged.stages(&name) {
                    stage.apply_any(tx, context)?;
                }
                staged.last(&name).apply_any(tx, context)?
            }
            // What runs in memory can't run within a command.
            Prepared::Execute(_) => {
                return Err(ApiError::unknown_operation(self.service, self.operation.name).into());
            }
            Prepared::Relay(relay) => return Ok(SdkOutput::Invoke(relay.relay_any(tx, context)?)),
        };
        reply.shown().map(SdkOutput::Value)
    }

    /// The parameters with the names that the operation has for them.
    fn members(&self, parameters: Value) -> Value {
        let Value::Object(parameters) = parameters else { return Value::Object(Map::new()) };
        let begins_small = matches!(self.service, Service::States | Service::Logs);
        let mut members = match begins_small {
            true => small(parameters),
            false => parameters,
        };
        for (shown, name) in ABBREVIATIONS {
            if let Some(value) = members.shift_remove(shown) {
                members.insert(name.to_owned(), value);
            }
        }
        match self.service {
            Service::States => JSON_TEXTS.iter().for_each(|name| to_text(members.get_mut(*name))),
            Service::Lambda => to_bytes(members.get_mut("Payload")),
            Service::Sqs => to_text(members.get_mut("MessageBody")),
            Service::Sns => to_text(members.get_mut("Message")),
            _ => {}
        }
        Value::Object(members)
    }
}

/// Names begin with a small letter in these services; the keys of the map of tags are data.
fn small(members: Map<String, Value>) -> Map<String, Value> {
    let renamed = members.into_iter().map(|(name, value)| {
        let mut letters = name.chars();
        let name: String =
            letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect();
        let value = match value {
            Value::Object(map) if name == "tags" => Value::Object(map),
            Value::Object(inner) if !JSON_TEXTS.contains(&name.as_str()) => Value::Object(small(inner)),
            Value::Array(items) => Value::Array(items.into_iter().map(small_item).collect()),
            value => value,
        };
        (name, value)
    });
    renamed.collect()
}

fn small_item(item: Value) -> Value {
    match item {
        Value::Object(members) => Value::Object(small(members)),
        item => item,
    }
}

fn to_text(member: Option<&mut Value>) {
    if let Some(value) = member.filter(|value| value.is_object() || value.is_array()) {
        *value = Value::String(value.to_string());
    }
}

/// Bytes are given as the text that they are.
fn to_bytes(member: Option<&mut Value>) {
    if let Some(value) = member {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        *value = Value::String(STANDARD.encode(text));
    }
}

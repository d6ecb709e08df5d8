//! A target of a rule: where its events go, and what is made of them on the way.

use super::input_transformer::InputTransformer;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use stepwell_asl::path::Path;
use stepwell_wire::arn::Arn;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[cbor(map)]
pub struct Target {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub arn: String,
    #[n(2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// JSON text that stands for the event.
    #[n(3)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The part of the event that is delivered.
    #[n(4)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_path: Option<String>,
    #[n(5)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_transformer: Option<InputTransformer>,
    #[n(6)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqs_parameters: Option<SqsParameters>,
    #[n(7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// Kept and shown: what can be delivered here is delivered at once.
    #[n(8)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_policy: Option<RetryPolicy>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[cbor(map)]
pub struct SqsParameters {
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[cbor(map)]
pub struct DeadLetterConfig {
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[cbor(map)]
pub struct RetryPolicy {
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<i64>,
    #[n(1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_event_age_in_seconds: Option<i64>,
}

/// The kinds of targets that are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Queue,
    Topic,
    Function,
    StateMachine,
}

impl Target {
    /// What its ARN names; nothing for what isn't here.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        let arn = Arn::parse(&self.arn)?;
        match (arn.service.as_str(), arn.resource.split(':').next()) {
            ("sqs", _) => Some(Kind::Queue),
            ("sns", _) => Some(Kind::Topic),
            ("lambda", Some("function")) => Some(Kind::Function),
            ("states", Some("stateMachine")) => Some(Kind::StateMachine),
            _ => None,
        }
    }

    /// Why it can't be a target, in AWS's code and words.
    #[must_use]
    pub fn problem(&self) -> Option<(&'static str, String)> {
        let ways = [self.input.is_some(), self.input_path.is_some(), self.input_transformer.is_some()];
        let reason = match self.kind() {
            None => {
                let reason = "Provided Arn is not in correct format.";
                format!("Parameter {} is not valid. Reason: {reason}", self.arn)
            }
            Some(Kind::StateMachine) if self.role_arn.is_none() => {
                format!("RoleArn is required for target {}.", self.arn)
            }
            _ if ways.iter().filter(|is_given| **is_given).count() > 1 => format!(
                "Only one of Input, InputPath, or InputTransformer must be provided for target {}.",
                self.id
            ),
            _ if !self.input.as_deref().is_none_or(is_json) => {
                format!("JSON syntax error in input for target {}", self.id)
            }
            _ if self.input_path.as_deref().is_some_and(|path| Path::parse(path).is_err()) => {
                format!("Invalid InputPath for target {}.", self.id)
            }
            _ => {
                return self.input_transformer.as_ref().and_then(|transformer| transformer.problem(&self.id));
            }
        };
        Some(("ValidationException", reason))
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

//! The attributes of a topic: which can be set and to what, and what is shown of them.

use crate::failure::Failure;
use crate::sns::delivery_policy::DeliveryPolicy;
use crate::sns::errors;
use crate::sns::model::Topic;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Attributes by AWS's names.
pub type Attributes = BTreeMap<String, String>;

/// Where the outcome of deliveries is logged on AWS: kept and shown, of no effect here.
const FEEDBACK: [&str; 5] = ["Application", "Firehose", "HTTP", "Lambda", "SQS"];

/// Checks a value that is given for an attribute, and gives it in its one spelling. Nothing for one that isn't to be kept.
///
/// # Errors
/// `InvalidParameter`, for an attribute that can't be set or a value that it can't have. `prefix` stands before the reason.
pub fn check(name: &str, value: &str, is_fifo: bool, prefix: &str) -> Result<Option<String>, Failure> {
    let wrong = |reason: String| Failure::from(errors::invalid_parameter(format!("{prefix}{reason}")));
    let kept = |value: &str| Ok(Some(value.to_owned()));
    match name {
        "DisplayName" if value.chars().count() <= 100 => kept(value),
        "KmsMasterKeyId" | "ArchivePolicy" => kept(value),
        "Policy" => match serde_json::from_str(value) {
            Ok(policy @ Value::Object(_)) => Ok(Some(policy.to_string())),
            _ => Err(wrong("Policy Error: null".to_owned())),
        },
        "DeliveryPolicy" => {
            DeliveryPolicy::of_topic(value).map_err(|reason| wrong(format!("DeliveryPolicy: {reason}")))?;
            kept(value)
        }
        "SignatureVersion" if matches!(value, "1" | "2") => kept(value),
        "TracingConfig" if matches!(value, "PassThrough" | "Active") => kept(value),
        "ContentBasedDeduplication" if is_fifo => match flag(value) {
            Some(flag) => kept(flag),
            None => Err(wrong(name.to_owned())),
        },
        "FifoThroughputScope" if is_fifo && matches!(value, "Topic" | "MessageGroup") => kept(value),
        "DisplayName" | "SignatureVersion" | "TracingConfig" => Err(wrong(name.to_owned())),
        name if is_feedback(name) => kept(value),
        _ => Err(errors::invalid_parameter("AttributeName").into()),
    }
}

fn is_feedback(name: &str) -> bool {
    let kinds = ["FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate"];
    FEEDBACK.iter().any(|of| name.strip_prefix(of).is_some_and(|kind| kinds.contains(&kind)))
}

/// `TRUE` is `true`.
pub fn flag(value: &str) -> Option<&'static str> {
    ["true", "false"].into_iter().find(|flag| value.eq_ignore_ascii_case(flag))
}

/// What is shown of a topic beside the counts of its subscriptions.
pub fn shown(topic: &Topic) -> Attributes {
    let mut shown = topic.attributes.clone();
    // An attribute that was set to nothing shows as one that was never set.
    shown.retain(|name, value| name == "DisplayName" || !value.is_empty());
    shown.entry("DisplayName".to_owned()).or_default();
    shown.entry("Policy".to_owned()).or_insert_with(|| default_policy(topic).to_string());
    if topic.is_fifo() {
        shown.insert("FifoTopic".to_owned(), "true".to_owned());
        shown.entry("ContentBasedDeduplication".to_owned()).or_insert_with(|| "false".to_owned());
    }
    let effective = topic.attributes.get("DeliveryPolicy").and_then(|text| serde_json::from_str(text).ok());
    shown.insert("EffectiveDeliveryPolicy".to_owned(), effective_delivery_policy(effective).to_string());
    shown.insert("Owner".to_owned(), topic.account.clone());
    shown.insert("TopicArn".to_owned(), topic.arn());
    shown
}

/// What a topic allows until a policy is set.
pub fn default_policy(topic: &Topic) -> Value {
    let actions = [
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:AddPermission",
        "SNS:RemovePermission",
        "SNS:DeleteTopic",
        "SNS:Subscribe",
        "SNS:ListSubscriptionsByTopic",
        "SNS:Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": actions,
            "Resource": topic.arn(),
            "Condition": {"StringEquals": {"AWS:SourceOwner": topic.account}},
        }],
    })
}

/// The delivery policy in force: AWS's own, with what a topic's says instead.
fn effective_delivery_policy(given: Option<Value>) -> Value {
    let mut effective = json!({
        "http": {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
            },
            "disableSubscriptionOverrides": false,
            "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
        },
    });
    if let Some(Value::Object(given)) = given.and_then(|given| given.get("http").cloned()) {
        for (name, value) in given {
            match (&mut effective["http"][&name], value) {
                (Value::Object(into), Value::Object(from)) => into.extend(from),
                (into, value) => *into = value,
            }
        }
    }
    effective
}

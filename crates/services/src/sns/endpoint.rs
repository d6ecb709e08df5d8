//! What a subscription can lead to: its protocol, and how that protocol's endpoints look.

use crate::failure::Failure;
use crate::sns::errors;
use crate::sns::model::Topic;

/// Checks that a topic can be subscribed to by this endpoint.
///
/// # Errors
/// `InvalidParameter`.
pub fn check(protocol: &str, endpoint: &str, topic: &Topic) -> Result<(), Failure> {
    let arn = |service: &str| {
        let parts: Vec<_> = endpoint.split(':').collect();
        parts.len() >= 6 && parts[0] == "arn" && parts[2] == service && !parts[5].is_empty()
    };
    let begins = |scheme: &str| endpoint.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
    let wrong = match protocol {
        "sqs" if !arn("sqs") => Some("SQS endpoint ARN".to_owned()),
        "lambda" if !arn("lambda") => Some("Lambda endpoint ARN".to_owned()),
        "http" if !begins("http://") => Some("Endpoint must match the specified protocol".to_owned()),
        "https" if !begins("https://") => Some("Endpoint must match the specified protocol".to_owned()),
        "email" | "email-json" if !is_address(endpoint) => Some("Email address".to_owned()),
        "sms" if !is_phone_number(endpoint) => Some(format!("Invalid SMS endpoint: {endpoint}")),
        "sqs" | "lambda" | "http" | "https" | "email" | "email-json" | "sms" => {
            of_kind(protocol, endpoint, topic)
        }
        // Mobile push and delivery streams need services that aren't here.
        other => Some(format!("Amazon SNS does not support this protocol string: {other}")),
    };
    wrong.map_or(Ok(()), |tail| Err(errors::invalid_parameter(tail).into()))
}

/// What a FIFO topic, or another, can't lead to.
fn of_kind(protocol: &str, endpoint: &str, topic: &Topic) -> Option<String> {
    let is_fifo_queue = protocol == "sqs" && endpoint.ends_with(".fifo");
    // AWS says `Invalid parameter: ` twice here.
    match (topic.is_fifo(), protocol) {
        (false, _) if is_fifo_queue => Some(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
                .to_owned(),
        ),
        (true, protocol) if protocol != "sqs" => Some(
            "Invalid parameter: Endpoint Reason: Please use FIFO SQS queue".to_owned(),
        ),
        _ => None,
    }
}

/// Whether whoever stands behind the endpoint has to confirm that they want to be told.
#[must_use]
pub fn needs_confirmation(protocol: &str) -> bool {
    matches!(protocol, "http" | "https" | "email" | "email-json")
}

fn is_address(endpoint: &str) -> bool {
    endpoint.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !endpoint.contains(char::is_whitespace)
}

fn is_phone_number(endpoint: &str) -> bool {
    let digits = endpoint.strip_prefix('+').unwrap_or(endpoint);
    (1..=20).contains(&digits.len())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b' ' | b'.' | b'(' | b')'))
        && digits.bytes().any(|byte| byte.is_ascii_digit())
}

//! The attributes of a subscription: which can be set and to what, and what is shown of them.

use crate::failure::Failure;
use crate::sns::delivery_policy::DeliveryPolicy;
use crate::sns::model::{Subscription, Topic};
use crate::sns::topic_attributes::{Attributes, flag};
use crate::sns::{errors, filter, json_error};
use serde_json::Value;

/// Checks a value that is given for an attribute of a subscription to `topic`, and gives it in its one spelling.
/// An empty one takes the attribute away.
///
/// # Errors
/// `InvalidParameter`. `prefix` stands before the reason.
pub fn check(name: &str, value: &str, topic: &Topic, prefix: &str) -> Result<String, Failure> {
    let checked = match name {
        "RawMessageDelivery" => flag(value)
            .map(str::to_owned)
            .ok_or_else(|| format!("Invalid value [{value}]. Must be true or false.")),
        "FilterPolicyScope" => match value {
            "MessageAttributes" | "MessageBody" => Ok(value.to_owned()),
            _ => Err(format!("Invalid value [{value}]. Please use either MessageBody or MessageAttributes")),
        },
        _ if value.is_empty() && KNOWN.contains(&name) => Ok(String::new()),
        "FilterPolicy" => filter::compile(value).map(|_| value.to_owned()),
        "RedrivePolicy" => redrive(value, topic),
        "DeliveryPolicy" => DeliveryPolicy::of_subscription(value).map(|_| value.to_owned()),
        "SubscriptionRoleArn" | "ReplayPolicy" => Ok(value.to_owned()),
        _ => return Err(errors::invalid_parameter("AttributeName").into()),
    };
    checked.map_err(|reason| errors::invalid_parameter(format!("{prefix}{name}: {reason}")).into())
}

const KNOWN: &[&str] =
    &["FilterPolicy", "RedrivePolicy", "DeliveryPolicy", "SubscriptionRoleArn", "ReplayPolicy"];

fn redrive(text: &str, topic: &Topic) -> Result<String, String> {
    let policy = stepwell_asl::jackson::parse(text).map_err(|error| json_error(&error))?;
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str).unwrap_or_default();
    let parts: Vec<_> = target.split(':').collect();
    let ["arn", _, "sqs", _, _, queue] = parts[..] else {
        return Err("deadLetterTargetArn is an invalid arn".to_owned());
    };
    if topic.is_fifo() && !queue.ends_with(".fifo") {
        return Err("must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.".to_owned());
    }
    Ok(text.to_owned())
}

/// Takes over a value that was checked.
///
/// # Errors
/// `InvalidParameter`, if the filter policy doesn't fit its scope.
pub fn set(attributes: &mut Attributes, name: &str, value: String, prefix: &str) -> Result<(), Failure> {
    if value.is_empty() {
        attributes.remove(name);
    } else {
        attributes.insert(name.to_owned(), value);
    }
    let Some(policy) = attributes.get("FilterPolicy") else { return Ok(()) };
    let filters_bodies = attributes.get("FilterPolicyScope").is_some_and(|scope| scope == "MessageBody");
    if filters_bodies || !filter::compile(policy).is_ok_and(|policy| policy.is_nested()) {
        return Ok(());
    }
    let text = "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy";
    Err(errors::invalid_parameter(format!("{prefix}{text}")).into())
}

/// What is shown of a subscription.
pub fn shown(subscription: &Subscription) -> Attributes {
    let mut shown = subscription.attributes.clone();
    shown.entry("RawMessageDelivery".to_owned()).or_insert_with(|| "false".to_owned());
    if shown.contains_key("FilterPolicy") {
        shown.entry("FilterPolicyScope".to_owned()).or_insert_with(|| "MessageAttributes".to_owned());
    } else {
        shown.remove("FilterPolicyScope");
    }
    let mut add = |name: &str, value: &str| shown.insert(name.to_owned(), value.to_owned());
    add("ConfirmationWasAuthenticated", &subscription.was_authenticated.to_string());
    add("Endpoint", &subscription.endpoint);
    add("Owner", &subscription.owner);
    add("PendingConfirmation", &subscription.is_pending.to_string());
    add("Protocol", &subscription.protocol);
    add("SubscriptionArn", &subscription.arn());
    add("SubscriptionPrincipal", &subscription.principal);
    add("TopicArn", &subscription.topic_arn);
    if let Some(policy) = subscription.attributes.get("DeliveryPolicy") {
        add("EffectiveDeliveryPolicy", policy);
    }
    shown
}

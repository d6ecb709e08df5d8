//! The attributes of a queue: which can be set and to what, their defaults, and what is shown of them.
//!
//! Stored is what was set, in one spelling (`true`, not `True`), so that two ways to say the same don't differ.
//! An empty `Policy`, `RedrivePolicy`, `RedriveAllowPolicy` or `KmsMasterKeyId` takes the attribute away.

use crate::failure::Failure;
use crate::rows::Rows;
use crate::sqs::errors;
use crate::sqs::model::Queue;
use crate::sqs::redrive;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use stepwell_wire::ApiError;

/// Attributes by AWS's names.
pub type Attributes = BTreeMap<String, String>;

/// What a value has to be.
enum Kind {
    Number(RangeInclusive<u64>),
    Flag,
    OneOf(&'static [&'static str]),
    Text,
    Policy,
    RedrivePolicy,
    RedriveAllowPolicy,
}

/// Which queues have an attribute.
#[derive(PartialEq, Eq)]
enum Of {
    Every,
    Fifo,
}

struct Attribute {
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    of: Of,
}

const fn attribute(name: &'static str, kind: Kind, default: Option<&'static str>) -> Attribute {
    Attribute { name, kind, default, of: Of::Every }
}

const fn fifo(name: &'static str, kind: Kind, default: &'static str) -> Attribute {
    Attribute { name, kind, default: Some(default), of: Of::Fifo }
}

/// All that can be set.
const SETTABLE: &[Attribute] = &[
    attribute("DelaySeconds", Kind::Number(0..=900), Some("0")),
    attribute("KmsDataKeyReusePeriodSeconds", Kind::Number(60..=86_400), Some("300")),
    attribute("KmsMasterKeyId", Kind::Text, None),
    attribute("MaximumMessageSize", Kind::Number(1024..=1_048_576), Some("1048576")),
    attribute("MessageRetentionPeriod", Kind::Number(60..=1_209_600), Some("345600")),
    attribute("Policy", Kind::Policy, None),
    attribute("ReceiveMessageWaitTimeSeconds", Kind::Number(0..=20), Some("0")),
    attribute("RedriveAllowPolicy", Kind::RedriveAllowPolicy, None),
    attribute("RedrivePolicy", Kind::RedrivePolicy, None),
    attribute("SqsManagedSseEnabled", Kind::Flag, Some("true")),
    attribute("VisibilityTimeout", Kind::Number(0..=43_200), Some("30")),
    fifo("ContentBasedDeduplication", Kind::Flag, "false"),
    fifo("DeduplicationScope", Kind::OneOf(&["queue", "messageGroup"]), "queue"),
    fifo("FifoQueue", Kind::Flag, "true"),
    fifo("FifoThroughputLimit", Kind::OneOf(&["perQueue", "perMessageGroupId"]), "perQueue"),
];

/// Those that only SQS sets.
pub const READ_ONLY: &[&str] = &[
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// Whether there is an attribute of this name.
pub fn is_known(name: &str) -> bool {
    READ_ONLY.contains(&name) || SETTABLE.iter().any(|attribute| attribute.name == name)
}

/// The default of an attribute that every queue has, as a number.
pub fn default_number(name: &str) -> u64 {
    let found = SETTABLE.iter().find(|attribute| attribute.name == name);
    found.and_then(|attribute| attribute.default?.parse().ok()).unwrap_or_default()
}

/// The values that are given, checked and in their one spelling. An empty value takes an attribute away.
///
/// # Errors
/// AWS's, for an attribute that isn't there or a value that it can't have.
pub fn check(given: &Attributes, queue: &Queue, rows: &dyn Rows) -> Result<Attributes, Failure> {
    let checked = given.iter().map(|(name, value)| Ok((name.clone(), check_one(name, value, queue, rows)?)));
    let checked: Attributes = checked.collect::<Result<_, Failure>>()?;
    let is_set = |name: &str, value: &str| checked.get(name).is_some_and(|set| set == value);
    let has_key = checked.get("KmsMasterKeyId").is_some_and(|key| !key.is_empty());
    if has_key && is_set("SqsManagedSseEnabled", "true") {
        return Err(errors::two_encryptions().into());
    }
    Ok(checked)
}

fn check_one(name: &str, value: &str, queue: &Queue, rows: &dyn Rows) -> Result<String, Failure> {
    let attribute = SETTABLE.iter().find(|attribute| attribute.name == name);
    let attribute = attribute.ok_or_else(|| errors::unknown_attribute(name))?;
    if attribute.of == Of::Fifo && !queue.is_fifo() {
        return Err(not_of_a_standard_queue(name).into());
    }
    let wrong = || Failure::from(errors::invalid_attribute_value(name));
    match &attribute.kind {
        Kind::Number(range) => {
            let number = value.parse().ok().filter(|number| range.contains(number));
            number.map(|number: u64| number.to_string()).ok_or_else(wrong)
        }
        Kind::Flag => flag(value).map(str::to_owned).ok_or_else(wrong),
        Kind::OneOf(values) => {
            values.iter().find(|one| **one == value).map(|one| (*one).to_owned()).ok_or_else(wrong)
        }
        _ if value.is_empty() => Ok(String::new()),
        Kind::Text => Ok(value.to_owned()),
        Kind::Policy => match serde_json::from_str(value) {
            Ok(policy @ serde_json::Value::Object(_)) => Ok(policy.to_string()),
            _ => Err(wrong()),
        },
        Kind::RedrivePolicy => redrive::check_policy(value, queue, rows),
        Kind::RedriveAllowPolicy => redrive::check_allow_policy(value),
    }
}

fn not_of_a_standard_queue(name: &str) -> ApiError {
    match name {
        "DeduplicationScope" | "FifoThroughputLimit" => errors::only_of_fifo(name),
        _ => errors::unknown_attribute(name),
    }
}

/// `True` is `true`.
pub fn flag(value: &str) -> Option<&'static str> {
    ["true", "false"].into_iter().find(|flag| value.eq_ignore_ascii_case(flag))
}

/// Takes over values that were checked.
pub fn set(attributes: &mut Attributes, checked: Attributes) {
    let has_key = |attributes: &Attributes| attributes.contains_key("KmsMasterKeyId");
    let manages = checked.get("SqsManagedSseEnabled").is_some_and(|value| value == "true");
    let given_key = checked.get("KmsMasterKeyId").is_some_and(|key| !key.is_empty());
    for (name, value) in checked {
        if value.is_empty() {
            attributes.remove(&name);
        } else {
            attributes.insert(name, value);
        }
    }
    // A queue is encrypted in one way: the last that was chosen.
    if given_key {
        attributes.insert("SqsManagedSseEnabled".to_owned(), "false".to_owned());
    } else if manages && has_key(attributes) {
        attributes.remove("KmsMasterKeyId");
        attributes.remove("KmsDataKeyReusePeriodSeconds");
    }
}

/// The name of an attribute that is given and has another value in a queue.
pub fn difference<'g>(given: &'g Attributes, queue: &Queue) -> Option<&'g str> {
    let shown = shown(queue);
    let same = |name: &str, value: &str| shown.get(name).map_or("", String::as_str) == value;
    given.iter().find(|(name, value)| !same(name, value)).map(|(name, _)| name.as_str())
}

/// What is shown of a queue beside its counts.
pub fn shown(queue: &Queue) -> Attributes {
    let is_fifo = queue.is_fifo();
    let mut shown = queue.attributes.clone();
    for attribute in SETTABLE.iter().filter(|attribute| attribute.of == Of::Every || is_fifo) {
        if let Some(default) = attribute.default {
            shown.entry(attribute.name.to_owned()).or_insert_with(|| default.to_owned());
        }
    }
    if !shown.contains_key("KmsMasterKeyId") {
        shown.remove("KmsDataKeyReusePeriodSeconds");
    }
    let seconds = |ms: u64| (ms / 1000).to_string();
    shown.insert("CreatedTimestamp".to_owned(), seconds(queue.created_ms));
    shown.insert("LastModifiedTimestamp".to_owned(), seconds(queue.modified_ms));
    shown.insert("QueueArn".to_owned(), queue.arn());
    shown
}

//! `AWS::SQS::Queue`. `Ref` is the queue's URL.
//!
//! Observed: a property that an update leaves out goes back to its default, but MaximumMessageSize to 262144, the default
//! of former times, and SqsManagedSseEnabled to false. A queue doesn't get CloudFormation's own tags.

use super::wanted::scalar;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: NAME,
    sdk: Sdk::Two("Sqs"),
    properties: &[
        Property::boolean("ContentBasedDeduplication"),
        Property::text("DeduplicationScope"),
        Property::integer("DelaySeconds"),
        Property::boolean("FifoQueue").fixed(),
        Property::text("FifoThroughputLimit"),
        Property::integer("KmsDataKeyReusePeriodSeconds"),
        Property::text("KmsMasterKeyId"),
        Property::integer("MaximumMessageSize"),
        Property::integer("MessageRetentionPeriod"),
        Property::text("QueueName").fixed(),
        Property::integer("ReceiveMessageWaitTimeSeconds"),
        Property::json("RedriveAllowPolicy"),
        Property::json("RedrivePolicy"),
        Property::boolean("SqsManagedSseEnabled"),
        Property::list("Tags"),
        Property::integer("VisibilityTimeout"),
    ],
    attributes: &["Arn", "QueueName", "QueueUrl"],
    named_by: Some("QueueName"),
    has_system_tags: false,
    handler: &Queue,
};

const NAME: &str = "AWS::SQS::Queue";

/// What is no attribute of a queue.
const OTHERS: [&str; 2] = ["QueueName", "Tags"];

/// What an attribute becomes that is left out.
const DEFAULTS: [(&str, &str); 13] = [
    ("ContentBasedDeduplication", "false"),
    ("DeduplicationScope", "queue"),
    ("DelaySeconds", "0"),
    ("FifoThroughputLimit", "perQueue"),
    ("KmsDataKeyReusePeriodSeconds", "300"),
    ("KmsMasterKeyId", ""),
    ("MaximumMessageSize", "262144"),
    ("MessageRetentionPeriod", "345600"),
    ("ReceiveMessageWaitTimeSeconds", "0"),
    ("RedriveAllowPolicy", ""),
    ("RedrivePolicy", ""),
    ("SqsManagedSseEnabled", "false"),
    ("VisibilityTimeout", "30"),
];

struct Queue;

impl Handler for Queue {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let is_fifo = wanted.boolean("FifoQueue") == Some(true);
        let name = match wanted.text("QueueName") {
            Some(name) => name.to_owned(),
            None if is_fifo => format!("{}.fifo", wanted.generated_name(75)),
            None => wanted.generated_name(80),
        };
        if exists(&name, tx, context)? {
            return Err(Problem::already_exists(NAME, &name));
        }
        let mut attributes = attributes(&wanted.properties);
        // A queue is standard unless it says otherwise; saying so is an error of SQS's own.
        if !is_fifo {
            attributes.remove("FifoQueue");
        }
        let input = json!({"QueueName": name, "Attributes": attributes, "tags": wanted.tag_map()});
        let output = calls::call::<op::CreateQueue>(input, tx, context)?;
        made(output["QueueUrl"].as_str().unwrap_or_default(), tx, context)
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let url = &before.physical_id;
        let (old, mut new) = (attributes(&before.properties), attributes(&wanted.properties));
        new.retain(|name, value| old.get(name) != Some(value));
        for (name, default) in DEFAULTS {
            if before.properties.contains_key(name) && !wanted.properties.contains_key(name) {
                new.insert(name.to_owned(), Value::from(default));
            }
        }
        // Removing the key leaves nothing to reuse, and one kind of encryption excludes the other.
        if new.get("KmsMasterKeyId").is_some_and(|key| key == "") {
            new.remove("KmsDataKeyReusePeriodSeconds");
        }
        if !new.is_empty() {
            let input = json!({"QueueUrl": url, "Attributes": new});
            calls::call::<op::SetQueueAttributes>(input, tx, context)?;
        }
        let (set, gone) = wanted.tag_changes(&before.tags);
        if !gone.is_empty() {
            calls::call::<op::UntagQueue>(json!({"QueueUrl": url, "TagKeys": gone}), tx, context)?;
        }
        if !set.is_empty() {
            let tags: Map<_, _> = set.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
            calls::call::<op::TagQueue>(json!({"QueueUrl": url, "Tags": tags}), tx, context)?;
        }
        made(url, tx, context)
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let input = json!({"QueueUrl": before.physical_id});
        unless_gone(calls::call::<op::DeleteQueue>(input, tx, context))?;
        Ok(())
    }
}

fn exists(name: &str, tx: &Tx, context: &mut Context) -> Result<bool, Failure> {
    calls::is_there(calls::ask::<op::GetQueueUrl>(json!({"QueueName": name}), tx, context))
}

fn made(url: &str, tx: &Tx, context: &mut Context) -> Result<Made, Problem> {
    let input = json!({"QueueUrl": url, "AttributeNames": ["QueueArn"]});
    let output = calls::ask::<op::GetQueueAttributes>(input, tx, context)?;
    let arn = output["Attributes"]["QueueArn"].clone();
    let name = url.rsplit('/').next().unwrap_or_default();
    Ok(Made::new(url, [("Arn", arn), ("QueueName", name.into()), ("QueueUrl", url.into())]))
}

/// Attributes as SQS takes them: all texts.
fn attributes(properties: &Map<String, Value>) -> Map<String, Value> {
    let is_attribute = |(name, _): &(&String, &Value)| !OTHERS.contains(&name.as_str());
    let text = |(name, value): (&String, &Value)| (name.clone(), Value::from(scalar(value)));
    properties.iter().filter(is_attribute).map(text).collect()
}

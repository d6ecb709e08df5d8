//! `AWS::SNS::Topic`, with the subscriptions that stand in it. `Ref` is its ARN.

use super::wanted::{scalar, tag_list};
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};
use stepwell_wire::arn::Arn;

pub const TYPE: ResourceType = ResourceType {
    name: NAME,
    sdk: Sdk::Two("Sns"),
    properties: &[
        Property::json("ArchivePolicy"),
        Property::boolean("ContentBasedDeduplication"),
        Property::json("DataProtectionPolicy"),
        Property::text("DisplayName"),
        Property::text("FifoThroughputScope"),
        Property::boolean("FifoTopic").fixed(),
        Property::text("KmsMasterKeyId"),
        Property::text("SignatureVersion"),
        Property::list("Subscription"),
        Property::list("Tags"),
        Property::text("TopicName").fixed(),
        Property::text("TracingConfig"),
    ],
    attributes: &["TopicArn", "TopicName"],
    named_by: Some("TopicName"),
    has_system_tags: true,
    handler: &Topic,
};

const NAME: &str = "AWS::SNS::Topic";

/// The properties that are attributes of a topic.
const ATTRIBUTES: [&str; 8] = [
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DataProtectionPolicy",
    "DisplayName",
    "FifoThroughputScope",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
];

struct Topic;

impl Handler for Topic {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let is_fifo = wanted.boolean("FifoTopic") == Some(true);
        let name = match wanted.text("TopicName") {
            Some(name) => name.to_owned(),
            None if is_fifo => format!("{}.fifo", wanted.generated_name(251)),
            None => wanted.generated_name(256),
        };
        let arn = Arn::new("sns", context.region(), context.account(), name.as_str()).to_string();
        let found = calls::ask::<op::GetTopicAttributes>(json!({"TopicArn": arn}), tx, context);
        if calls::is_there(found)? {
            return Err(Problem::already_exists(NAME, &arn));
        }
        let mut attributes = attributes(&wanted.properties);
        if is_fifo {
            attributes.insert("FifoTopic".to_owned(), Value::from("true"));
        }
        let input = json!({"Name": name, "Attributes": attributes, "Tags": wanted.tag_list("Key", "Value")});
        let output = calls::call::<op::CreateTopic>(input, tx, context)?;
        let arn = output["TopicArn"].as_str().unwrap_or_default();
        for subscription in subscriptions(&wanted.properties) {
            subscribe(arn, &subscription, tx, context)?;
        }
        Ok(made(arn))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let arn = &before.physical_id;
        let (old, new) = (attributes(&before.properties), attributes(&wanted.properties));
        let gone = old.keys().filter(|name| !new.contains_key(*name)).map(|name| (name, default(name)));
        let set = new.iter().filter(|(name, value)| old.get(*name) != Some(value));
        let set = set.map(|(name, value)| (name, value.clone()));
        for (name, value) in gone.chain(set) {
            let input = json!({"TopicArn": arn, "AttributeName": name, "AttributeValue": value});
            calls::call::<op::SetTopicAttributes>(input, tx, context)?;
        }
        self.update_subscriptions(before, wanted, tx, context)?;
        let (set, gone) = wanted.tag_changes(&before.tags);
        if !gone.is_empty() {
            calls::call::<op::UntagTopic>(json!({"ResourceArn": arn, "TagKeys": gone}), tx, context)?;
        }
        if !set.is_empty() {
            let input = json!({"ResourceArn": arn, "Tags": tag_list(&set, "Key", "Value")});
            calls::call::<op::TagTopic>(input, tx, context)?;
        }
        Ok(made(arn))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let input = json!({"TopicArn": before.physical_id});
        unless_gone(calls::call::<op::DeleteTopic>(input, tx, context))?;
        Ok(())
    }
}

impl Topic {
    fn update_subscriptions(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Problem> {
        let arn = &before.physical_id;
        let (old, new) = (subscriptions(&before.properties), subscriptions(&wanted.properties));
        for subscription in old.iter().filter(|subscription| !new.contains(subscription)) {
            // Subscribing again to what is subscribed gives its ARN.
            let found = subscribe(arn, subscription, tx, context)?;
            calls::call::<op::Unsubscribe>(json!({ "SubscriptionArn": found }), tx, context)?;
        }
        for subscription in new.iter().filter(|subscription| !old.contains(subscription)) {
            subscribe(arn, subscription, tx, context)?;
        }
        Ok(())
    }
}

fn made(arn: &str) -> Made {
    let name = arn.rsplit(':').next().unwrap_or_default();
    Made::new(arn, [("TopicArn", arn.into()), ("TopicName", name.into())])
}

fn attributes(properties: &Map<String, Value>) -> Map<String, Value> {
    let text = |name: &&str| Some(((*name).to_owned(), Value::from(scalar(properties.get(*name)?))));
    ATTRIBUTES.iter().filter_map(text).collect()
}

/// What an attribute becomes that an update leaves out.
fn default(name: &str) -> Value {
    Value::from(match name {
        "ContentBasedDeduplication" => "false",
        "SignatureVersion" => "1",
        "TracingConfig" => "PassThrough",
        "FifoThroughputScope" => "Topic",
        _ => "",
    })
}

/// The subscriptions that stand in a topic: protocol and endpoint.
fn subscriptions(properties: &Map<String, Value>) -> Vec<(String, String)> {
    let items = properties.get("Subscription").and_then(Value::as_array).into_iter().flatten();
    let member = |item: &Value, name: &str| item.get(name).map(scalar).unwrap_or_default();
    items.map(|item| (member(item, "Protocol"), member(item, "Endpoint"))).collect()
}

fn subscribe(
    topic_arn: &str,
    (protocol, endpoint): &(String, String),
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Value, Problem> {
    let input = json!({
        "TopicArn": topic_arn, "Protocol": protocol, "Endpoint": endpoint, "ReturnSubscriptionArn": true,
    });
    Ok(calls::call::<op::Subscribe>(input, tx, context)?["SubscriptionArn"].take())
}

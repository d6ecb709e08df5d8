//! `AWS::SNS::Subscription`. `Ref` is its ARN.

use super::wanted::scalar;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::SNS::Subscription",
    sdk: Sdk::Two("Sns"),
    properties: &[
        Property::json("DeliveryPolicy"),
        Property::text("Endpoint").fixed(),
        Property::json("FilterPolicy"),
        Property::text("FilterPolicyScope"),
        Property::text("Protocol").required().fixed(),
        Property::boolean("RawMessageDelivery"),
        Property::json("RedrivePolicy"),
        Property::text("Region"),
        Property::json("ReplayPolicy"),
        Property::text("SubscriptionRoleArn"),
        Property::text("TopicArn").required().fixed(),
    ],
    attributes: &["Arn"],
    named_by: None,
    has_system_tags: false,
    handler: &Subscription,
};

/// The properties that are attributes of a subscription, the scope before the policy that it is for.
const ATTRIBUTES: [&str; 7] = [
    "DeliveryPolicy",
    "FilterPolicyScope",
    "FilterPolicy",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
];

struct Subscription;

impl Handler for Subscription {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let input = json!({
            "TopicArn": wanted.text("TopicArn"),
            "Protocol": wanted.text("Protocol"),
            "Endpoint": wanted.text("Endpoint"),
            "Attributes": attributes(&wanted.properties),
            "ReturnSubscriptionArn": true,
        });
        let output = calls::call::<op::Subscribe>(input, tx, context)?;
        Ok(made(output["SubscriptionArn"].as_str().unwrap_or_default()))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let (old, new) = (attributes(&before.properties), attributes(&wanted.properties));
        for name in ATTRIBUTES.into_iter().filter(|name| old.get(*name) != new.get(*name)) {
            let value = new.get(name).cloned().unwrap_or_else(|| default(name));
            let input = json!({
                "SubscriptionArn": before.physical_id, "AttributeName": name, "AttributeValue": value,
            });
            calls::call::<op::SetSubscriptionAttributes>(input, tx, context)?;
        }
        Ok(made(&before.physical_id))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        // One that isn't there is no error of SNS's.
        calls::call::<op::Unsubscribe>(json!({"SubscriptionArn": before.physical_id}), tx, context)?;
        Ok(())
    }
}

fn made(arn: &str) -> Made {
    Made::new(arn, [("Arn", arn.into())])
}

fn attributes(properties: &Map<String, Value>) -> Map<String, Value> {
    let text = |name: &&str| Some(((*name).to_owned(), Value::from(scalar(properties.get(*name)?))));
    ATTRIBUTES.iter().filter_map(text).collect()
}

/// What an attribute becomes that an update leaves out.
fn default(name: &str) -> Value {
    Value::from(match name {
        "RawMessageDelivery" => "false",
        "FilterPolicyScope" => "MessageAttributes",
        "FilterPolicy" => "{}",
        _ => "",
    })
}

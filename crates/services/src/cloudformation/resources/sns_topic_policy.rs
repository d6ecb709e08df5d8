//! `AWS::SNS::TopicPolicy`: the policy of one or more topics. `Ref` is a name that is made up.
//!
//! Observed: when it is taken away, a topic gets its default policy back.

use super::wanted::{scalar, texts};
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::{Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::SNS::TopicPolicy",
    sdk: Sdk::Two("Sns"),
    properties: &[Property::json("PolicyDocument").required(), Property::list("Topics").required()],
    attributes: &["Id"],
    named_by: None,
    has_system_tags: false,
    handler: &TopicPolicy,
};

struct TopicPolicy;

impl Handler for TopicPolicy {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        set_all(wanted, tx, context)?;
        let id = wanted.generated_name(128);
        Ok(Made::new(&*id, [("Id", id.as_str().into())]))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let topics = wanted.texts("Topics");
        for topic in texts(&before.properties, "Topics").iter().filter(|topic| !topics.contains(topic)) {
            reset(topic, tx, context)?;
        }
        set_all(wanted, tx, context)?;
        Ok(Made::new(&*before.physical_id, [("Id", before.physical_id.as_str().into())]))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        texts(&before.properties, "Topics").iter().try_for_each(|topic| reset(topic, tx, context))
    }
}

fn set_all(wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    let policy = wanted.properties.get("PolicyDocument").map(scalar).unwrap_or_default();
    for topic in wanted.texts("Topics") {
        set(&topic, &policy, tx, context)?;
    }
    Ok(())
}

fn reset(topic: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    let policy = calls::default_topic_policy(topic, tx)?;
    if let Some(policy) = policy {
        set(topic, &policy, tx, context)?;
    }
    Ok(())
}

fn set(topic: &str, policy: &str, tx: &mut Tx, context: &mut Context) -> Result<Value, Failure> {
    let input = json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy});
    calls::call::<op::SetTopicAttributes>(input, tx, context)
}

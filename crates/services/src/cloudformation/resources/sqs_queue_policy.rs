//! `AWS::SQS::QueuePolicy`: the policy of one or more queues. `Ref` is a name that is made up.

use super::wanted::{scalar, texts};
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::SQS::QueuePolicy",
    sdk: Sdk::Two("Sqs"),
    properties: &[Property::json("PolicyDocument").required(), Property::list("Queues").required()],
    attributes: &["Id"],
    named_by: None,
    has_system_tags: false,
    handler: &QueuePolicy,
};

struct QueuePolicy;

impl Handler for QueuePolicy {
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
        let queues = wanted.texts("Queues");
        for queue in texts(&before.properties, "Queues").iter().filter(|queue| !queues.contains(queue)) {
            remove(queue, tx, context)?;
        }
        set_all(wanted, tx, context)?;
        Ok(Made::new(&*before.physical_id, [("Id", before.physical_id.as_str().into())]))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        texts(&before.properties, "Queues").iter().try_for_each(|queue| remove(queue, tx, context))
    }
}

fn set_all(wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    let policy = wanted.properties.get("PolicyDocument").map(scalar).unwrap_or_default();
    for queue in wanted.texts("Queues") {
        set(&queue, &policy, tx, context)?;
    }
    Ok(())
}

fn remove(queue: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    unless_gone(set(queue, "", tx, context)).map(drop).map_err(Problem::from)
}

fn set(
    queue: &str,
    policy: &str,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Value, crate::failure::Failure> {
    let input = json!({"QueueUrl": queue, "Attributes": {"Policy": policy}});
    calls::call::<op::SetQueueAttributes>(input, tx, context)
}

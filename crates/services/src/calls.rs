//! Where services meet: one addresses another's operations here, as a customer would, within the same transaction.
//!
//! Siblings don't import each other; whoever wants to know which service calls which reads this file.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::model::{MessageAttribute, Queue};
use crate::sqs::{SendMessage, SendMessageOutput};
use crate::tx::Tx;
use std::collections::BTreeMap;

/// SNS → SQS, Lambda → SQS (dead letters): a message to the queue of this ARN. `None` if there is no such queue.
pub(crate) fn send_to_queue(
    queue_arn: &str,
    body: String,
    attributes: BTreeMap<String, MessageAttribute>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Option<SendMessageOutput>, Failure> {
    let Some(queue) = Queue::by_arn(queue_arn, tx)? else { return Ok(None) };
    let send = SendMessage {
        queue_url: queue.url(""),
        message_body: Some(body),
        message_attributes: attributes,
        ..SendMessage::default()
    };
    let scope = crate::keys::Scope::new(&queue.account, &queue.region);
    let caller = context.request.caller.clone();
    context.acting_as(caller, scope, |context| send.apply(tx, context)).map(Some)
}

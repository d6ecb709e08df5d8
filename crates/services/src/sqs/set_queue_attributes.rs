//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::attributes::{self, Attributes};
use crate::sqs::model::Queue;
use crate::sqs::{errors, retention};
use crate::tx::Tx;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetQueueAttributes {
    #[serde(default)]
    pub queue_url: String,
    #[serde(default, alias = "Attribute")]
    pub attributes: Attributes,
}

impl Command for SetQueueAttributes {
    const NAME: &'static str = "SetQueueAttributes";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut queue = Arc::unwrap_or_clone(Queue::by_url(&self.queue_url, tx, context)?);
        if self.attributes.is_empty() {
            return Err(errors::missing_parameter("Attribute.Name").into());
        }
        let given = attributes::check(&self.attributes, &queue, tx)?;
        if given.get("FifoQueue").is_some_and(|value| value != "true") {
            return Err(errors::queue_type_is_fixed().into());
        }
        let (scope, retention_s) = (queue.attributes.get("DeduplicationScope").cloned(), queue.retention_s());
        attributes::set(&mut queue.attributes, given);
        if queue.attributes.get("DeduplicationScope") != scope.as_ref() {
            queue.former_scope = scope.unwrap_or_default();
            queue.scope_changed_ms = context.now_ms;
        }
        if queue.retention_s() != retention_s {
            retention::reset(tx, &mut queue, context.now_ms);
        }
        queue.modified_ms = context.now_ms;
        queue.put(tx);
        Ok(())
    }
}

//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::attributes::{self, Attributes};
use crate::sqs::errors;
use crate::sqs::model::Queue;
use crate::tx::Tx;
use serde::Deserialize;

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
        let mut queue = Queue::by_url(&self.queue_url, tx, context)?;
        if self.attributes.is_empty() {
            return Err(errors::missing_parameter("Attribute.Name").into());
        }
        let given = attributes::check(&self.attributes, &queue, tx)?;
        if given.get("FifoQueue").is_some_and(|value| value != "true") {
            return Err(errors::queue_type_is_fixed().into());
        }
        attributes::set(&mut queue.attributes, given);
        queue.modified_ms = context.now_ms;
        queue.put(tx);
        Ok(())
    }
}

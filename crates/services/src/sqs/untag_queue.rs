//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::errors;
use crate::sqs::model::Queue;
use crate::tx::Tx;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagQueue {
    #[serde(default)]
    pub queue_url: String,
    #[serde(default, alias = "TagKey")]
    pub tag_keys: Vec<String>,
}

impl Command for UntagQueue {
    const NAME: &'static str = "UntagQueue";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut queue = Arc::unwrap_or_clone(Queue::by_url(&self.queue_url, tx, context)?);
        if self.tag_keys.is_empty() {
            return Err(errors::invalid_parameter("Tag keys are required.").into());
        }
        queue.tags.retain(|key, _| !self.tag_keys.contains(key));
        queue.put(tx);
        Ok(())
    }
}

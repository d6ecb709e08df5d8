//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::model::Queue;
use crate::sqs::{errors, tags};
use crate::tx::Tx;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagQueue {
    #[serde(default)]
    pub queue_url: String,
    #[serde(default, alias = "Tag")]
    pub tags: BTreeMap<String, String>,
}

impl Command for TagQueue {
    const NAME: &'static str = "TagQueue";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut queue = Arc::unwrap_or_clone(Queue::by_url(&self.queue_url, tx, context)?);
        if self.tags.is_empty() {
            return Err(errors::missing_parameter("Tags").into());
        }
        tags::check(&self.tags)?;
        queue.tags.extend(self.tags.clone());
        tags::check_count(&queue.tags, &queue.name)?;
        queue.put(tx);
        Ok(())
    }
}

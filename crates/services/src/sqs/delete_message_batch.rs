//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::batch::{self, BatchOutput, BatchResultEntry};
use crate::sqs::delete_message::delete_by_handle;
use crate::sqs::model::Queue;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessageBatch {
    #[serde(default)]
    pub queue_url: String,
    #[serde(default, alias = "DeleteMessageBatchRequestEntry")]
    pub entries: Vec<DeleteMessageBatchRequestEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessageBatchRequestEntry {
    pub id: String,
    pub receipt_handle: String,
}

impl Command for DeleteMessageBatch {
    const NAME: &'static str = "DeleteMessageBatch";
    type Output = BatchOutput<BatchResultEntry>;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Self::Output, Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        let ids = self.entries.iter().map(|entry| entry.id.as_str());
        batch::check(ids, "DeleteMessageBatchRequestEntry")?;
        BatchOutput::of(
            &self.entries,
            |entry| &entry.id,
            |entry| {
                delete_by_handle(&queue, &entry.receipt_handle, tx, context)?;
                Ok(BatchResultEntry { id: entry.id.clone() })
            },
        )
    }
}

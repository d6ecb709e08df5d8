//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::batch::{self, BatchOutput, BatchResultEntry};
use crate::sqs::change_message_visibility::change;
use crate::sqs::errors;
use crate::sqs::model::Queue;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeMessageVisibilityBatch {
    #[serde(default)]
    pub queue_url: String,
    #[serde(default, alias = "ChangeMessageVisibilityBatchRequestEntry")]
    pub entries: Vec<ChangeMessageVisibilityBatchRequestEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeMessageVisibilityBatchRequestEntry {
    pub id: String,
    pub receipt_handle: String,
    pub visibility_timeout: Option<i64>,
}

impl Command for ChangeMessageVisibilityBatch {
    const NAME: &'static str = "ChangeMessageVisibilityBatch";
    type Output = BatchOutput<BatchResultEntry>;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Self::Output, Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        let ids = self.entries.iter().map(|entry| entry.id.as_str());
        batch::check(ids, "ChangeMessageVisibilityBatchRequestEntry")?;
        BatchOutput::of(
            &self.entries,
            |entry| &entry.id,
            |entry| {
                let timeout_s = entry.visibility_timeout;
                let timeout_s = timeout_s.ok_or_else(|| errors::missing_parameter("VisibilityTimeout"))?;
                change(tx, context, &queue, &entry.receipt_handle, timeout_s)?;
                Ok(BatchResultEntry { id: entry.id.clone() })
            },
        )
    }
}

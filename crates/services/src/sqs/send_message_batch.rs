//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::batch::{self, BatchOutput};
use crate::sqs::errors;
use crate::sqs::model::{MessageAttribute, Queue};
use crate::sqs::send_message::{Outgoing, SendMessageOutput};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes that the messages of a batch may have together.
const LARGEST: usize = 1_048_576;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatch {
    #[serde(default)]
    pub queue_url: String,
    #[serde(default, alias = "SendMessageBatchRequestEntry")]
    pub entries: Vec<SendMessageBatchRequestEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchRequestEntry {
    pub id: String,
    pub message_body: Option<String>,
    pub delay_seconds: Option<i64>,
    #[serde(default, alias = "MessageAttribute")]
    pub message_attributes: BTreeMap<String, MessageAttribute>,
    #[serde(default, alias = "MessageSystemAttribute")]
    pub message_system_attributes: BTreeMap<String, MessageAttribute>,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchResultEntry {
    pub id: String,
    pub message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_system_attributes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

impl SendMessageBatchResultEntry {
    fn of(id: &str, sent: SendMessageOutput) -> Self {
        Self {
            id: id.to_owned(),
            message_id: sent.message_id,
            md5_of_message_body: sent.md5_of_message_body,
            md5_of_message_attributes: sent.md5_of_message_attributes,
            md5_of_message_system_attributes: sent.md5_of_message_system_attributes,
            sequence_number: sent.sequence_number,
        }
    }
}

impl Command for SendMessageBatch {
    const NAME: &'static str = "SendMessageBatch";
    type Output = BatchOutput<SendMessageBatchResultEntry>;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Self::Output, Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        self.check(&queue)?;
        BatchOutput::of(
            &self.entries,
            |entry| &entry.id,
            |entry| {
                let sent = entry.outgoing().send(&queue, tx, context)?;
                Ok(SendMessageBatchResultEntry::of(&entry.id, sent))
            },
        )
    }
}

impl SendMessageBatch {
    fn check(&self, queue: &Queue) -> Result<(), Failure> {
        let entry = "SendMessageBatchRequestEntry";
        batch::check(self.entries.iter().map(|entry| entry.id.as_str()), entry)?;
        let lacks_body =
            |entry: &SendMessageBatchRequestEntry| entry.message_body.as_ref().is_none_or(String::is_empty);
        if let Some(index) = self.entries.iter().position(lacks_body) {
            return Err(errors::missing_parameter(&format!("{entry}.{}.MessageBody", index + 1)).into());
        }
        if queue.is_fifo() {
            // What the order of messages needs is asked of the batch as a whole.
            self.entries.iter().try_for_each(|entry| entry.outgoing().check_order(queue))?;
        }
        let bytes = self.entries.iter().map(|entry| entry.outgoing().size()).sum();
        if bytes > LARGEST {
            return Err(errors::batch_request_too_long(LARGEST, bytes).into());
        }
        Ok(())
    }
}

impl SendMessageBatchRequestEntry {
    fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            body: self.message_body.as_deref(),
            delay_s: self.delay_seconds,
            attributes: &self.message_attributes,
            system_attributes: &self.message_system_attributes,
            deduplication_id: self.message_deduplication_id.as_deref(),
            group_id: self.message_group_id.as_deref(),
            in_batch: true,
        }
    }
}

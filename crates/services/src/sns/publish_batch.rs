//! <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sns::errors;
use crate::sns::fan_out::SUBSCRIBERS_PER_TURN;
use crate::sns::model::{MessageAttributeValue, Topic};
use crate::sns::publish::{Draft, LARGEST};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stepwell_wire::{ApiError, Fault};

const MOST: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatch {
    pub topic_arn: String,
    #[serde(default)]
    pub publish_batch_request_entries: Vec<PublishBatchRequestEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatchRequestEntry {
    pub id: String,
    pub message: String,
    pub subject: Option<String>,
    pub message_structure: Option<String>,
    #[serde(default)]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatchOutput {
    pub successful: Vec<PublishBatchResultEntry>,
    pub failed: Vec<BatchResultErrorEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatchResultEntry {
    pub id: String,
    pub message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResultErrorEntry {
    pub id: String,
    pub code: String,
    pub message: String,
    pub sender_fault: bool,
}

impl Command for PublishBatch {
    const NAME: &'static str = "PublishBatch";
    type Output = PublishBatchOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PublishBatchOutput, Failure> {
        self.check_ids()?;
        let topic = Topic::by_arn(&self.topic_arn, tx)?;
        let entries = &self.publish_batch_request_entries;
        if entries.iter().map(|entry| entry.draft().size()).sum::<usize>() > LARGEST {
            return Err(errors::batch_request_too_long().into());
        }
        // What the order of messages needs is asked of the batch as a whole.
        entries.iter().try_for_each(|entry| entry.draft().check_order(&topic))?;
        let mut output = PublishBatchOutput { successful: Vec::new(), failed: Vec::new() };
        let subscribers = SUBSCRIBERS_PER_TURN / entries.len();
        for entry in entries {
            let draft = entry.draft();
            let published =
                draft.check_message().and_then(|()| draft.publish(&topic, subscribers, tx, context));
            match published {
                Ok(published) => output.successful.push(PublishBatchResultEntry {
                    id: entry.id.clone(),
                    message_id: published.message_id,
                    sequence_number: published.sequence_number,
                }),
                Err(Failure::Refused(error)) => output.failed.push(entry.failed(&error)),
                Err(failure) => return Err(failure),
            }
        }
        Ok(output)
    }
}

impl PublishBatch {
    fn check_ids(&self) -> Result<(), ApiError> {
        let entries = &self.publish_batch_request_entries;
        if entries.is_empty() {
            return Err(errors::empty_batch_request());
        }
        if entries.len() > MOST {
            return Err(errors::too_many_entries());
        }
        let mut seen = Vec::with_capacity(MOST);
        for PublishBatchRequestEntry { id, .. } in entries {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if id.len() > 80 {
                return Err(errors::batch_entry_id_is_too_long(id));
            }
            if id.is_empty() || !id.bytes().all(allowed) {
                return Err(errors::batch_entry_id_has(id));
            }
            if seen.contains(&id) {
                return Err(errors::batch_entry_ids_not_distinct());
            }
            seen.push(id);
        }
        Ok(())
    }
}

impl PublishBatchRequestEntry {
    fn draft(&self) -> Draft<'_> {
        Draft {
            message: &self.message,
            subject: self.subject.as_deref(),
            structure: self.message_structure.as_deref(),
            attributes: &self.message_attributes,
            deduplication_id: self.message_deduplication_id.as_deref(),
            group_id: self.message_group_id.as_deref(),
        }
    }

    fn failed(&self, error: &ApiError) -> BatchResultErrorEntry {
        BatchResultErrorEntry {
            id: self.id.clone(),
            code: error.query_code().to_owned(),
            message: error.message.clone(),
            sender_fault: error.fault() == Fault::Sender,
        }
    }
}

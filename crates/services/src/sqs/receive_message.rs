//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
//!
//! A long poll waits in the shard until a message comes or its time is over.

use crate::context::Context;
use crate::failure::{Failure, Wait, WaitOn};
use crate::operation::Command;
use crate::sqs::digest::{md5_of_attributes, md5_of_body};
use crate::sqs::errors;
use crate::sqs::model::{MessageAttribute, Queue};
use crate::sqs::take::{Taken, take};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveMessage {
    #[serde(default)]
    pub queue_url: String,
    #[serde(default, alias = "AttributeName")]
    pub attribute_names: Vec<String>,
    #[serde(default, alias = "MessageSystemAttributeName")]
    pub message_system_attribute_names: Vec<String>,
    #[serde(default, alias = "MessageAttributeName")]
    pub message_attribute_names: Vec<String>,
    pub max_number_of_messages: Option<i64>,
    pub visibility_timeout: Option<i64>,
    pub wait_time_seconds: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveMessageOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<ReceivedMessage>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceivedMessage {
    pub message_id: String,
    pub receipt_handle: String,
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    pub body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

impl Command for ReceiveMessage {
    const NAME: &'static str = "ReceiveMessage";
    type Output = ReceiveMessageOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<ReceiveMessageOutput, Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        let most = in_range(self.max_number_of_messages, 1, 1..=10).ok_or_else(|| self.bad_count())?;
        let wait_s = in_range(self.wait_time_seconds, queue.receive_wait_s(), 0..=20);
        let wait_s = wait_s.ok_or_else(|| self.bad_wait())?;
        let visibility_s = in_range(self.visibility_timeout, queue.visibility_timeout_s(), 0..=43_200);
        let visibility_s = visibility_s.ok_or_else(|| self.bad_visibility())?;

        let taken = take(tx, context, &queue, usize::try_from(most).unwrap_or(1), visibility_s)?;
        // What was swept to a dead-letter queue stays there only if this command doesn't wait, which undoes it.
        if taken.messages.is_empty() && taken.swept == 0 && wait_s > 0 && !context.last_chance {
            return Err(Failure::Wait(Wait {
                on: WaitOn::Queue(queue.id),
                look_again_ms: taken.next_ms,
                patience_ms: wait_s * 1000,
                crowd: None,
            }));
        }
        if taken.is_full && wait_s == 0 {
            return Err(errors::over_limit(&queue.name).into());
        }
        tx.answers_with(taken.messages.iter().map(|taken| taken.message.body.len()).sum());
        let messages = taken.messages.into_iter().map(|taken| self.shape(taken, context)).collect();
        Ok(ReceiveMessageOutput { messages })
    }
}

impl ReceiveMessage {
    fn shape(&self, taken: Taken, context: &Context) -> ReceivedMessage {
        let names = [self.attribute_names.as_slice(), &self.message_system_attribute_names].concat();
        let wanted = |name: &String| names.iter().any(|asked| asked == "All" || asked == name);
        let mut attributes = taken.system_attributes();
        attributes.retain(|name, _| wanted(name));
        let mut message_attributes = taken.message.attributes;
        message_attributes
            .retain(|name, _| self.message_attribute_names.iter().any(|asked| matches(asked, name)));
        ReceivedMessage {
            message_id: taken.message.id,
            receipt_handle: taken.receipt.seal(context.secrets),
            md5_of_body: md5_of_body(&taken.message.body),
            body: taken.message.body,
            attributes,
            md5_of_message_attributes: md5_of_attributes(&message_attributes),
            message_attributes,
        }
    }

    fn bad_count(&self) -> Failure {
        let value = self.max_number_of_messages.unwrap_or_default();
        invalid("MaxNumberOfMessages", value, "Must be between 1 and 10, if provided.")
    }

    fn bad_wait(&self) -> Failure {
        let value = self.wait_time_seconds.unwrap_or_default();
        invalid("WaitTimeSeconds", value, "Must be >= 0 and <= 20, if provided.")
    }

    fn bad_visibility(&self) -> Failure {
        let value = self.visibility_timeout.unwrap_or_default();
        invalid("VisibilityTimeout", value, "Must be >= 0 and <= 43200, if provided.")
    }
}

/// `All`, `.*`, `prefix.*`, or the very name.
fn matches(asked: &str, name: &str) -> bool {
    match asked.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => asked == "All" || asked == name,
    }
}

fn in_range(given: Option<i64>, default: u64, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
    let value = given.map_or(Some(default), |given| u64::try_from(given).ok())?;
    range.contains(&value).then_some(value)
}

fn invalid(parameter: &str, value: i64, reason: &str) -> Failure {
    errors::invalid_value(parameter, value, reason).into()
}

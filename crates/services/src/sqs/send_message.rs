//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

use crate::context::Context;
use crate::failure::{Failure, WaitOn};
use crate::operation::Command;
use crate::sqs::digest::{md5_of_attributes, md5_of_body, md5_of_system_attributes};
use crate::sqs::model::{Message, MessageAttribute, Queue, Ready};
use crate::sqs::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessage {
    #[serde(default)]
    pub queue_url: String,
    pub message_body: Option<String>,
    pub delay_seconds: Option<i64>,
    #[serde(default, alias = "MessageAttribute")]
    pub message_attributes: BTreeMap<String, MessageAttribute>,
    #[serde(default, alias = "MessageSystemAttribute")]
    pub message_system_attributes: BTreeMap<String, MessageAttribute>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageOutput {
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_system_attributes: Option<String>,
    pub message_id: String,
}

impl Command for SendMessage {
    const NAME: &'static str = "SendMessage";
    type Output = SendMessageOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<SendMessageOutput, Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        let message = self.message(&queue, context)?;
        let delay_s = self.delay_s(&queue)?;
        let output = SendMessageOutput {
            md5_of_message_body: md5_of_body(&message.body),
            md5_of_message_attributes: md5_of_attributes(&message.attributes),
            md5_of_message_system_attributes: md5_of_system_attributes(&self.message_system_attributes),
            message_id: message.id.clone(),
        };
        add(tx, &queue, &message, context.now_ms + delay_s * 1000);
        Ok(output)
    }
}

impl SendMessage {
    fn message(&self, queue: &Queue, context: &mut Context) -> Result<Message, Failure> {
        let body = self.message_body.as_deref().filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| errors::missing_parameter("MessageBody"))?;
        check_size(body, &self.message_attributes, queue.maximum_message_size())?;
        if !body.chars().all(is_allowed) {
            return Err(errors::invalid_message_contents().into());
        }
        let system = |(name, value): (&String, &MessageAttribute)| {
            (name.clone(), value.string_value.clone().unwrap_or_default())
        };
        Ok(Message {
            id: context.entropy.uuid(),
            body: body.to_owned(),
            attributes: self.message_attributes.clone(),
            system_attributes: self.message_system_attributes.iter().map(system).collect(),
            sender_id: context.request.caller.user_id.to_string(),
            sent_ms: context.now_ms,
            dead_letter_source: None,
        })
    }

    fn delay_s(&self, queue: &Queue) -> Result<u64, Failure> {
        match self.delay_seconds {
            None => Ok(queue.delay_s()),
            Some(delay) => u64::try_from(delay).ok().filter(|delay| *delay <= 900).ok_or_else(|| {
                let text = format!(
                    "Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
                );
                errors::invalid_parameter(text).into()
            }),
        }
    }
}

/// Puts a message into a queue, from `visible_from_ms` on.
pub fn add(tx: &mut Tx, queue: &Queue, message: &Message, visible_from_ms: u64) {
    let sequence = tx.next_sequence();
    tx.put(&keys::message(queue.id, sequence), message);
    put_ready(tx, queue.id, visible_from_ms, sequence, &Ready::default());
    tx.wake(WaitOn::Queue(queue.id));
}

/// Writes a `Ready` row, and keeps the queue's head below it.
pub fn put_ready(tx: &mut Tx, queue: u64, visible_from_ms: u64, sequence: u64, ready: &Ready) {
    let key = keys::ready(queue, visible_from_ms, sequence);
    if tx.queue_head(queue).is_some_and(|head| head > key.as_bytes()) {
        tx.move_queue_head(queue, key.as_bytes().to_vec());
    }
    tx.put(&key, ready);
}

fn check_size(
    body: &str,
    attributes: &BTreeMap<String, MessageAttribute>,
    maximum: usize,
) -> Result<(), Failure> {
    let size = |(name, value): (&String, &MessageAttribute)| {
        name.len()
            + value.data_type.len()
            + value.string_value.as_ref().map_or(0, String::len)
            + value.binary_value.as_ref().map_or(0, Vec::len)
    };
    if body.len() + attributes.iter().map(size).sum::<usize>() <= maximum {
        return Ok(());
    }
    let text =
        format!("One or more parameters are invalid. Reason: Message must be shorter than {maximum} bytes.");
    Err(errors::invalid_parameter(text).into())
}

/// The characters of XML 1.0, which is what SQS takes.
fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

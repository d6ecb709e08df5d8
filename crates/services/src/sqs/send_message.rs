//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

use crate::context::Context;
use crate::deduplication;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::digest::{md5_of_attributes, md5_of_body, md5_of_system_attributes};
use crate::sqs::message_attributes::{self, is_allowed};
use crate::sqs::model::{Message, MessageAttribute, Queue};
use crate::sqs::{errors, placement};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const NOT_OF_THIS_TYPE: &str = "The request include parameter that is not valid for this queue type.";

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
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

impl Command for SendMessage {
    const NAME: &'static str = "SendMessage";
    type Output = SendMessageOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<SendMessageOutput, Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        self.outgoing().send(&queue, tx, context)
    }
}

impl SendMessage {
    fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            body: self.message_body.as_deref(),
            delay_s: self.delay_seconds,
            attributes: &self.message_attributes,
            system_attributes: &self.message_system_attributes,
            deduplication_id: self.message_deduplication_id.as_deref(),
            group_id: self.message_group_id.as_deref(),
            in_batch: false,
        }
    }
}

/// A message on its way into a queue, by itself or in a batch.
#[derive(Debug)]
pub struct Outgoing<'m> {
    pub body: Option<&'m str>,
    pub delay_s: Option<i64>,
    pub attributes: &'m BTreeMap<String, MessageAttribute>,
    pub system_attributes: &'m BTreeMap<String, MessageAttribute>,
    pub deduplication_id: Option<&'m str>,
    pub group_id: Option<&'m str>,
    pub in_batch: bool,
}

impl Outgoing<'_> {
    /// Puts the message into the queue. A refused one has changed nothing.
    ///
    /// # Errors
    /// AWS's, for a message that the queue doesn't take.
    pub fn send(
        &self,
        queue: &Queue,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<SendMessageOutput, Failure> {
        let mut message = self.message(queue, context)?;
        let delay_s = self.delay_s(queue)?;
        let mut output = SendMessageOutput {
            md5_of_message_body: md5_of_body(&message.body),
            md5_of_message_attributes: md5_of_attributes(&message.attributes),
            md5_of_message_system_attributes: md5_of_system_attributes(self.system_attributes),
            message_id: message.id.clone(),
            sequence_number: None,
        };
        let visible_from_ms = context.now_ms + delay_s * 1000;
        if !queue.is_fifo() {
            add(tx, queue, message, visible_from_ms)?;
            return Ok(output);
        }
        let id =
            self.deduplication_id.map_or_else(|| deduplication::of_content(&message.body), str::to_owned);
        let scope = match queue.deduplicates_by_group(context.now_ms) {
            true => self.group_id.unwrap_or_default(),
            false => "",
        };
        if let Some(seen) = deduplication::seen(queue.id, scope, &id, context.now_ms, tx)? {
            // Accepted, and not there twice.
            output.message_id = seen.message_id;
            output.sequence_number = Some(seen.sequence_number);
            return Ok(output);
        }
        message.system_attributes.insert("MessageDeduplicationId".to_owned(), id.clone());
        let number = add(tx, queue, message, visible_from_ms)?.unwrap_or_default();
        deduplication::remember(queue.id, scope, &id, &output.message_id, &number, context.now_ms, tx)?;
        output.sequence_number = Some(number);
        Ok(output)
    }

    /// Checks what a queue needs to know to keep the order of its messages.
    ///
    /// # Errors
    /// AWS's, for what is missing on a FIFO queue or too much on another.
    pub fn check_order(&self, queue: &Queue) -> Result<(), Failure> {
        check_id("MessageGroupId", self.group_id)?;
        check_id("MessageDeduplicationId", self.deduplication_id)?;
        match (queue.is_fifo(), self.group_id, self.deduplication_id) {
            (false, _, Some(id)) => {
                Err(errors::invalid_value("MessageDeduplicationId", id, NOT_OF_THIS_TYPE).into())
            }
            (true, None, _) if self.in_batch => {
                let text = "The request must contain the parameter MessageGroupId.";
                Err(errors::invalid_parameter(text).into())
            }
            (true, None, _) => Err(errors::missing_parameter("MessageGroupId").into()),
            (true, Some(_), None) if !queue.has("ContentBasedDeduplication") => {
                let text = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
                Err(errors::invalid_parameter(text).into())
            }
            _ => Ok(()),
        }
    }

    /// Bytes that count against the limit of a batch.
    pub fn size(&self) -> usize {
        self.body.map_or(0, str::len) + message_attributes::size(self.attributes)
    }

    fn message(&self, queue: &Queue, context: &mut Context) -> Result<Message, Failure> {
        let body = self.body.filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| errors::missing_parameter("MessageBody"))?;
        self.check_order(queue)?;
        message_attributes::check(self.attributes)?;
        message_attributes::check_system(self.system_attributes)?;
        self.check_size(queue.maximum_message_size())?;
        if !body.chars().all(is_allowed) {
            return Err(errors::invalid_message_contents().into());
        }
        Ok(Message {
            id: context.entropy.uuid(),
            body: body.to_owned(),
            attributes: self.attributes.clone(),
            system_attributes: self.kept_system_attributes(),
            sender_id: context.request.caller.user_id.to_string(),
            sent_ms: context.now_ms,
            dead_letter_source: None,
        })
    }

    fn kept_system_attributes(&self) -> BTreeMap<String, String> {
        let given = self.system_attributes.iter().filter_map(|(name, value)| {
            let text = value.string_value.clone()?;
            Some((name.clone(), text))
        });
        let group = self.group_id.map(|group| ("MessageGroupId".to_owned(), group.to_owned()));
        given.chain(group).collect()
    }

    fn delay_s(&self, queue: &Queue) -> Result<u64, Failure> {
        match self.delay_s {
            None => Ok(queue.delay_s()),
            Some(0) if queue.is_fifo() => Ok(queue.delay_s()),
            Some(delay) if queue.is_fifo() => {
                Err(errors::invalid_value("DelaySeconds", delay, NOT_OF_THIS_TYPE).into())
            }
            Some(delay) => u64::try_from(delay).ok().filter(|delay| *delay <= 900).ok_or_else(|| {
                let reason = "DelaySeconds must be >= 0 and <= 900.";
                errors::invalid_value("DelaySeconds", delay, reason).into()
            }),
        }
    }

    fn check_size(&self, maximum: usize) -> Result<(), Failure> {
        if self.size() <= maximum {
            return Ok(());
        }
        let verdict = if self.in_batch { "cannot be validated" } else { "are invalid" };
        let reason = format!("Message must be shorter than {maximum} bytes.");
        Err(errors::invalid_parameter(format!("One or more parameters {verdict}. Reason: {reason}")).into())
    }
}

/// A group's or a deduplication's id, if there is one.
fn check_id(parameter: &str, id: Option<&str>) -> Result<(), Failure> {
    let Some(id) = id else { return Ok(()) };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_punctuation();
    if (1..=128).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(());
    }
    let reason =
        format!("{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    Err(errors::invalid_value(parameter, id, &reason).into())
}

/// Puts a message into a queue, from `visible_from_ms` on; a FIFO queue gives it a number in its order.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn add(
    tx: &mut Tx,
    queue: &Queue,
    mut message: Message,
    visible_from_ms: u64,
) -> Result<Option<String>, Failure> {
    let sequence = tx.next_sequence();
    let number = queue.is_fifo().then(|| deduplication::sequence_number(sequence));
    if let Some(number) = &number {
        message.system_attributes.insert("SequenceNumber".to_owned(), number.clone());
    }
    placement::insert(tx, queue, sequence, &message, visible_from_ms)?;
    Ok(number)
}

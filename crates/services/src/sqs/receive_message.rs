//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
//!
//! Takes from the head of the queue, never by scanning over what was taken before: the head is remembered.
//! A message that was received too often moves to its dead-letter queue here, in the same commit, not by a timer.

use crate::context::Context;
use crate::failure::{Failure, Wait, WaitOn};
use crate::keys::Key;
use crate::operation::Command;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::sqs::digest::{md5_of_attributes, md5_of_body};
use crate::sqs::model::{Message, MessageAttribute, Queue, Ready, Redrive};
use crate::sqs::receipt::Receipt;
use crate::sqs::send_message::{add, put_ready};
use crate::sqs::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stepwell_store::{Direction, Slice};

/// Rows that are looked at in one go.
const SCAN: usize = 16;

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
            }));
        }
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

/// A message that was received just now.
#[derive(Debug)]
pub struct Taken {
    pub message: Message,
    pub ready: Ready,
    pub receipt: Receipt,
}

impl Taken {
    /// `SentTimestamp` and its like, as texts.
    #[must_use]
    pub fn system_attributes(&self) -> BTreeMap<String, String> {
        let mut attributes = self.message.system_attributes.clone();
        let mut add = |name: &str, value: String| attributes.insert(name.to_owned(), value);
        add("SenderId", self.message.sender_id.clone());
        add("SentTimestamp", self.message.sent_ms.to_string());
        add("ApproximateReceiveCount", self.ready.receive_count.to_string());
        add("ApproximateFirstReceiveTimestamp", self.ready.first_received_ms.to_string());
        if let Some(source) = &self.message.dead_letter_source {
            add("DeadLetterQueueSourceArn", source.clone());
        }
        attributes
    }
}

/// What a queue gave.
#[derive(Debug, Default)]
pub struct Receipts {
    pub messages: Vec<Taken>,
    /// When the next message can be received, if there is none now.
    pub next_ms: Option<u64>,
    /// How many expired or moved to the dead-letter queue instead of being received.
    pub swept: usize,
}

/// How much may be received at once.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    pub messages: usize,
    /// Of bodies: the message that reaches it is the last.
    pub bytes: usize,
}

/// Receives at most `most` messages and hides them for `visibility_s`.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn take(
    tx: &mut Tx,
    context: &Context,
    queue: &Queue,
    most: usize,
    visibility_s: u64,
) -> Result<Receipts, Failure> {
    take_within(tx, context, queue, Most { messages: most, bytes: usize::MAX }, visibility_s)
}

/// The same, for messages of which not too much may come together.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn take_within(
    tx: &mut Tx,
    context: &Context,
    queue: &Queue,
    most: Most,
    visibility_s: u64,
) -> Result<Receipts, Failure> {
    let redrive = queue.redrive();
    let end = keys::readies(queue.id).end();
    let mut head = match tx.queue_head(queue.id) {
        Some(head) => head.to_vec(),
        None => keys::readies(queue.id).into_bytes(),
    };
    let mut receipts = Receipts::default();
    let mut budget = context.settings.rows_per_command;
    let mut bytes = 0;
    let is_full =
        |receipts: &Receipts, bytes: usize| receipts.messages.len() >= most.messages || bytes >= most.bytes;
    while !is_full(&receipts, bytes) && budget > 0 {
        let rows = tx.scan(&head, &end, Direction::Forward, SCAN.min(budget))?;
        if rows.is_empty() {
            break;
        }
        budget -= rows.len();
        for (key, value) in rows {
            let (visible_from_ms, sequence) = keys::read_ready(&key)?;
            if visible_from_ms > context.now_ms {
                receipts.next_ms = Some(visible_from_ms);
                break;
            }
            if is_full(&receipts, bytes) {
                break;
            }
            head = Key::after(&key);
            let taken = take_one(tx, context, queue, redrive.as_ref(), &key, &value, sequence, visibility_s)?;
            bytes += taken.as_ref().map_or(0, |taken| taken.message.body.len());
            receipts.swept += usize::from(taken.is_none());
            receipts.messages.extend(taken);
        }
        if receipts.next_ms.is_some() {
            break;
        }
    }
    if budget == 0 && receipts.messages.is_empty() {
        // Only dead or expired messages so far: look again at once, in another turn.
        receipts.next_ms = Some(context.now_ms);
    }
    lower_head(tx, queue.id, head, &receipts, context.now_ms, visibility_s);
    Ok(receipts)
}

/// How many messages could be received now, counted up to `most`, and since when the first of them can.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn available(
    tx: &Tx,
    context: &Context,
    queue: &Queue,
    most: usize,
) -> Result<(usize, Option<u64>), Failure> {
    let start = tx.queue_head(queue.id).map_or_else(|| keys::readies(queue.id).into_bytes(), <[u8]>::to_vec);
    let end = keys::ready(queue.id, context.now_ms + 1, 0).into_bytes();
    let rows = tx.scan(&start, &end, Direction::Forward, most)?;
    let since = rows.first().map(|(key, _)| keys::read_ready(key)).transpose()?;
    Ok((rows.len(), since.map(|(visible_from_ms, _)| visible_from_ms)))
}

/// Remembers the head; a message that is hidden for no time stands before it again.
fn lower_head(tx: &mut Tx, queue: u64, head: Vec<u8>, receipts: &Receipts, now_ms: u64, visibility_s: u64) {
    let first = receipts.messages.iter().map(|taken| taken.receipt.sequence).min();
    match first.filter(|_| visibility_s == 0) {
        Some(sequence) => {
            let again = keys::ready(queue, now_ms, sequence).into_bytes();
            tx.move_queue_head(queue, again.min(head));
        }
        None => tx.move_queue_head(queue, head),
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one row and what to do with it, used in one place"
)]
fn take_one(
    tx: &mut Tx,
    context: &Context,
    queue: &Queue,
    redrive: Option<&Redrive>,
    key: &Slice,
    value: &Slice,
    sequence: u64,
    visibility_s: u64,
) -> Result<Option<Taken>, Failure> {
    let mut ready: Ready = row::decode(value)?;
    tx.remove_bytes(key);
    if queue.has_forgotten(ready.sent_ms, context.now_ms) {
        forget(tx, queue.id, sequence, ready.receive_count);
        return Ok(None);
    }
    let message_key = keys::message(queue.id, sequence);
    let Some(message) = tx.row::<Message>(&message_key)? else {
        return Err(Failure::broken(format!(
            "message {sequence} of queue {} is ready and isn't there",
            queue.id
        )));
    };
    if let Some(redrive) = redrive
        && ready.receive_count >= redrive.max_receive_count
        && let Some(target) = Queue::by_arn(&redrive.dead_letter_queue_arn, tx)?
    {
        forget(tx, queue.id, sequence, ready.receive_count);
        let message = Message { dead_letter_source: Some(queue.arn()), ..message };
        add(tx, &target, &message, context.now_ms);
        return Ok(None);
    }
    let visible_from_ms = context.now_ms + visibility_s * 1000;
    if ready.receive_count > 0 {
        // An older receipt handle names another place.
        tx.put(&keys::moved(queue.id, sequence), &visible_from_ms);
    }
    ready.receive_count = ready.receive_count.saturating_add(1);
    ready.received_ms = context.now_ms;
    if ready.first_received_ms == 0 {
        ready.first_received_ms = context.now_ms;
    }
    put_ready(tx, queue.id, visible_from_ms, sequence, &ready);
    let receipt = Receipt { queue: queue.id, sequence, visible_from_ms };
    Ok(Some(Taken { message, ready, receipt }))
}

/// Removes the rows of a message, but for its `Ready` row.
pub fn forget(tx: &mut Tx, queue: u64, sequence: u64, receive_count: u32) {
    tx.remove(&keys::message(queue, sequence));
    if receive_count > 1 {
        tx.remove(&keys::moved(queue, sequence));
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
    let text = format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}");
    errors::invalid_parameter(text).into()
}

//! Takes messages from the head of a queue, never by scanning over what was taken before: the head is remembered.
//!
//! A message that was received too often moves to its dead-letter queue here, in the same commit, not by a timer.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::sqs::model::{Message, Queue, Ready, Redrive};
use crate::sqs::receipt::Receipt;
use crate::sqs::{keys, placement, send_message, take_fifo};
use crate::tx::Tx;
use std::collections::BTreeMap;
use stepwell_store::Direction;

/// Rows that are looked at in one go.
pub const SCAN: usize = 16;

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
    /// As many are in flight as may be.
    pub is_full: bool,
    /// How many expired or moved to the dead-letter queue instead of being received.
    pub swept: usize,
    /// Of the bodies.
    bytes: usize,
}

impl Receipts {
    /// Keeps what came of a message that could be received.
    pub fn add(&mut self, taken: Option<Taken>) {
        self.bytes += taken.as_ref().map_or(0, |taken| taken.message.body.len());
        self.swept += usize::from(taken.is_none());
        self.messages.extend(taken);
    }
}

/// How much may be received at once.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    pub messages: usize,
    /// Of bodies: the message that reaches it is the last.
    pub bytes: usize,
}

impl Most {
    /// How many more may come.
    #[must_use]
    pub fn left(&self, receipts: &Receipts) -> usize {
        if receipts.bytes >= self.bytes { 0 } else { self.messages.saturating_sub(receipts.messages.len()) }
    }
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
    let room = context.settings.messages_in_flight.saturating_sub(tx.in_flight(queue.id, context.now_ms));
    let messages = most.messages.min(usize::try_from(room).unwrap_or(usize::MAX));
    let most = Most { messages, ..most };
    if messages == 0 {
        // Something may be deleted, or come back, within a second.
        return Ok(Receipts { next_ms: Some(context.now_ms + 1000), is_full: true, ..Receipts::default() });
    }
    let taking = Taking { context, queue, redrive: queue.redrive(), visibility_s };
    if queue.is_fifo() { take_fifo::take(&taking, most, tx) } else { taking.take(most, tx) }
}

/// How many messages could be received now, counted up to `most`, and since when the first of them can; on a FIFO queue how
/// many groups.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn available(
    tx: &Tx,
    context: &Context,
    queue: &Queue,
    most: usize,
) -> Result<(usize, Option<u64>), Failure> {
    let (all, key): (Key, fn(u64, u64, u64) -> Key) = match queue.is_fifo() {
        true => (keys::group_readies(queue.id), keys::group_ready),
        false => (keys::readies(queue.id), keys::ready),
    };
    let start = tx.queue_head(queue.id).map_or_else(|| all.into_bytes(), <[u8]>::to_vec);
    let end = key(queue.id, context.now_ms + 1, 0);
    let rows = tx.scan(&start, end.as_bytes(), Direction::Forward, most)?;
    let since = match rows.first() {
        None => None,
        Some((key, _)) if queue.is_fifo() => Some(keys::read_group_ready(key)?),
        Some((key, _)) => Some(keys::read_ready(key)?),
    };
    Ok((rows.len(), since.map(|(visible_from_ms, _)| visible_from_ms)))
}

/// When the next message becomes ready, of those that stand from `end_of_now` on.
fn next_ms(tx: &mut Tx, queue: u64, end_of_now: &[u8]) -> Result<Option<u64>, Failure> {
    let start = tx.queue_gap(queue).map_or(end_of_now, |gap| gap.max(end_of_now));
    let end = keys::readies(queue).end();
    let next = tx.scan(start, &end, Direction::Forward, 1)?;
    let Some((key, _)) = next.first() else {
        tx.widen_queue_gap(queue, end);
        return Ok(None);
    };
    tx.widen_queue_gap(queue, key.to_vec());
    Ok(Some(keys::read_ready(key)?.0))
}

/// What a receive is about.
pub struct Taking<'t, 'c> {
    pub context: &'t Context<'c>,
    pub queue: &'t Queue,
    pub redrive: Option<Redrive>,
    pub visibility_s: u64,
}

impl Taking<'_, '_> {
    fn take(&self, most: Most, tx: &mut Tx) -> Result<Receipts, Failure> {
        let queue = self.queue.id;
        // Not a row further: behind are those in flight, and what is left of those that were deleted while they were.
        let end = keys::ready(queue, self.context.now_ms + 1, 0).into_bytes();
        let known = tx.queue_head(queue).map(<[u8]>::to_vec);
        let mut head = known.unwrap_or_else(|| keys::readies(queue).into_bytes());
        let mut receipts = Receipts::default();
        let mut budget = self.context.settings.rows_per_command;
        while most.left(&receipts) > 0 && budget > 0 {
            let rows = tx.scan(&head, &end, Direction::Forward, SCAN.min(budget))?;
            if rows.is_empty() {
                if receipts.messages.is_empty() {
                    receipts.next_ms = next_ms(tx, queue, &end)?;
                }
                break;
            }
            budget -= rows.len();
            for (key, value) in rows {
                let (visible_from_ms, sequence) = keys::read_ready(&key)?;
                if most.left(&receipts) == 0 {
                    break;
                }
                head = Key::after(&key);
                let ready = row::decode(&value)?;
                receipts.add(self.one(sequence, visible_from_ms, ready, tx)?);
            }
        }
        if budget == 0 && receipts.messages.is_empty() {
            // Only dead or expired messages so far: look again at once, in another turn.
            receipts.next_ms = Some(self.context.now_ms);
        }
        self.remember(head, &receipts, tx);
        Ok(receipts)
    }

    /// Remembers the head; a message that is hidden for no time stands before it again.
    fn remember(&self, head: Vec<u8>, receipts: &Receipts, tx: &mut Tx) {
        let first = receipts.messages.iter().map(|taken| taken.receipt.sequence).min();
        let again = first.filter(|_| self.visibility_s == 0);
        let again = again.map(|first| keys::ready(self.queue.id, self.context.now_ms, first).into_bytes());
        let head = match again {
            Some(again) => again.min(head),
            None => head,
        };
        tx.move_queue_head(self.queue.id, head);
    }

    /// Receives a message that is visible: nothing if its time is over or it moved to the dead-letter queue instead.
    pub fn one(
        &self,
        sequence: u64,
        at_ms: u64,
        mut ready: Ready,
        tx: &mut Tx,
    ) -> Result<Option<Taken>, Failure> {
        let (queue, now_ms) = (self.queue, self.context.now_ms);
        if queue.has_forgotten(ready.sent_ms, now_ms) {
            placement::remove(tx, queue.id, sequence, at_ms, &ready)?;
            return Ok(None);
        }
        let message: Option<Message> = tx.row(&keys::message(queue.id, sequence))?;
        let Some(message) = message else {
            let what = format!("message {sequence} of queue {} is ready and isn't there", queue.id);
            return Err(Failure::broken(what));
        };
        if let Some(redrive) = &self.redrive
            && ready.receive_count >= redrive.max_receive_count
            && let Some(target) = Queue::by_arn(&redrive.dead_letter_queue_arn, tx)?
        {
            placement::remove(tx, queue.id, sequence, at_ms, &ready)?;
            let message = Message { dead_letter_source: Some(queue.arn()), ..message };
            send_message::add(tx, &target, message, now_ms)?;
            return Ok(None);
        }
        let visible_from_ms = now_ms + self.visibility_s * 1000;
        if ready.receive_count > 0 {
            // An older receipt handle names another place.
            tx.put(&keys::moved(queue.id, sequence), &visible_from_ms);
        }
        ready.receive_count = ready.receive_count.saturating_add(1);
        ready.received_ms = now_ms;
        if ready.first_received_ms == 0 {
            ready.first_received_ms = now_ms;
        }
        placement::shift(tx, queue.id, sequence, (at_ms, visible_from_ms), &ready, now_ms)?;
        let receipt =
            Receipt { queue: queue.id, sequence, visible_from_ms, receive_count: ready.receive_count };
        Ok(Some(Taken { message, ready, receipt }))
    }
}

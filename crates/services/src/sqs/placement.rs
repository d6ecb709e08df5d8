//! Where messages stand in their queue: the rows that say so, written and removed together.
//!
//! `Ready` rows order a queue's messages by time. A FIFO queue has the rows of its groups beside them.

use crate::counts::Counted;
use crate::failure::{Failure, WaitOn};
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::sqs::model::{Message, Queue, Ready};
use crate::sqs::receipt::Receipt;
use crate::sqs::{groups, keys, retention};
use crate::tx::Tx;

/// Puts a message into a queue under a new sequence number, from `visible_from_ms` on.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn insert(
    tx: &mut Tx,
    queue: &Queue,
    sequence: u64,
    message: &Message,
    visible_from_ms: u64,
) -> Result<(), Failure> {
    tx.put(&keys::message(queue.id, sequence), message);
    tx.count(Counted::Messages(queue.id), 1);
    let group = message.group_id().filter(|_| queue.is_fifo());
    let ready = Ready { sent_ms: message.sent_ms, group: group.map(str::to_owned), ..Ready::default() };
    // What is visible when it is sent never was in the time to come.
    let hidden = visible_from_ms > message.sent_ms;
    put_ready(tx, queue.id, visible_from_ms, sequence, &ready, hidden);
    if hidden {
        tx.delayed(queue.id, visible_from_ms, message.sent_ms);
    }
    if let Some(group) = group {
        groups::joined(tx, queue.id, group, sequence, visible_from_ms)?;
    }
    retention::watch(tx, queue, message.sent_ms);
    tx.wake(WaitOn::Queue(queue.id));
    Ok(())
}

/// Moves a message from one time to another: it is hidden until then.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn shift(
    tx: &mut Tx,
    queue: u64,
    sequence: u64,
    (from_ms, to_ms): (u64, u64),
    ready: &Ready,
    now_ms: u64,
) -> Result<(), Failure> {
    tx.remove(&keys::ready(queue, from_ms, sequence));
    put_ready(tx, queue, to_ms, sequence, ready, to_ms > now_ms);
    if from_ms > now_ms {
        tx.showed(queue, from_ms);
    }
    if to_ms > now_ms {
        tx.hid(queue, to_ms);
    } else {
        // Hidden for no time: it is there for the next one.
        tx.wake(WaitOn::Queue(queue));
    }
    match &ready.group {
        Some(group) => groups::shifted(tx, queue, group, sequence, to_ms),
        None => Ok(()),
    }
}

/// Takes a message out of its queue.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn remove(tx: &mut Tx, queue: u64, sequence: u64, at_ms: u64, ready: &Ready) -> Result<(), Failure> {
    tx.remove(&keys::ready(queue, at_ms, sequence));
    tx.remove(&keys::message(queue, sequence));
    tx.count(Counted::Messages(queue), -1);
    if ready.receive_count > 0 {
        // Most messages are received once and have no such row: looking costs less than a removal that removes nothing.
        let moved = keys::moved(queue, sequence);
        if tx.bytes(moved.as_bytes())?.is_some() {
            tx.remove(&moved);
        }
        tx.showed(queue, at_ms);
    } else {
        tx.undelayed(queue, at_ms);
    }
    match &ready.group {
        Some(group) => groups::left(tx, queue, group, sequence),
        None => Ok(()),
    }
}

/// Writes a `Ready` row, and keeps a standard queue's head, and the end of its gap, below it.
fn put_ready(tx: &mut Tx, queue: u64, visible_from_ms: u64, sequence: u64, ready: &Ready, hidden: bool) {
    let key = keys::ready(queue, visible_from_ms, sequence);
    if hidden {
        tx.narrow_queue_gap(queue, key.as_bytes());
        // Those who wait already found nothing to wait for.
        tx.wake_at(WaitOn::Queue(queue), visible_from_ms);
    }
    if ready.group.is_none() && tx.queue_head(queue).is_some_and(|head| head > key.as_bytes()) {
        tx.move_queue_head(queue, key.as_bytes().to_vec());
    }
    tx.put(&key, ready);
}

/// Where a message is that someone has a receipt of.
#[derive(Debug)]
pub struct Place {
    pub visible_from_ms: u64,
    pub ready: Ready,
}

impl Place {
    /// Where the receipt says, unless the message moved on since. `None`: it is gone.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn find(tx: &Tx, receipt: &Receipt) -> Result<Option<Self>, Failure> {
        let Receipt { queue, sequence, visible_from_ms, .. } = *receipt;
        let moved: Option<u64> = tx.row(&keys::moved(queue, sequence))?;
        let visible_from_ms = moved.unwrap_or(visible_from_ms);
        let Some(bytes) = tx.bytes(keys::ready(queue, visible_from_ms, sequence).as_bytes())? else {
            return Ok(None);
        };
        Ok(Some(Self { visible_from_ms, ready: row::decode(&bytes)? }))
    }

    /// Whether the receipt is of the last receive, and the message still hidden by it.
    #[must_use]
    pub fn is_held_by(&self, receipt: &Receipt, now_ms: u64) -> bool {
        self.ready.receive_count == receipt.receive_count && self.visible_from_ms > now_ms
    }
}

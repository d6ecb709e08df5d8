//! The groups of a FIFO queue: messages of one group are received in order, none before those in front of it are deleted.
//!
//! Of each group the first message is known, and by its time the group stands among the others; so neither a send nor a
//! delete ever looks over what was deleted before.

use crate::failure::{Failure, WaitOn};
use crate::rows::{Rows, RowsExt};
use crate::sqs::keys;
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use stepwell_store::Direction;

/// The first message of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct First {
    #[n(0)]
    pub sequence: u64,
    #[n(1)]
    pub visible_from_ms: u64,
}

/// A message was put at the end of a group.
pub fn joined(
    tx: &mut Tx,
    queue: u64,
    group: &str,
    sequence: u64,
    visible_from_ms: u64,
) -> Result<(), Failure> {
    tx.put(&keys::group_message(queue, group, sequence), &visible_from_ms);
    if tx.row::<First>(&keys::group(queue, group))?.is_none() {
        put_first(tx, queue, group, First { sequence, visible_from_ms });
    }
    Ok(())
}

/// A message of a group is visible from another time on.
pub fn shifted(
    tx: &mut Tx,
    queue: u64,
    group: &str,
    sequence: u64,
    visible_from_ms: u64,
) -> Result<(), Failure> {
    tx.put(&keys::group_message(queue, group, sequence), &visible_from_ms);
    let first: Option<First> = tx.row(&keys::group(queue, group))?;
    if let Some(first) = first.filter(|first| first.sequence == sequence) {
        tx.remove(&keys::group_ready(queue, first.visible_from_ms, sequence));
        put_first(tx, queue, group, First { sequence, visible_from_ms });
    }
    Ok(())
}

/// A message left its group: if it was the first, the next one may be received.
pub fn left(tx: &mut Tx, queue: u64, group: &str, sequence: u64) -> Result<(), Failure> {
    tx.remove(&keys::group_message(queue, group, sequence));
    let first: Option<First> = tx.row(&keys::group(queue, group))?;
    let Some(first) = first.filter(|first| first.sequence == sequence) else { return Ok(()) };
    tx.remove(&keys::group_ready(queue, first.visible_from_ms, sequence));
    match messages_from(tx, queue, group, sequence + 1, 1)?.first() {
        Some((sequence, visible_from_ms)) => {
            let first = First { sequence: *sequence, visible_from_ms: *visible_from_ms };
            put_first(tx, queue, group, first);
            tx.wake(WaitOn::Queue(queue));
        }
        None => tx.remove(&keys::group(queue, group)),
    }
    Ok(())
}

/// At most `most` messages of a group in order, from this one on: the sequence of each, and from when it is visible.
pub fn messages_from(
    rows: &dyn Rows,
    queue: u64,
    group: &str,
    sequence: u64,
    most: usize,
) -> Result<Vec<(u64, u64)>, Failure> {
    let start = keys::group_message(queue, group, sequence);
    let end = keys::group_messages(queue, group).end();
    let found = rows.scan(start.as_bytes(), &end, Direction::Forward, most)?;
    found
        .iter()
        .map(|(key, value)| Ok((keys::read_group_message(key)?, crate::row::decode(value)?)))
        .collect()
}

/// Writes which message is a group's first, and keeps the queue's head below it.
fn put_first(tx: &mut Tx, queue: u64, group: &str, first: First) {
    tx.put(&keys::group(queue, group), &first);
    let key = keys::group_ready(queue, first.visible_from_ms, first.sequence);
    if tx.queue_head(queue).is_some_and(|head| head > key.as_bytes()) {
        tx.move_queue_head(queue, key.as_bytes().to_vec());
    }
    tx.put(&key, &group);
}

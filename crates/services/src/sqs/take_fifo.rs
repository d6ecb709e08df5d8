//! Takes messages from the groups of a FIFO queue: as many as there are of the group that waits longest, then of the next.

use crate::failure::Failure;
use crate::keys::Key;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::sqs::take::{Most, Receipts, SCAN, Taking};
use crate::sqs::{groups, keys};
use crate::tx::Tx;
use stepwell_store::Direction;

/// Receives at most `most` messages.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn take(taking: &Taking, most: Most, tx: &mut Tx) -> Result<Receipts, Failure> {
    let queue = taking.queue.id;
    let end = keys::group_readies(queue).end();
    let known = tx.queue_head(queue).map(<[u8]>::to_vec);
    let mut head = known.unwrap_or_else(|| keys::group_readies(queue).into_bytes());
    let mut receipts = Receipts::default();
    let mut budget = taking.context.settings.rows_per_command;
    // A group whose messages are hidden for no time is ready again at once: its turn comes with the next receive.
    let mut seen: Vec<String> = Vec::new();
    while most.left(&receipts) > 0 && budget > 0 && receipts.next_ms.is_none() {
        let rows = tx.scan(&head, &end, Direction::Forward, SCAN)?;
        if rows.is_empty() {
            break;
        }
        for (key, group) in rows {
            let (visible_from_ms, sequence) = keys::read_group_ready(&key)?;
            if visible_from_ms > taking.context.now_ms {
                receipts.next_ms = Some(visible_from_ms);
                break;
            }
            if most.left(&receipts) == 0 || budget == 0 {
                break;
            }
            head = Key::after(&key);
            let group: String = row::decode(&group)?;
            if !seen.contains(&group) {
                take_group(taking, &group, sequence, most, &mut budget, &mut receipts, tx)?;
                seen.push(group);
            }
        }
    }
    if budget == 0 && receipts.messages.is_empty() {
        // Only dead or expired messages so far: look again at once, in another turn.
        receipts.next_ms = Some(taking.context.now_ms);
    }
    remember(taking, head, &seen, tx)?;
    Ok(receipts)
}

/// Takes what is visible of a group, in order, up to the first message that isn't.
fn take_group(
    taking: &Taking,
    group: &str,
    first: u64,
    most: Most,
    budget: &mut usize,
    receipts: &mut Receipts,
    tx: &mut Tx,
) -> Result<(), Failure> {
    let queue = taking.queue.id;
    let mut next = first;
    while most.left(receipts) > 0 && *budget > 0 {
        let messages = groups::messages_from(tx, queue, group, next, most.left(receipts))?;
        if messages.is_empty() {
            return Ok(());
        }
        for (sequence, visible_from_ms) in messages {
            if visible_from_ms > taking.context.now_ms || *budget == 0 || most.left(receipts) == 0 {
                return Ok(());
            }
            *budget -= 1;
            next = sequence + 1;
            let ready = tx.row(&keys::ready(queue, visible_from_ms, sequence))?.ok_or_else(|| {
                Failure::broken(format!("message {sequence} of queue {queue} is in a group and not ready"))
            })?;
            receipts.add(taking.one(sequence, visible_from_ms, ready, tx)?);
        }
    }
    Ok(())
}

/// Remembers the head: before it stand only the groups that were looked at and are ready again already.
fn remember(taking: &Taking, mut head: Vec<u8>, seen: &[String], tx: &mut Tx) -> Result<(), Failure> {
    let queue = taking.queue.id;
    for group in seen {
        if let Some(first) = tx.row::<groups::First>(&keys::group(queue, group))? {
            let key = keys::group_ready(queue, first.visible_from_ms, first.sequence);
            head = head.min(key.into_bytes());
        }
    }
    tx.move_queue_head(queue, head);
    Ok(())
}

//! Messages that nobody took in time: they are neither received nor counted any more, and swept now and then.
//!
//! A queue that has messages has one timer, for when the oldest may be too old; the sweep looks over all in turns and sets it
//! again. An empty queue has none.

use crate::context::Context;
use crate::effect::{Continuation, Effect, SweepQueue};
use crate::failure::Failure;
use crate::keys::Key;
use crate::row;
use crate::rows::Rows;
use crate::sqs::model::{Queue, Ready};
use crate::sqs::{keys, placement};
use crate::timer::Timer;
use crate::tx::Tx;
use std::sync::Arc;
use stepwell_store::Direction;

/// A long queue is not looked over more often than this.
const SHORTEST_PAUSE_MS: u64 = 60_000;
const LONGEST_PAUSE_MS: u64 = 3_600_000;

/// A message came into a queue: if it is the first in a while, the sweep is set.
pub fn watch(tx: &mut Tx, queue: &Queue, sent_ms: u64) {
    if queue.sweep_due_ms == 0 {
        set(tx, &mut queue.clone(), sent_ms + queue.retention_s() * 1000);
    }
}

/// Sets the sweep of a queue anew, since its retention changed.
pub fn reset(tx: &mut Tx, queue: &mut Queue, now_ms: u64) {
    if queue.sweep_due_ms > 0 {
        forget(tx, queue);
        set(tx, queue, now_ms + pause_ms(queue));
    }
}

/// Takes the timer of a queue back that is gone.
pub fn forget(tx: &mut Tx, queue: &Queue) {
    if queue.sweep_due_ms > 0 {
        tx.disarm(queue.sweep_due_ms, &Timer::SweepQueue(queue.id));
    }
}

fn set(tx: &mut Tx, queue: &mut Queue, due_ms: u64) {
    queue.sweep_due_ms = due_ms;
    tx.arm(due_ms, &Timer::SweepQueue(queue.id));
    queue.put(tx);
}

fn pause_ms(queue: &Queue) -> u64 {
    (queue.retention_s() * 10).clamp(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS)
}

/// The timer of a queue is due.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn due(queue: u64, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let cursor = keys::readies(queue).into_bytes();
    go_on(&SweepQueue { queue, cursor, oldest_ms: u64::MAX }, tx, context)
}

/// Looks over a turn's worth of messages, and owes the rest or sets the next sweep.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(sweep: &SweepQueue, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let Some(queue) = Queue::by_id(sweep.queue, tx)? else { return Ok(()) };
    let mut queue = Arc::unwrap_or_clone(queue);
    let most = context.settings.rows_per_command;
    let all = keys::readies(queue.id);
    let rows = tx.scan(&sweep.cursor, &all.end(), Direction::Forward, most)?;
    let mut oldest_ms = sweep.oldest_ms;
    for (key, value) in &rows {
        let (at_ms, sequence) = keys::read_ready(key)?;
        let ready: Ready = row::decode(value)?;
        if queue.has_forgotten(ready.sent_ms, context.now_ms) {
            placement::remove(tx, queue.id, sequence, at_ms, &ready)?;
        } else {
            oldest_ms = oldest_ms.min(ready.sent_ms);
        }
    }
    if let Some((last, _)) = rows.last().filter(|_| rows.len() == most) {
        let sweep = SweepQueue { cursor: Key::after(last), oldest_ms, ..sweep.clone() };
        tx.owe(Effect::Continue(Continuation::SweepQueue(sweep)));
        return Ok(());
    }
    // What came in behind the cursor was not seen.
    let is_empty = tx.scan(all.as_bytes(), &all.end(), Direction::Forward, 1)?.is_empty();
    if is_empty {
        queue.sweep_due_ms = 0;
        queue.put(tx);
    } else {
        let oldest_ms = oldest_ms.min(context.now_ms);
        let due_ms = oldest_ms + queue.retention_s() * 1000;
        let earliest_ms = context.now_ms + pause_ms(&queue);
        set(tx, &mut queue, due_ms.max(earliest_ms));
    }
    Ok(())
}

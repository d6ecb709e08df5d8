//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html>
//!
//! A purge removes what was sent before it, a bounded number of messages a turn; AWS takes up to a minute for it too.

use crate::context::Context;
use crate::effect::{Continuation, Effect, PurgeQueue as Purge};
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Command;
use crate::row;
use crate::rows::Rows;
use crate::sqs::model::Queue;
use crate::sqs::{errors, keys, placement};
use crate::tx::Tx;
use serde::Deserialize;
use std::sync::Arc;
use stepwell_store::Direction;

/// One purge a minute is allowed.
const PAUSE_MS: u64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PurgeQueue {
    #[serde(default)]
    pub queue_url: String,
}

impl Command for PurgeQueue {
    const NAME: &'static str = "PurgeQueue";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut queue = Arc::unwrap_or_clone(Queue::by_url(&self.queue_url, tx, context)?);
        if queue.purged_ms > 0 && context.now_ms < queue.purged_ms + PAUSE_MS {
            return Err(errors::purge_queue_in_progress(&queue.name).into());
        }
        queue.purged_ms = context.now_ms;
        queue.put(tx);
        let before = tx.next_sequence();
        go_on(&Purge { queue: queue.id, before, cursor: keys::readies(queue.id).into_bytes() }, tx, context)
    }
}

/// Removes a turn's worth of messages, and owes the rest.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(purge: &Purge, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let most = context.settings.rows_per_command;
    let end = keys::readies(purge.queue).end();
    let rows = tx.scan(&purge.cursor, &end, Direction::Forward, most)?;
    for (key, value) in &rows {
        let (at_ms, sequence) = keys::read_ready(key)?;
        if sequence < purge.before {
            placement::remove(tx, purge.queue, sequence, at_ms, &row::decode(value)?)?;
        }
    }
    if let Some((last, _)) = rows.last().filter(|_| rows.len() == most) {
        let purge = Purge { cursor: Key::after(last), ..purge.clone() };
        tx.owe(Effect::Continue(Continuation::PurgeQueue(purge)));
    }
    Ok(())
}

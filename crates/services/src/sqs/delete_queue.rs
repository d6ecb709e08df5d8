//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html>
//!
//! The queue is gone at once and its name is free; its messages, which nobody can reach any more, are swept turn by turn.

use crate::context::Context;
use crate::effect::{Continuation, Effect};
use crate::failure::{Failure, WaitOn};
use crate::keys::Scope;
use crate::operation::Command;
use crate::rows::Rows;
use crate::sqs::model::Queue;
use crate::sqs::{keys, retention};
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_store::Direction;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteQueue {
    #[serde(default)]
    pub queue_url: String,
}

impl Command for DeleteQueue {
    const NAME: &'static str = "DeleteQueue";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        tx.remove(&keys::queue(&Scope::new(&queue.account, &queue.region), &queue.name));
        tx.remove(&keys::queue_by_id(queue.id));
        retention::forget(tx, &queue);
        tx.forget_queue_head(queue.id);
        // Whoever waits for its messages waits in vain.
        tx.wake_all(WaitOn::Queue(queue.id));
        sweep(queue.id, tx, context)
    }
}

/// Removes a turn's worth of the rows of a queue that is gone, and owes the rest.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn sweep(queue: u64, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let mut left = context.settings.rows_per_command;
    for all in keys::of_queue(queue) {
        let rows = tx.scan(all.as_bytes(), &all.end(), Direction::Forward, left)?;
        rows.iter().for_each(|(key, _)| tx.remove_bytes(key));
        left -= rows.len();
        if left == 0 {
            tx.owe(Effect::Continue(Continuation::ForgetQueue(queue)));
            return Ok(());
        }
    }
    Ok(())
}

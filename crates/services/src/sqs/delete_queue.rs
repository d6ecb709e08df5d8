//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html>
//!
//! The queue is gone at once and its name is free; its messages, which nobody can reach any more, are swept turn by turn.

use crate::context::Context;
use crate::effect::PurgeQueue as Purge;
use crate::failure::{Failure, WaitOn};
use crate::keys::Scope;
use crate::operation::Command;
use crate::sqs::model::Queue;
use crate::sqs::{keys, purge_queue};
use crate::tx::Tx;
use serde::Deserialize;

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
        tx.forget_queue_head(queue.id);
        // Whoever waits for its messages waits in vain.
        tx.wake_all(WaitOn::Queue(queue.id));
        let everything =
            Purge { queue: queue.id, before: u64::MAX, cursor: keys::readies(queue.id).into_bytes() };
        purge_queue::go_on(&everything, tx, context)
    }
}

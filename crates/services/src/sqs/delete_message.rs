//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html>
//!
//! Deleting what is deleted already succeeds. On a standard queue any handle that was ever given for the message will do, on a
//! FIFO queue only the last, and only while it hides the message.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::errors;
use crate::sqs::model::Queue;
use crate::sqs::placement::{self, Place};
use crate::sqs::receipt::Receipt;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessage {
    #[serde(default)]
    pub queue_url: String,
    pub receipt_handle: String,
}

impl Command for DeleteMessage {
    const NAME: &'static str = "DeleteMessage";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        delete_by_handle(&queue, &self.receipt_handle, tx, context)
    }
}

/// Removes the message of a handle, if it is still there.
///
/// # Errors
/// AWS's, for a handle that can't delete.
pub fn delete_by_handle(queue: &Queue, handle: &str, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let receipt = Receipt::open(handle, queue.id, context.secrets)?;
    let Some(place) = Place::find(tx, &receipt)? else { return Ok(()) };
    if queue.is_fifo() && !place.is_held_by(&receipt, context.now_ms) {
        return Err(errors::receipt_handle_has_expired(handle).into());
    }
    placement::remove(tx, queue.id, receipt.sequence, place.visible_from_ms, &place.ready)
}

/// Removes the message of a receipt, if it is still there.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn delete(tx: &mut Tx, receipt: &Receipt) -> Result<(), Failure> {
    match Place::find(tx, receipt)? {
        Some(place) => {
            let Receipt { queue, sequence, .. } = *receipt;
            placement::remove(tx, queue, sequence, place.visible_from_ms, &place.ready)
        }
        None => Ok(()),
    }
}

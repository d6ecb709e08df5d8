//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html>
//!
//! Deleting what is deleted already succeeds; on a standard queue any handle that was ever given for the message will do.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::sqs::keys;
use crate::sqs::model::{Queue, Ready};
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
        let receipt = Receipt::open(&self.receipt_handle, queue.id, context.secrets)?;
        delete(tx, &receipt)
    }
}

/// Removes the message of a receipt, if it is still there.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn delete(tx: &mut Tx, receipt: &Receipt) -> Result<(), Failure> {
    let Some(place) = Place::find(tx, receipt)? else { return Ok(()) };
    tx.remove(&keys::ready(receipt.queue, place.visible_from_ms, receipt.sequence));
    tx.remove(&keys::message(receipt.queue, receipt.sequence));
    if place.is_moved {
        tx.remove(&keys::moved(receipt.queue, receipt.sequence));
    }
    Ok(())
}

/// Where the `Ready` row of a message is now.
#[derive(Debug)]
pub struct Place {
    pub visible_from_ms: u64,
    pub ready: Ready,
    /// It has a `Moved` row.
    pub is_moved: bool,
}

impl Place {
    /// Where the receipt says, unless the message moved on since.
    pub fn find(tx: &Tx, receipt: &Receipt) -> Result<Option<Self>, Failure> {
        let Receipt { queue, sequence, visible_from_ms } = *receipt;
        let moved: Option<u64> = tx.row(&keys::moved(queue, sequence))?;
        let visible_from_ms = moved.unwrap_or(visible_from_ms);
        let Some(bytes) = tx.bytes(keys::ready(queue, visible_from_ms, sequence).as_bytes())? else {
            return Ok(None);
        };
        Ok(Some(Self { visible_from_ms, ready: row::decode(&bytes)?, is_moved: moved.is_some() }))
    }
}

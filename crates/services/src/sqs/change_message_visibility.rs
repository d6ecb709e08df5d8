//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>

use crate::context::Context;
use crate::failure::{Failure, WaitOn};
use crate::operation::Command;
use crate::sqs::model::Queue;
use crate::sqs::placement::{self, Place};
use crate::sqs::receipt::Receipt;
use crate::sqs::{errors, keys};
use crate::tx::Tx;
use serde::Deserialize;

/// A message can be hidden for twelve hours at most, counted from its receive.
const LONGEST_S: u64 = 43_200;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeMessageVisibility {
    #[serde(default)]
    pub queue_url: String,
    pub receipt_handle: String,
    pub visibility_timeout: i64,
}

impl Command for ChangeMessageVisibility {
    const NAME: &'static str = "ChangeMessageVisibility";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let queue = Queue::by_url(&self.queue_url, tx, context)?;
        change(tx, context, &queue, &self.receipt_handle, self.visibility_timeout)
    }
}

/// Hides a message in flight for `timeout_s` from now; 0 gives it back at once.
///
/// # Errors
/// AWS's, for a handle or a time that is wrong.
pub fn change(
    tx: &mut Tx,
    context: &Context,
    queue: &Queue,
    receipt_handle: &str,
    timeout_s: i64,
) -> Result<(), Failure> {
    let seconds = u64::try_from(timeout_s).ok().filter(|seconds| *seconds <= LONGEST_S);
    let seconds = seconds.ok_or_else(|| {
        let reason = "VisibilityTimeout must be an integer between 0 and 43200.";
        let text = format!("Value {timeout_s} for parameter VisibilityTimeout is invalid. Reason: {reason}");
        errors::invalid_parameter(text)
    })?;
    let receipt = Receipt::open(receipt_handle, queue.id, context.secrets)?;
    let Some(place) = Place::find(tx, &receipt)? else {
        let reason = "Message does not exist or is not available for visibility timeout change.";
        let text = format!("Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: {reason}");
        return Err(errors::invalid_parameter(text).into());
    };
    if queue.is_fifo() && !place.is_held_by(&receipt, context.now_ms) {
        return Err(errors::receipt_handle_has_expired(receipt_handle).into());
    }
    if place.visible_from_ms <= context.now_ms {
        return Err(errors::message_not_inflight().into());
    }
    let visible_from_ms = context.now_ms + seconds * 1000;
    if visible_from_ms > place.ready.received_ms + LONGEST_S * 1000 {
        let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
        let text = format!("Value {timeout_s} for parameter VisibilityTimeout is invalid. Reason: {reason}");
        return Err(errors::invalid_parameter(text).into());
    }
    let times = (place.visible_from_ms, visible_from_ms);
    placement::shift(tx, queue.id, receipt.sequence, times, &place.ready, context.now_ms)?;
    tx.put(&keys::moved(queue.id, receipt.sequence), &visible_from_ms);
    // Someone may have to look earlier than they meant to.
    tx.wake(WaitOn::Queue(queue.id));
    Ok(())
}

//! The end of a batch: what succeeded is deleted, what failed stays for its visibility timeout, and the poller goes on.

use super::poll::PollMapping;
use super::report::Failed;
use crate::calls;
use crate::context::Context;
use crate::effect::{EventSourceBatch, FunctionAnswer};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::tx::Tx;

/// How long a poller pauses after a batch that the function could not be given.
const PAUSE_MS: u64 = 1000;

/// Takes the function's answer in.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn completed(
    scope: &Scope,
    batch: &EventSourceBatch,
    answer: &FunctionAnswer,
    tx: &mut Tx,
    context: &Context,
) -> Result<(), Failure> {
    let (failed, not_before_ms) = match answer {
        FunctionAnswer::Ran { error: None, payload, .. } if batch.reports_failures => {
            let ids = batch.messages.iter().map(|message| message.id.as_str()).collect();
            (Failed::read(payload, &ids), 0)
        }
        FunctionAnswer::Ran { error: None, .. } => (Failed::none(), 0),
        FunctionAnswer::Ran { error: Some(_), .. } => (Failed::All, 0),
        FunctionAnswer::Refused { .. } => (Failed::All, context.now_ms + PAUSE_MS),
    };
    for message in batch.messages.iter().filter(|message| !failed.includes(&message.id)) {
        calls::delete_received(batch.queue, message.sequence, message.visible_from_ms, tx)?;
    }
    tx.then(PollMapping::after(batch, scope.clone(), not_before_ms));
    Ok(())
}

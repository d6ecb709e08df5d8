//! The tasks of activities on their way from a state to a worker.

use super::model::{Activity, WaitingTask};
use crate::effect::TaskAttempt;
use crate::failure::{Failure, WaitOn};
use crate::states::keys;
use crate::tx::Tx;

/// Puts a task where workers look for it. If the activity is gone, nobody will come.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn schedule(
    arn: &str,
    attempt: TaskAttempt,
    input: String,
    now_ms: u64,
    tx: &mut Tx,
) -> Result<(), Failure> {
    let Some(activity) = Activity::find(arn, tx)? else { return Ok(()) };
    let task = WaitingTask { frame: attempt.frame, input };
    tx.put(&keys::activity_task(activity.id, now_ms, &attempt), &task);
    tx.wake(WaitOn::Activity(activity.id));
    Ok(())
}

/// A task is over. If it still waits for a worker, it waits no longer.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn withdraw(arn: &str, attempt: &TaskAttempt, since_ms: u64, tx: &mut Tx) -> Result<(), Failure> {
    if let Some(activity) = Activity::find(arn, tx)? {
        tx.remove(&keys::activity_task(activity.id, since_ms, attempt));
    }
    Ok(())
}

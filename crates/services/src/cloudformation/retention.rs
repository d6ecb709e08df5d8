//! Deleted stacks are kept for ninety days, found by their ARN; then all of their rows go, some in each turn.

use super::keys;
use super::model::Stack;
use super::status::StackStatus;
use crate::context::Context;
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::keys::Key;
use crate::rows::{Rows, RowsExt};
use crate::timer::{self, Timer};
use crate::tx::Tx;
use stepwell_store::Direction;

const KEPT_MS: u64 = 90 * 24 * 60 * 60 * 1000;

/// Says when a deleted stack is to be forgotten.
pub fn plan(stack: &Stack, tx: &mut Tx) {
    if let Some(deleted_ms) = stack.deleted_ms {
        tx.arm(deleted_ms + KEPT_MS, &Timer::Stack(stack.id));
    }
}

/// Where the timer of a deleted stack stands.
#[must_use]
pub fn timer(stack: &Stack) -> Option<Key> {
    stack.deleted_ms.map(|deleted_ms| timer::key(deleted_ms + KEPT_MS, &Timer::Stack(stack.id)))
}

/// Forgets a turn's worth of a stack that was deleted long ago; leaves any other alone.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn sweep(id: u64, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let Some(stack) = tx.row::<Stack>(&keys::stack(id))? else { return Ok(()) };
    let is_over = stack.deleted_ms.is_some_and(|deleted_ms| deleted_ms + KEPT_MS <= context.now_ms);
    if stack.status != StackStatus::DeleteComplete || !is_over {
        return Ok(());
    }
    let most = context.settings.rows_per_command;
    for prefix in [keys::events(id), keys::resources(id), keys::templates(id)] {
        let rows = tx.scan(prefix.as_bytes(), &prefix.end(), Direction::Forward, most)?;
        rows.iter().for_each(|(key, _)| tx.remove_bytes(key));
        if rows.len() == most {
            tx.owe(Effect::Continue(Continuation::Stack(id)));
            return Ok(());
        }
    }
    let scope = stack.scope();
    tx.remove(&keys::by_uuid(&scope, &stack.uuid));
    tx.remove(&keys::by_number(&scope, id));
    tx.remove(&keys::stack(id));
    Ok(())
}

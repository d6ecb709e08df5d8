//! Closed executions are kept for ninety days, or as the server is told; then all of their rows go, a turn's worth at a time,
//! and their names are free again: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
//!
//! An execution that is redriven stays in the list, and is listed again when it ends once more: only its last place counts.
//!
//! The executions that end in one commit are listed in one row, and one timer serves all that end within an hour: under load
//! an end costs a few bytes, and no row. A sweep looks at the front of that list only, never at what runs.

use crate::context::Context;
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::operation::{AnyCommand, Reply};
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::states::model::{Facts, State};
use crate::states::{keys, map_run};
use crate::timer::Timer;
use crate::tx::Tx;
use stepwell_store::{Direction, Slice};

/// The list of one commit.
pub type Closed = Vec<(u64, u64)>;

/// Sweeps are this far apart at most, and closer where executions are kept for less than a day.
const LONGEST_PAUSE_MS: u64 = 3_600_000;
const SHORTEST_PAUSE_MS: u64 = 1000;

/// Lists the executions that ended in a commit at `at_ms`, and arms their sweep unless it is `armed_ms`; gives when it is.
pub fn list(at_ms: u64, closed: &Closed, armed_ms: Option<u64>, kept_ms: u64, tx: &mut Tx) -> u64 {
    let sequence = tx.next_sequence();
    tx.put(&keys::closed(at_ms, sequence), closed);
    let due_ms = due_ms(at_ms, kept_ms);
    if armed_ms != Some(due_ms) {
        tx.arm(due_ms, &Timer::ClosedExecutions);
    }
    due_ms
}

/// When executions that ended at `at_ms` are swept: all of an hour together.
fn due_ms(at_ms: u64, kept_ms: u64) -> u64 {
    let pause_ms = (kept_ms / 24).clamp(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS);
    at_ms.saturating_add(kept_ms).checked_next_multiple_of(pause_ms).unwrap_or(u64::MAX)
}

/// Forgets a turn's worth of the executions that were kept long enough, and owes the rest; or arms the next sweep.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn sweep(tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let kept_ms = context.settings.execution_retention_ms;
    let mut budget = context.settings.rows_per_command;
    while let Some((key, value)) = oldest(tx)? {
        let at_ms = keys::read_closed(&key)?;
        if at_ms.saturating_add(kept_ms) > context.now_ms {
            tx.arm(due_ms(at_ms, kept_ms), &Timer::ClosedExecutions);
            return Ok(());
        }
        let closed: Closed = row::decode(&value)?;
        let mut left = closed.as_slice();
        while let [(machine, execution), rest @ ..] = left {
            let is_kept = goes_on(*machine, *execution, at_ms, tx)?;
            if budget == 0 || !is_kept && !forget(*machine, *execution, &mut budget, tx)? {
                break;
            }
            left = rest;
        }
        if left.is_empty() {
            tx.remove_bytes(&key);
            continue;
        }
        tx.put_bytes_at(&key, row::encode(&left.to_vec()));
        tx.owe(Effect::Continue(Continuation::ForgetExecutions));
        return Ok(());
    }
    Ok(())
}

/// The front of the list.
fn oldest(rows: &(impl Rows + ?Sized)) -> Result<Option<(Slice, Slice)>, Failure> {
    let all = keys::all_closed();
    Ok(rows.scan(all.as_bytes(), &all.end(), Direction::Forward, 1)?.into_iter().next())
}

/// Whether an execution that is listed was redriven since: it runs, or ended once more and is listed again.
fn goes_on(machine: u64, execution: u64, at_ms: u64, rows: &(impl Rows + ?Sized)) -> Result<bool, Failure> {
    let state: Option<State> = rows.row(&keys::state(machine, execution))?;
    Ok(state.is_some_and(|state| state.stopped_ms.is_none_or(|stopped_ms| stopped_ms > at_ms)))
}

/// Removes the rows of an execution as far as the budget goes; whether nothing is left of it. It isn't found any more from
/// the first of these turns on.
fn forget(machine: u64, execution: u64, budget: &mut usize, tx: &mut Tx) -> Result<bool, Failure> {
    let key = keys::execution(machine, execution);
    if let Some(facts) = tx.row::<Facts>(&key)? {
        tx.remove(&keys::execution_name(machine, &facts.name));
        tx.remove(&keys::state(machine, execution));
        tx.remove(&key);
    }
    let runs = map_run::forget_all_of(&keys::map_runs(machine, execution), (*budget).max(1), tx)?;
    *budget = budget.saturating_sub(3 + 4 * runs);
    let all = keys::histories(machine, execution);
    let most = (*budget).max(1);
    let history = tx.scan(all.as_bytes(), &all.end(), Direction::Forward, most)?;
    history.iter().for_each(|(key, _)| tx.remove_bytes(key));
    *budget = budget.saturating_sub(history.len());
    Ok(history.len() < most)
}

/// The execution of which only a part of the history is left. A list that can't be read is said so by whoever checks it.
#[must_use]
pub fn going(rows: &dyn Rows) -> Option<u64> {
    let (_, value) = oldest(rows).ok()??;
    let closed: Closed = row::decode(&value).ok()?;
    let (machine, execution) = *closed.first()?;
    let is_there = rows.bytes(keys::execution(machine, execution).as_bytes()).ok()?.is_some();
    (!is_there).then_some(execution)
}

/// What a start begins with, if executions are kept.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn resumed(rows: &dyn Rows) -> Result<Option<Box<dyn AnyCommand>>, Failure> {
    Ok(oldest(rows)?.map(|_| Box::new(SweepExecutions) as Box<dyn AnyCommand>))
}

/// Looks at the front of the list: what is to go, and when to look next.
struct SweepExecutions;

impl AnyCommand for SweepExecutions {
    fn name(&self) -> &'static str {
        "SweepExecutions"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        sweep(tx, context)?;
        Ok(Box::new(()))
    }
}

#[cfg(test)]
mod tests;

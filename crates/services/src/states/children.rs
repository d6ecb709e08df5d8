//! Executions for whose ends tasks of others wait: `startExecution.sync`.
//!
//! The child's end and what its parent makes of it are one commit. Who is told may end by that and has parents of its own: they
//! are told in turn, some of them at once and the rest in a turn of their own. A parent goes on in its own turn, too.

use crate::context::Context;
use crate::effect::{Continuation, Effect, TaskAttempt};
use crate::failure::Failure;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::states::integrations::start_execution::{Described, child_ended};
use crate::states::keys;
use crate::states::model::{Child, Facts, Found, State};
use crate::states::run::Run;
use crate::tx::Tx;
use std::collections::VecDeque;
use stepwell_asl::definition::StateMachine;
use stepwell_engine::{Attempt, Event, FrameId, Status};
use stepwell_store::Direction;

/// Executions that are told in one command at most.
const TOLD_AT_ONCE: usize = 20;

/// The attempt that an event ends from outside, if it is such an event.
pub fn answered_by(event: &Event) -> Option<(FrameId, Attempt)> {
    match event {
        Event::TaskSucceeded { frame, attempt, .. } | Event::TaskFailed { frame, attempt, .. } => {
            Some((*frame, *attempt))
        }
        _ => None,
    }
}

/// Waits no longer for the children whose tasks are over. A child goes on if its task was answered, by the child's own end or
/// with the token; if the task was given up, so is the child.
pub fn let_go(
    (machine, execution): (u64, u64),
    state: &mut State,
    definition: &StateMachine,
    answered: &[(FrameId, Attempt)],
    tx: &mut Tx,
) {
    let Some(children) = state.children.take() else { return };
    let is_out = |child: &Child| {
        let mut tasks = state.engine.tasks(definition);
        tasks.any(|task| (task.frame.0, task.attempt.0) == (child.frame, child.attempt))
    };
    let (waiting, over): (Vec<_>, Vec<_>) = children.into_iter().partition(is_out);
    for child in over {
        let attempt = TaskAttempt { machine, execution, frame: child.frame, attempt: child.attempt };
        tx.remove(&keys::execution_wait(child.machine, child.execution, &attempt));
        if !answered.contains(&(FrameId(child.frame), Attempt(child.attempt))) {
            tx.owe(Effect::Continue(Continuation::StopChild(child.machine, child.execution)));
        }
    }
    state.children = (!waiting.is_empty()).then_some(waiting);
}

/// The parent's rows are about to be removed: nobody waits for its children any more, and they are given up.
pub fn give_up(machine: u64, execution: u64, state: &State, tx: &mut Tx) {
    for child in state.children.iter().flatten() {
        let attempt = TaskAttempt { machine, execution, frame: child.frame, attempt: child.attempt };
        tx.remove(&keys::execution_wait(child.machine, child.execution, &attempt));
        tx.owe(Effect::Continue(Continuation::StopChild(child.machine, child.execution)));
    }
}

/// Stops an execution that its parent gave up, if it still runs.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn stop(machine: u64, execution: u64, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    match Found::by_number(machine, execution, tx)? {
        Some(found) if found.state.status() == Status::Running => {
            let stop = Event::Stop { error: None, cause: None };
            Run::of(found, tx)?.advance(stop, tx, context).map(drop)
        }
        _ => Ok(()),
    }
}

/// Tells whoever waits for an execution that it ended.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn tell(machine: u64, execution: u64, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let mut ended = VecDeque::from([(machine, execution)]);
    for _ in 0..TOLD_AT_ONCE {
        let Some((machine, execution)) = ended.pop_front() else { return Ok(()) };
        let all = keys::execution_waits(machine, execution);
        let Some((key, value)) = tx.scan(all.as_bytes(), &all.end(), Direction::Forward, 1)?.pop() else {
            continue;
        };
        // There may be more of them.
        ended.push_back((machine, execution));
        tx.remove_bytes(&key);
        let (_, attempt) = keys::read_execution_wait(&key, row::decode(&value)?)?;
        let child = Found::by_number(machine, execution, tx)?.map(Described::from);
        ended.extend(hand_over(&attempt, child.as_ref(), tx, context)?);
    }
    for (machine, execution) in ended {
        tx.owe(Effect::Continue(Continuation::TellOfEnd(machine, execution)));
    }
    Ok(())
}

/// The rows of an execution that runs are about to be removed: for whoever waits for it, it was aborted.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn lose(
    machine: u64,
    execution: u64,
    facts: Facts,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let child = Described::aborted(&facts, context.now_ms);
    let all = keys::execution_waits(machine, execution);
    for (key, frame) in tx.rows::<u32>(&all, usize::MAX)? {
        tx.remove_bytes(&key);
        let (_, attempt) = keys::read_execution_wait(&key, frame)?;
        if let Some((machine, execution)) = hand_over(&attempt, Some(&child), tx, context)? {
            tx.owe(Effect::Continue(Continuation::TellOfEnd(machine, execution)));
        }
    }
    Ok(())
}

/// Gives the child's end to the task that waits for it. Gives the parent back if it ended by that, and is waited for itself.
fn hand_over(
    attempt: &TaskAttempt,
    child: Option<&Described>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Option<(u64, u64)>, Failure> {
    let parent = (attempt.machine, attempt.execution);
    let Some(found) = Found::by_number(attempt.machine, attempt.execution, tx)? else { return Ok(None) };
    let run = Run::of(found, tx)?;
    let Some(integration) = run.integration(attempt) else { return Ok(None) };
    let event = child_ended(attempt, &integration, child);
    Ok(run.take_in(0, event, tx, context)?.is_end_awaited.then_some(parent))
}

#[cfg(test)]
mod tests;

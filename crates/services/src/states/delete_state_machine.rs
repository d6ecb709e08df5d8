//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>
//!
//! An unknown ARN succeeds (recorded). The name is free at once; executions that run are stopped, a turn's worth at a time.
//! AWS lets them run into their next transition; here none goes on unseen.

use crate::context::Context;
use crate::effect::{Continuation, DeleteMachine, Effect};
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::{Command, Nothing};
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::states::model::{Facts, Machine, State};
use crate::states::qualified::{Qualified, Qualifier};
use crate::states::run::compiled;
use crate::states::{children, errors, keys, map_run, waits, withdraw};
use crate::timer::Timer;
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_engine::Status;
use stepwell_store::Direction;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteStateMachine {
    pub state_machine_arn: String,
}

impl Command for DeleteStateMachine {
    const NAME: &'static str = "DeleteStateMachine";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let named = Qualified::parse(&self.state_machine_arn)?;
        if matches!(named.qualifier, Qualifier::Label(_)) {
            return Err(errors::labelled_state_machine(&self.state_machine_arn).into());
        }
        match Machine::by_arn(&self.state_machine_arn, tx) {
            Ok(machine) => {
                tx.remove(&keys::machine(&machine.scope(), &machine.name));
                go_on(&DeleteMachine { machine: machine.id }, tx, context)?;
            }
            // It isn't there: that is what was asked for.
            Err(Failure::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
        Ok(Nothing {})
    }
}

/// Removes a turn's worth of a deleted state machine's rows, and owes the rest. An execution that still runs loses its
/// timer and its state with them: whoever answers its token finds that the task does not exist any more.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(deletion: &DeleteMachine, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let machine = deletion.machine;
    let executions = keys::executions(machine);
    let most = context.settings.rows_per_command / 4;
    let rows = tx.scan(executions.as_bytes(), &executions.end(), Direction::Forward, most)?;
    for (key, value) in &rows {
        let execution = keys::read_execution(key)?;
        let facts: Facts = row::decode(value)?;
        if let Some(child) = &facts.child {
            tx.remove(&keys::map_name(child.root, &facts.name));
        }
        let state_key = keys::state(machine, execution);
        if let Some(state) = tx.row::<State>(&state_key)? {
            if let Some(due_ms) = state.timer_ms {
                tx.disarm(due_ms, &Timer::Execution(machine, execution));
            }
            waits::forget(&state, tx);
            take_back(machine, execution, facts, &state, tx, context)?;
        }
        tx.remove(&state_key);
        tx.remove_bytes(key);
    }
    tx.remove(&keys::map_output(machine));
    let runs = map_run::forget_all_of(&keys::map_runs_of_machine(machine), most, tx)?;
    let mut left = rows.len() == most || runs == most;
    // Definitions are needed as long as there are executions.
    let families = [
        keys::histories_of_machine(machine),
        keys::names(machine),
        keys::revisions(machine),
        keys::versions(machine),
        keys::aliases(machine),
        keys::map_names(machine),
    ];
    for family in families.iter().filter(|_| rows.len() < most) {
        left |= sweep(family, most, tx)?;
    }
    if left {
        tx.owe(Effect::Continue(Continuation::DeleteMachine(deletion.clone())));
    }
    Ok(())
}

/// Takes back what an execution that still runs left elsewhere: its tasks, its children, and what waits for its end.
fn take_back(
    machine: u64,
    execution: u64,
    facts: Facts,
    state: &State,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    if state.status() != Status::Running {
        return Ok(());
    }
    if state.waits.is_some() {
        let definition = compiled(machine, facts.revision, tx)?;
        for out in withdraw::out(state, &definition.definition) {
            out.withdraw(machine, execution, tx)?;
        }
    }
    children::give_up(machine, execution, state, tx);
    match facts.is_awaited {
        Some(true) => children::lose(machine, execution, facts, tx, context),
        _ => Ok(()),
    }
}

/// Removes rows of a prefix; whether more may be left.
fn sweep(prefix: &Key, most: usize, tx: &mut Tx) -> Result<bool, Failure> {
    let rows = tx.scan(prefix.as_bytes(), &prefix.end(), Direction::Forward, most)?;
    rows.iter().for_each(|(key, _)| tx.remove_bytes(key));
    Ok(rows.len() == most)
}

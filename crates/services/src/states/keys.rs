//! The rows of Step Functions. A state machine and an execution have numbers of their own, which grow: a machine that is
//! made anew under an old name has no executions, and executions stand in the order in which they were started.

use crate::effect::TaskAttempt;
use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader, Scope};
use crate::states::map_run::model::Place;

/// `account, region, name` → [`super::model::Machine`].
pub fn machine(scope: &Scope, name: &str) -> Key {
    Key::new(Family::StateMachine).scope(scope).text(name)
}

/// All state machines of an account in a region, by name.
pub fn machines(scope: &Scope) -> Key {
    Key::new(Family::StateMachine).scope(scope)
}

/// `machine, revision` → [`super::model::Revision`]: an execution keeps the one that it started with.
pub fn revision(machine: u64, revision: u64) -> Key {
    Key::new(Family::Revision).number(machine).number(revision)
}

/// `machine, version` → [`super::versions::model::Version`].
pub fn version(machine: u64, version: u64) -> Key {
    versions(machine).number(version)
}

/// All versions of a state machine, the oldest first.
pub fn versions(machine: u64) -> Key {
    Key::new(Family::MachineVersion).number(machine)
}

/// The number of a [`version`] key.
pub fn read_version(key: &[u8]) -> Result<u64, Failure> {
    let mut reader = KeyReader::new(key, Family::MachineVersion)?;
    reader.number()?;
    reader.number()
}

/// `machine, name` → [`super::aliases::model::Alias`].
pub fn alias(machine: u64, name: &str) -> Key {
    aliases(machine).text(name)
}

/// All aliases of a state machine, by name.
pub fn aliases(machine: u64) -> Key {
    Key::new(Family::MachineAlias).number(machine)
}

/// `machine, name` → the execution's number.
pub fn execution_name(machine: u64, name: &str) -> Key {
    Key::new(Family::ExecutionName).number(machine).text(name)
}

/// `machine, execution` → [`super::model::Facts`]: what never changes, and the list of a machine's executions.
pub fn execution(machine: u64, execution: u64) -> Key {
    Key::new(Family::Execution).number(machine).number(execution)
}

/// All executions of a state machine, the oldest first.
pub fn executions(machine: u64) -> Key {
    Key::new(Family::Execution).number(machine)
}

/// The execution's number of an [`execution`] key.
pub fn read_execution(key: &[u8]) -> Result<u64, Failure> {
    let mut reader = KeyReader::new(key, Family::Execution)?;
    reader.number()?;
    reader.number()
}

/// `machine, execution` → [`super::model::State`]: what is written at each step, kept small.
pub fn state(machine: u64, execution: u64) -> Key {
    Key::new(Family::ExecutionState).number(machine).number(execution)
}

/// `machine, execution, id of the first event` → the events of one commit.
pub fn history(machine: u64, execution: u64, first_event_id: u64) -> Key {
    Key::new(Family::History).number(machine).number(execution).number(first_event_id)
}

/// The whole history of an execution, in order.
pub fn histories(machine: u64, execution: u64) -> Key {
    Key::new(Family::History).number(machine).number(execution)
}

/// The histories of all executions of a state machine.
pub fn histories_of_machine(machine: u64) -> Key {
    Key::new(Family::History).number(machine)
}

/// `time of the commit (ms), its last sequence number` → `[(machine, execution)]`: the executions that ended in one commit and
/// are still kept, the oldest first. One row for all of them, so that an end costs no row of its own.
pub fn closed(at_ms: u64, sequence: u64) -> Key {
    all_closed().number(at_ms).number(sequence)
}

/// All closed executions.
pub fn all_closed() -> Key {
    Key::new(Family::ClosedExecutions)
}

/// The time of a [`closed`] key.
pub fn read_closed(key: &[u8]) -> Result<u64, Failure> {
    KeyReader::new(key, Family::ClosedExecutions)?.number()
}

/// `parent's machine, parent, run` → [`MapRun`](super::map_run::model::MapRun): as long as its parent. A run's number is that
/// of a state machine for its children.
pub fn map_run(place: &Place) -> Key {
    map_runs(place.machine, place.execution).number(place.run)
}

/// All runs of an execution, the oldest first.
pub fn map_runs(machine: u64, execution: u64) -> Key {
    map_runs_of_machine(machine).number(execution)
}

/// All runs of all executions of a state machine.
pub fn map_runs_of_machine(machine: u64) -> Key {
    Key::new(Family::MapRun).number(machine)
}

/// `state machine, name` → [`Place`]: of a run by its own name and by those of its children, which stand in their ARNs.
pub fn map_name(machine: u64, name: &str) -> Key {
    map_names(machine).text(name)
}

/// The names of all runs of a state machine, and of their children.
pub fn map_names(machine: u64) -> Key {
    Key::new(Family::MapName).number(machine)
}

/// `run` → text: what was gathered of its results, while they are.
pub fn map_output(run: u64) -> Key {
    Key::new(Family::MapOutput).number(run)
}

/// The names of all executions of a state machine.
pub fn names(machine: u64) -> Key {
    Key::new(Family::ExecutionName).number(machine)
}

/// `account, region, name` → [`super::activities::model::Activity`].
pub fn activity(scope: &Scope, name: &str) -> Key {
    Key::new(Family::Activity).scope(scope).text(name)
}

/// All activities of an account in a region, by name.
pub fn activities(scope: &Scope) -> Key {
    Key::new(Family::Activity).scope(scope)
}

/// `activity, time of scheduling (ms), machine, execution, attempt` → [`super::activities::model::WaitingTask`]: a task that no
/// worker has taken yet. All parts are known to its execution, which removes the row when the task is over.
pub fn activity_task(activity: u64, since_ms: u64, attempt: &TaskAttempt) -> Key {
    let TaskAttempt { machine, execution, attempt, .. } = *attempt;
    activity_tasks(activity).number(since_ms).number(machine).number(execution).number(attempt)
}

/// The tasks that wait for workers of an activity, the oldest first.
pub fn activity_tasks(activity: u64) -> Key {
    Key::new(Family::ActivityTask).number(activity)
}

/// The state machine, the execution and the attempt of an [`activity_task`] key.
pub fn read_activity_task(key: &[u8]) -> Result<(u64, u64, u64), Failure> {
    let mut reader = KeyReader::new(key, Family::ActivityTask)?;
    reader.number()?;
    reader.number()?;
    Ok((reader.number()?, reader.number()?, reader.number()?))
}

/// `machine, execution, parent's machine, parent's execution, attempt` → the frame of the attempt: a task that waits for an
/// execution's end. Gone when either is over.
pub fn execution_wait(machine: u64, execution: u64, attempt: &TaskAttempt) -> Key {
    execution_waits(machine, execution)
        .number(attempt.machine)
        .number(attempt.execution)
        .number(attempt.attempt)
}

/// All that wait for an execution.
pub fn execution_waits(machine: u64, execution: u64) -> Key {
    Key::new(Family::ExecutionWait).number(machine).number(execution)
}

/// The execution of an [`execution_wait`] key, and the attempt that waits for it in this frame.
pub fn read_execution_wait(key: &[u8], frame: u32) -> Result<((u64, u64), TaskAttempt), Failure> {
    let mut reader = KeyReader::new(key, Family::ExecutionWait)?;
    let awaited = (reader.number()?, reader.number()?);
    let (machine, execution, attempt) = (reader.number()?, reader.number()?, reader.number()?);
    Ok((awaited, TaskAttempt { machine, execution, frame, attempt }))
}

/// All revisions of a state machine.
pub fn revisions(machine: u64) -> Key {
    Key::new(Family::Revision).number(machine)
}

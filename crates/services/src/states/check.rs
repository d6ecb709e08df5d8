//! What the rows of Step Functions owe one another: an execution is its facts, its state, its name, its history without a gap,
//! its one timer while it runs, and its place among the closed ones afterwards.
//!
//! Executions, states and histories stand in the same order, so each is compared with its own at the place where it is met;
//! what is kept from row to row is one execution.

use crate::check::{Check, Tally};
use crate::counts::Counted;
use crate::effect::TaskAttempt;
use crate::failure::Failure;
use crate::keys::{Family, KeyReader};
use crate::row;
use crate::rows::Rows;
use crate::states::activities::model::{Activity, WaitingTask};
use crate::states::aliases::model::Alias;
use crate::states::keys;
use crate::states::map_run::model::{MapRun, Phase, Place};
use crate::states::model::{Facts, Machine, Revision, State, revision};
use crate::states::versions::model::Version;
use crate::timer::{self, Timer};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use stepwell_asl::definition::{MachineType, Resource, StateMachine};
use stepwell_engine::{HistoryEvent, Status};
use stepwell_store::{Direction, Slice};

/// Compiled definitions that are kept at a time.
const MOST_COMPILED: usize = 512;

/// What is remembered from row to row.
#[derive(Default)]
pub struct Checker {
    compiled: HashMap<(u64, u64), Option<Arc<StateMachine>>>,
    /// The execution whose history is being read, and the event that has to come next.
    history: Option<(u64, u64, u64)>,
    /// Executions that ended, and the entries of the list of closed ones that name one which is there.
    closed: Tally,
    /// The same of those that were redriven, which may be listed more than once.
    redriven: HashSet<u64>,
    redriven_listed: HashSet<u64>,
}

impl Checker {
    /// Looks at a row.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it can't be read.
    pub fn row(
        &mut self,
        family: Family,
        key: &[u8],
        value: &Slice,
        check: &mut Check,
    ) -> Result<(), Failure> {
        let mut parts = KeyReader::new(key, family)?;
        match family {
            Family::StateMachine => machine(key, &row::decode(value)?, check),
            Family::Revision => {
                let (machine, number) = (parts.number()?, parts.number()?);
                check.expect_owner(Family::StateMachine, machine, key);
                row::decode::<Revision>(value)?;
                if self.compiled(machine, number, check)?.is_none() {
                    check.wrong(key, "its definition doesn't compile");
                }
                Ok(())
            }
            Family::MachineVersion => {
                version(key, parts.number()?, parts.number()?, &row::decode(value)?, check)
            }
            Family::MachineAlias => alias(key, parts.number()?, &row::decode(value)?, check),
            Family::ExecutionName => name(key, parts.number()?, &parts.text()?, row::decode(value)?, check),
            Family::Execution => facts(key, parts.number()?, parts.number()?, &row::decode(value)?, check),
            Family::ExecutionState => {
                self.state(key, parts.number()?, parts.number()?, &row::decode(value)?, check)
            }
            Family::History => {
                let (machine, execution, first) = (parts.number()?, parts.number()?, parts.number()?);
                self.events(key, (machine, execution), first, value, check)
            }
            Family::MapRun => run(key, &row::decode(value)?, check),
            Family::MapName => {
                row::decode::<Place>(value)?;
                check.expect_owner(Family::StateMachine, parts.number()?, key);
                Ok(())
            }
            Family::MapOutput => {
                row::decode::<String>(value)?;
                check.expect_owner(Family::StateMachine, parts.number()?, key);
                Ok(())
            }
            Family::ClosedExecutions => self.closed(key, &row::decode(value)?, check),
            Family::Activity => activity(key, &row::decode(value)?, check),
            Family::ExecutionWait => execution_wait(key, row::decode(value)?, check),
            Family::ActivityTask => self.activity_task(key, parts.number()?, &row::decode(value)?, check),
            _ => {
                check.wrong(key, "nothing is stored in this family");
                Ok(())
            }
        }
    }

    /// Says what doesn't fit together.
    pub fn finish(&mut self, check: &mut Check) {
        if let Err(failure) = self.end_history(check) {
            check.wrong(&[], format!("{failure:?}"));
        }
        if let Some(execution) = self.redriven.difference(&self.redriven_listed).next() {
            let what = format!("execution {execution} ended after a redrive and isn't listed");
            check.wrong(crate::keys::Key::new(Family::ClosedExecutions).as_bytes(), what);
        }
        if let Some((ended, listed)) = self.closed.difference() {
            let what = format!("{ended} executions ended and {listed} are listed, which aren't the same");
            check.wrong(crate::keys::Key::new(Family::ClosedExecutions).as_bytes(), what);
        }
    }

    fn state(
        &mut self,
        key: &[u8],
        machine: u64,
        execution: u64,
        state: &State,
        check: &mut Check,
    ) -> Result<(), Failure> {
        for (minute, tasks) in state.waits.iter().flatten() {
            check.count(Counted::OpenWaits, u64::from(*tasks));
            check.count(Counted::OpenWaitsSince(*minute), u64::from(*tasks));
        }
        if check.known.is_going(Family::StateMachine, machine) {
            return Ok(());
        }
        let facts: Option<Facts> = check.row(&keys::execution(machine, execution))?;
        let Some(facts) = facts else {
            check.wrong(key, "its execution isn't there");
            return Ok(());
        };
        if let Some(due_ms) = state.timer_ms {
            let is_armed = check.has(&timer::key(due_ms, &Timer::Execution(machine, execution)))?;
            check.expect(is_armed, key, || format!("its timer at {due_ms} isn't there"));
        }
        let is_running = state.status() == Status::Running;
        check.expect(is_running == state.stopped_ms.is_none(), key, || {
            format!("it is {} and ended at {:?}", state.status().as_str(), state.stopped_ms)
        });
        if !is_running {
            check.expect(state.timer_ms.is_none(), key, || "it ended and has a timer".to_owned());
            match state.engine.redriven() {
                _ if facts.child.is_some() => {}
                None => self.closed.left(execution),
                // It is listed for each time that it ended.
                Some(_) => drop(self.redriven.insert(execution)),
            }
            return Ok(());
        }
        for child in state.children.iter().flatten() {
            let attempt = TaskAttempt { machine, execution, frame: child.frame, attempt: child.attempt };
            let waits = check.has(&keys::execution_wait(child.machine, child.execution, &attempt))?;
            check.expect(waits, key, || format!("execution {} won't tell it of its end", child.execution));
        }
        let goes_on = check.known.turns.contains(&(machine, execution));
        check.expect(goes_on || !state.engine.has_work(), key, || {
            "it has work and is owed no turn".to_owned()
        });
        check.expect(goes_on || state.timer_ms.is_some(), key, || "it runs and has no timer".to_owned());
        self.tasks(key, machine, execution, &facts, state, check)
    }

    /// A function or a call that a state waits for is owed.
    fn tasks(
        &mut self,
        key: &[u8],
        machine: u64,
        execution: u64,
        facts: &Facts,
        state: &State,
        check: &mut Check,
    ) -> Result<(), Failure> {
        let Some(definition) = self.compiled(machine, facts.revision, check)? else { return Ok(()) };
        for task in state.engine.tasks(&definition) {
            let is_run = match task.resource {
                Resource::Lambda { .. } => true,
                Resource::Integration(integration) => match integration.service.as_str() {
                    "sqs" | "sns" => false,
                    _ => !task.resource.has_token(),
                },
                Resource::Activity { .. } => false,
            };
            let attempt = TaskAttempt { machine, execution, frame: task.frame.0, attempt: task.attempt.0 };
            let is_owed = check.known.tasks.contains(&attempt);
            check.expect(is_owed || !is_run, key, || {
                format!("state `{}` waits for a call that isn't owed", task.state)
            });
        }
        Ok(())
    }

    /// A task that no worker took yet is out.
    fn activity_task(
        &mut self,
        key: &[u8],
        activity: u64,
        task: &WaitingTask,
        check: &mut Check,
    ) -> Result<(), Failure> {
        check.expect_owner(Family::Activity, activity, key);
        let (machine, execution, attempt) = keys::read_activity_task(key)?;
        if check.known.is_going(Family::Activity, activity)
            || check.known.is_going(Family::StateMachine, machine)
        {
            return Ok(());
        }
        let state: Option<State> = check.row(&keys::state(machine, execution))?;
        let facts: Option<Facts> = check.row(&keys::execution(machine, execution))?;
        let (Some(state), Some(facts)) = (state, facts) else {
            check.wrong(key, "its execution isn't there");
            return Ok(());
        };
        let Some(definition) = self.compiled(machine, facts.revision, check)? else { return Ok(()) };
        let is_out = state.engine.open_tasks(&definition).any(|open| {
            (open.frame.0, open.attempt.0) == (task.frame, attempt)
                && matches!(open.resource, Resource::Activity { .. })
        });
        check.expect(is_out, key, || "its execution doesn't wait for it".to_owned());
        Ok(())
    }

    fn events(
        &mut self,
        key: &[u8],
        (machine, execution): (u64, u64),
        first: u64,
        value: &Slice,
        check: &mut Check,
    ) -> Result<(), Failure> {
        let events = HistoryEvent::decode_many(value).map_err(|error| Failure::broken(error.to_string()))?;
        if check.known.is_going(Family::StateMachine, machine)
            || check.known.is_going(Family::Execution, execution)
        {
            return Ok(());
        }
        let expected = match self.history {
            Some((of_machine, of, next)) if (of_machine, of) == (machine, execution) => next,
            _ => {
                self.end_history(check)?;
                let has_facts = check.has(&keys::execution(machine, execution))?;
                check.expect(has_facts, key, || "its execution isn't there".to_owned());
                1
            }
        };
        let is_contiguous = events.iter().map(|event| event.id).eq(expected..expected + events.len() as u64);
        check.expect(is_contiguous && first == expected && !events.is_empty(), key, || {
            format!("event {expected} has to come next, and the events after it in order")
        });
        let next = events.last().map_or(expected, |last| last.id + 1);
        self.history = Some((machine, execution, next));
        Ok(())
    }

    /// All events of an execution have been read.
    fn end_history(&mut self, check: &mut Check) -> Result<(), Failure> {
        let Some((machine, execution, next)) = self.history.take() else { return Ok(()) };
        let key = keys::state(machine, execution);
        if let Some(state) = check.row::<State>(&key)? {
            let expected = state.engine.next_event_id();
            check.expect(next == expected, key.as_bytes(), || {
                format!("its next event is {expected}, and its history ends before {next}")
            });
        }
        Ok(())
    }

    /// The executions that ended in one commit. Those of a state machine that was deleted are gone already.
    fn closed(&mut self, key: &[u8], closed: &Vec<(u64, u64)>, check: &mut Check) -> Result<(), Failure> {
        check.expect(!closed.is_empty(), key, || "it lists none".to_owned());
        for (machine, execution) in closed {
            let state: Option<State> = check.row(&keys::state(*machine, *execution))?;
            let Some(state) = state else { continue };
            if check.known.is_going(Family::StateMachine, *machine) {
                continue;
            }
            if state.engine.redriven().is_some() {
                self.redriven_listed.insert(*execution);
                continue;
            }
            self.closed.right(*execution);
            check.expect(state.stopped_ms.is_some(), key, || format!("execution {execution} didn't end"));
        }
        Ok(())
    }

    fn compiled(
        &mut self,
        machine: u64,
        number: u64,
        check: &Check,
    ) -> Result<Option<Arc<StateMachine>>, Failure> {
        if let Some(compiled) = self.compiled.get(&(machine, number)) {
            return Ok(compiled.clone());
        }
        let rows: &dyn Rows = check.rows();
        let text = revision(machine, number, rows)?.definition;
        let compiled = StateMachine::compile(&text, MachineType::Standard).ok().map(Arc::new);
        if self.compiled.len() >= MOST_COMPILED {
            self.compiled.clear();
        }
        self.compiled.insert((machine, number), compiled.clone());
        Ok(compiled)
    }
}

fn machine(key: &[u8], machine: &Machine, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&keys::machine(&machine.scope(), &machine.name), key);
    let is_there = check.has(&keys::revision(machine.id, machine.revision))?;
    check.expect(is_there, key, || format!("its revision {} isn't there", machine.revision));
    let newest = Version::newest(machine, check.rows())?.map(|(number, _)| number);
    check.expect(newest <= machine.last_version, key, || {
        format!("version {newest:?} is beyond {:?}, its last", machine.last_version)
    });
    Ok(())
}

/// A version: it has a revision.
fn version(
    key: &[u8],
    machine: u64,
    number: u64,
    version: &Version,
    check: &mut Check,
) -> Result<(), Failure> {
    check.expect_owner(Family::StateMachine, machine, key);
    if check.known.is_going(Family::StateMachine, machine) {
        return Ok(());
    }
    let is_there = check.has(&keys::revision(machine, version.revision))?;
    check.expect(is_there && number > 0, key, || format!("revision {} isn't there", version.revision));
    Ok(())
}

/// An alias: its versions are there, and their weights make a hundred.
fn alias(key: &[u8], machine: u64, alias: &Alias, check: &mut Check) -> Result<(), Failure> {
    check.expect_owner(Family::StateMachine, machine, key);
    if check.known.is_going(Family::StateMachine, machine) {
        return Ok(());
    }
    check.expect_at(&keys::alias(machine, &alias.name), key);
    for route in &alias.routes {
        let is_there = check.has(&keys::version(machine, route.version))?;
        check.expect(is_there, key, || format!("version {} isn't there", route.version));
    }
    let sum: u64 = alias.routes.iter().map(|route| route.weight).sum();
    check.expect(sum == 100, key, || format!("its weights make {sum}"));
    Ok(())
}

/// A task that waits for an execution's end: it knows of it, and the execution runs, or ended and is about to say so.
fn execution_wait(key: &[u8], frame: u32, check: &mut Check) -> Result<(), Failure> {
    let ((machine, execution), attempt) = keys::read_execution_wait(key, frame)?;
    let child: Option<State> = check.row(&keys::state(machine, execution))?;
    let is_told = check.known.tellings.contains(&(machine, execution));
    let is_running = child.is_some_and(|child| child.status() == Status::Running);
    check.expect(is_running || is_told, key, || "the execution doesn't run, and nobody is told".to_owned());
    let parent: Option<State> = check.row(&keys::state(attempt.machine, attempt.execution))?;
    let waits = parent.iter().flat_map(|parent| parent.children.iter().flatten()).any(|child| {
        (child.machine, child.execution, child.attempt) == (machine, execution, attempt.attempt)
    });
    check.expect(waits, key, || "the execution that waits knows nothing of it".to_owned());
    Ok(())
}

fn activity(key: &[u8], activity: &Activity, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&keys::activity(&activity.scope(), &activity.name), key);
    Ok(())
}

/// The number of an activity's row.
pub fn activity_id(value: &[u8]) -> Option<u64> {
    row::decode::<Activity>(value).ok().map(|activity| activity.id)
}

fn name(key: &[u8], machine: u64, name: &str, execution: u64, check: &mut Check) -> Result<(), Failure> {
    check.expect_owner(Family::StateMachine, machine, key);
    if check.known.is_going(Family::StateMachine, machine) {
        return Ok(());
    }
    let facts: Option<Facts> = check.row(&keys::execution(machine, execution))?;
    check.expect(facts.is_some_and(|facts| facts.name == name), key, || {
        format!("execution {execution} isn't there, or has another name")
    });
    Ok(())
}

fn facts(key: &[u8], machine: u64, execution: u64, facts: &Facts, check: &mut Check) -> Result<(), Failure> {
    check.expect_owner(Family::StateMachine, machine, key);
    if check.known.is_going(Family::StateMachine, machine) {
        return Ok(());
    }
    if facts.child.is_none() {
        let owner: Option<Machine> = check.row(&keys::machine(&facts.scope(), &facts.machine_name))?;
        check.expect(owner.is_some_and(|owner| owner.id == machine), key, || {
            format!("state machine `{}` isn't there, or has another number", facts.machine_name)
        });
    }
    let named: Option<u64> = check.row(&keys::execution_name(machine, &facts.name))?;
    check.expect(named == Some(execution), key, || {
        format!("the name `{}` is that of execution {named:?}", facts.name)
    });
    let has_state = check.has(&keys::state(machine, execution))?;
    check.expect(has_state, key, || "its state isn't there".to_owned());
    let has_revision = check.has(&keys::revision(machine, facts.revision))?;
    check.expect(has_revision, key, || format!("revision {} isn't there", facts.revision));
    let all = keys::histories(machine, execution);
    let history = check.rows().scan(all.as_bytes(), &all.end(), Direction::Forward, 1)?;
    check.expect(!history.is_empty(), key, || "it has no history".to_owned());
    Ok(())
}

/// A run: its parent is there, and it goes on by itself or by its children's ends.
fn run(key: &[u8], run: &MapRun, check: &mut Check) -> Result<(), Failure> {
    let Place { machine, execution, run: number } = run.place;
    check.expect_at(&keys::map_run(&run.place), key);
    if check.known.is_going(Family::StateMachine, machine)
        || check.known.is_going(Family::Execution, execution)
    {
        return Ok(());
    }
    let has_parent = check.has(&keys::execution(machine, execution))?;
    check.expect(has_parent, key, || "its execution isn't there".to_owned());
    let is_owed = check.known.map_runs.contains(&number);
    check.expect(is_owed == run.is_owed, key, || format!("it says {}: a turn is owed", run.is_owed));
    let is_at_work = matches!(run.phase, Phase::Beginning | Phase::Redriving(_));
    let waits_for_children = is_at_work && run.executions.running > 0;
    check.expect(is_owed || waits_for_children || run.phase == Phase::Over, key, || {
        "it has something to do, is owed no turn, and no child runs".to_owned()
    });
    Ok(())
}

/// A timer of an execution.
///
/// # Errors
/// [`Failure::Broken`] if the execution can't be read.
pub fn due(key: &[u8], due_ms: u64, machine: u64, execution: u64, check: &mut Check) -> Result<(), Failure> {
    if check.known.is_going(Family::StateMachine, machine) {
        return Ok(());
    }
    let state: Option<State> = check.row(&keys::state(machine, execution))?;
    check.expect(state.is_some_and(|state| state.timer_ms == Some(due_ms)), key, || {
        "its execution isn't there, or waits for another time".to_owned()
    });
    Ok(())
}

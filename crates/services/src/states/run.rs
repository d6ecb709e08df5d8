//! The way of an execution through one command: an event in, steps of the engine, tasks performed, one set of rows out.
//!
//! A task of a service that lives here is performed at once, in the same commit: its token, its message, the history and
//! the timer are written together or not at all. A function's run is owed as an effect, and its answer is an event later.

use crate::context::Context;
use crate::effect::{Continuation, Effect, TaskAttempt};
use crate::failure::{Failure, WaitOn};
use crate::kept::{Compiled, Definitions};
use crate::rows::Rows;
use crate::states::activities::model::Activity;
use crate::states::execution_log::Logging;
use crate::states::integrations::{self, Performed};
use crate::states::map_run::model::Place;
use crate::states::model::{Child, Facts, Found, Revision, State, revision};
use crate::states::{children, keys, map_run, mocks, redrive, status_event, token, waits, withdraw};
use crate::timer::Timer;
use crate::tx::Tx;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use stepwell_asl::definition::{Integration, MachineType, Resource, StateMachine};
use stepwell_engine::{
    Accepted, Attempt, Environment, ErrorDetails, Event, EventKind, FrameId, HistoryEvent, Limits, MapItem,
    Redriven, step,
};
use stepwell_store::Slice;

/// An execution while a command changes it.
pub struct Run {
    pub machine: u64,
    pub execution: u64,
    pub facts: Facts,
    state: State,
    definition: Arc<Compiled>,
    history: Vec<HistoryEvent>,
    /// The tasks that were out before this command and have something of their own in other rows.
    out: Vec<withdraw::Out>,
}

/// What became of an event.
pub struct Taken {
    pub accepted: Accepted,
    /// The execution ended just now, and someone may wait for that.
    pub is_end_awaited: bool,
}

impl Run {
    /// A new execution, before its first event.
    #[must_use]
    pub fn new(machine: u64, execution: u64, facts: Facts, definition: Arc<Compiled>) -> Self {
        let state = State {
            engine: stepwell_engine::Execution::new(),
            timer_ms: None,
            stopped_ms: None,
            waits: None,
            children: None,
            redrives_asked: None,
        };
        Self { machine, execution, facts, state, definition, history: Vec::new(), out: Vec::new() }
    }

    /// An execution as it is stored.
    pub fn of(found: Found, tx: &mut Tx) -> Result<Self, Failure> {
        let Found { machine, execution, facts, state } = found;
        let definition = compiled(machine, facts.revision, tx)?;
        let out = withdraw::out(&state, &definition.definition);
        Ok(Self { machine, execution, facts, state, definition, history: Vec::new(), out })
    }

    /// Takes an event in and goes on as far as this command may; then writes what came of it.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`], [`Failure::Evaluate`] or [`Failure::Broken`].
    pub fn advance(self, event: Event, tx: &mut Tx, context: &mut Context) -> Result<Accepted, Failure> {
        let budget = context.settings.transitions_per_command;
        self.advance_within(budget, event, tx, context)
    }

    /// The same, with so many transitions at most. If the execution ends, whoever waits for that is told.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`], [`Failure::Evaluate`] or [`Failure::Broken`].
    pub fn advance_within(
        self,
        budget: u32,
        event: Event,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Accepted, Failure> {
        let (machine, execution) = (self.machine, self.execution);
        let taken = self.take_in(budget, event, tx, context)?;
        if taken.is_end_awaited {
            children::tell(machine, execution, tx, context)?;
        }
        Ok(taken.accepted)
    }

    /// Lets an execution that ended without success go on, for a client that may ask again under this token. Express
    /// executions begin again from their start.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`], [`Failure::Evaluate`] or [`Failure::Broken`].
    pub fn redrive(
        mut self,
        token: Option<&str>,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Accepted, Failure> {
        if !self.state.engine.can_go_on() {
            return Ok(Accepted::NoSuchAttempt);
        }
        redrive::remember(&mut self.state, token, context.steps_ms);
        let before = self.state.engine.redriven().map_or(0, |redriven| redriven.count);
        let redriven = Redriven { count: before + 1, at_ms: context.steps_ms };
        status_event::began(&self.facts, Some(redriven), tx, context)?;
        self.state.stopped_ms = None;
        let from_start = self.facts.child.as_ref().is_some_and(|child| child.is_express);
        self.advance(Event::Redrive { from_start }, tx, context)
    }

    /// Takes an event in and writes what came of it; telling of the end is the caller's.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`], [`Failure::Evaluate`] or [`Failure::Broken`].
    pub fn take_in(
        mut self,
        budget: u32,
        event: Event,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Taken, Failure> {
        let mut events = VecDeque::from([event]);
        let mut budget = budget;
        let mut accepted = None;
        let mut answered = Vec::new();
        let mut given_up = Vec::new();
        while let Some(event) = events.pop_front() {
            answered.extend(children::answered_by(&event));
            let outcome = self.step(event, budget, tx, context)?;
            if let Some(evaluation) = context.allowance.take_asked() {
                return Err(Failure::Evaluate(evaluation));
            }
            accepted.get_or_insert(outcome.accepted);
            let entered = outcome.history.iter().filter(|event| is_transition(&event.kind)).count();
            budget = budget.saturating_sub(u32::try_from(entered).unwrap_or(u32::MAX));
            self.history.extend(outcome.history);
            for request in outcome.map_runs {
                let parent = (self.machine, self.execution);
                events.push_back(map_run::start(parent, &self.facts, request, tx, context)?);
            }
            for request in outcome.redriven_map_runs {
                events.push_back(map_run::redrive((self.machine, self.execution), &request, tx, context)?);
            }
            given_up.extend(outcome.given_up_map_runs);
            for task in outcome.tasks {
                let attempt = self.attempt(task.frame, task.attempt);
                if let Some(event) = mocks::answer(&self.facts, &task, context.settings) {
                    events.push_back(event);
                    continue;
                }
                self.out.extend(withdraw::Out::of_request(&task, context.steps_ms));
                match integrations::perform(&self.facts, attempt, task, tx, context)? {
                    Performed::Now(event) => events.push_back(event),
                    Performed::Later => {}
                }
            }
        }
        if self.state.engine.has_work() {
            tx.owe(Effect::Continue(Continuation::Execution(self.machine, self.execution)));
        }
        let (machine, execution) = (self.machine, self.execution);
        let is_end_awaited = self.write(&answered, tx, context)?;
        for run in given_up {
            map_run::give_up(&Place { machine, execution, run }, tx, context)?;
        }
        Ok(Taken { accepted: accepted.unwrap_or(Accepted::NoSuchAttempt), is_end_awaited })
    }

    /// The integration of an attempt that is still out.
    #[must_use]
    pub fn integration(&self, attempt: &TaskAttempt) -> Option<Integration> {
        let mut tasks = self.state.engine.tasks(&self.definition.definition);
        let task = tasks.find(|task| (task.frame.0, task.attempt.0) == (attempt.frame, attempt.attempt))?;
        match task.resource {
            Resource::Integration(integration) => Some(integration.clone()),
            Resource::Lambda { .. } | Resource::Activity { .. } => None,
        }
    }

    /// A task of this execution is about to wait for the end of another one.
    pub fn awaits(&mut self, child: Child) {
        self.state.children.get_or_insert_default().push(child);
    }

    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    fn step(
        &mut self,
        event: Event,
        budget: u32,
        tx: &Tx,
        context: &mut Context,
    ) -> Result<stepwell_engine::Step, Failure> {
        self.with_engine(budget, tx, context, |definition, facts, execution, environment| {
            step(definition, facts, execution, event, environment)
        })
    }

    /// Gives the engine what it is given at each step.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    fn with_engine<T>(
        &mut self,
        budget: u32,
        tx: &Tx,
        context: &mut Context,
        work: impl for<'a> FnOnce(
            &'a StateMachine,
            &'a stepwell_engine::Facts<'a>,
            &'a mut stepwell_engine::Execution,
            &'a mut Environment<'_>,
        ) -> T,
    ) -> Result<T, Failure> {
        let (machine, execution) = (self.machine, self.execution);
        let secrets = context.secrets;
        let token = |FrameId(frame), Attempt(attempt)| {
            token::seal(&TaskAttempt { machine, execution, frame, attempt }, secrets)
        };
        let (execution_arn, machine_arn) = (self.facts.execution_arn(), self.facts.machine_arn());
        let (version_arn, alias_arn) = (self.facts.version_arn(), self.facts.alias_arn());
        let facts = stepwell_engine::Facts {
            execution_arn: &execution_arn,
            execution_name: &self.facts.name,
            state_machine_arn: &machine_arn,
            state_machine_name: &self.facts.machine_name,
            state_machine_version_arn: version_arn.as_deref(),
            state_machine_alias_arn: alias_arn.as_deref(),
            role_arn: &self.facts.role_arn,
            region: &self.facts.region,
            start_time_ms: self.facts.started_ms,
            input: &self.facts.input,
            limits: Limits::default(),
        };
        // The engine asks and knows no failure: what went wrong in reading undoes the whole command afterwards.
        let failed = RefCell::new(None);
        let has_activity = |arn: &str| match Activity::find(arn, tx) {
            Ok(activity) => activity.is_some(),
            Err(Failure::Refused(_)) => false,
            Err(failure) => failed.replace(Some(failure)).is_some(),
        };
        let mut environment = Environment {
            now_ms: context.steps_ms,
            entropy: &mut context.entropy,
            token: &token,
            has_activity: &has_activity,
            budget,
            allowance: Some(&context.allowance),
        };
        let done = work(&self.definition.definition, &facts, &mut self.state.engine, &mut environment);
        match failed.into_inner() {
            Some(failure) => Err(failure),
            None => Ok(done),
        }
    }

    fn attempt(&self, FrameId(frame): FrameId, Attempt(attempt): Attempt) -> TaskAttempt {
        TaskAttempt { machine: self.machine, execution: self.execution, frame, attempt }
    }

    /// Writes the state, the events of this command as one row, and the one timer. Says whether the execution ended just now
    /// and someone may wait for that.
    fn write(
        mut self,
        answered: &[(FrameId, Attempt)],
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<bool, Failure> {
        if let Some(first) = self.history.first() {
            let key = keys::history(self.machine, self.execution, first.id);
            tx.put_bytes(&key, Slice::from(HistoryEvent::encode_many(&self.history)));
            let redrives = self.state.engine.redriven().map_or(0, |redriven| redriven.count);
            if let Some(log) = self.facts.log(redrives, &self.history) {
                log.write(tx, context)?;
            }
            if first.id == 1 {
                status_event::began(&self.facts, None, tx, context)?;
            }
        }
        let ended = self.state.engine.outcome().is_some();
        let due_ms = if ended { None } else { self.state.engine.next_due_ms() };
        // What an execution that steps at an earlier time is due at may have passed: timers are armed for now or later.
        let earliest = if context.steps_ms < context.now_ms { context.now_ms } else { 0 };
        let due_ms = due_ms.map(|due_ms| due_ms.max(earliest));
        if due_ms != self.state.timer_ms {
            let timer = Timer::Execution(self.machine, self.execution);
            if let Some(armed_ms) = self.state.timer_ms {
                tx.disarm(armed_ms, &timer);
            }
            if let Some(due_ms) = due_ms {
                tx.arm(due_ms, &timer);
            }
            self.state.timer_ms = due_ms;
        }
        let ends_now = ended && self.state.stopped_ms.is_none();
        if ends_now {
            self.state.stopped_ms = Some(context.steps_ms);
            self.ended(tx)?;
            tx.wake(WaitOn::Execution(self.execution));
        }
        waits::count(&mut self.state, &self.definition.definition, tx);
        let parent = (self.machine, self.execution);
        children::let_go(parent, &mut self.state, &self.definition.definition, answered, tx);
        tx.put(&keys::state(self.machine, self.execution), &self.state);
        let still_out = withdraw::out(&self.state, &self.definition.definition);
        for out in self.out.iter().filter(|out| !still_out.contains(out)) {
            out.withdraw(self.machine, self.execution, tx)?;
        }
        if ends_now {
            let numbers = (self.machine, self.execution);
            status_event::ended(numbers, &self.facts, &self.state, tx, context)?;
        }
        Ok(ends_now && self.facts.is_awaited == Some(true))
    }

    /// A child is kept as long as its run's parent is; any other execution for a time of its own.
    fn ended(&self, tx: &mut Tx) -> Result<(), Failure> {
        match (&self.facts.child, self.state.engine.outcome()) {
            (Some(child), Some(outcome)) => map_run::child::ended(child, outcome, tx),
            _ => {
                tx.closed(self.machine, self.execution);
                Ok(())
            }
        }
    }
}

/// What the ItemSelector of a waiting Map state makes of some items, the first of which has the index `first`.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`]; within, why the selector can't be evaluated.
pub fn map_items(
    place: &Place,
    frame: FrameId,
    (first, items): (u64, Vec<MapItem>),
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Vec<Value>, ErrorDetails>, Failure> {
    let Some(found) = Found::by_number(place.machine, place.execution, tx)? else {
        return Ok(Ok(items.into_iter().map(MapItem::into_input).collect()));
    };
    let mut run = Run::of(found, tx)?;
    run.with_engine(0, tx, context, |definition, facts, execution, environment| {
        stepwell_engine::map_items(definition, facts, execution, frame, (first, items), environment)
    })
}

/// Gives an event to an execution that may be gone: then nothing happens.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn deliver(
    machine: u64,
    execution: u64,
    event: Event,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Accepted, Failure> {
    match Found::by_number(machine, execution, tx)? {
        Some(found) => Run::of(found, tx)?.advance(event, tx, context),
        None => Ok(Accepted::NoSuchAttempt),
    }
}

/// The timer of an execution is due. Its row is gone already.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn due(machine: u64, execution: u64, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let Some(mut found) = Found::by_number(machine, execution, tx)? else { return Ok(()) };
    found.state.timer_ms = None;
    Run::of(found, tx)?.advance(Event::Due, tx, context).map(drop)
}

/// A definition is compiled once, and kept while there is room.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn compiled(machine: u64, number: u64, tx: &mut Tx) -> Result<Arc<Compiled>, Failure> {
    if let Some(definition) = tx.compiled(machine, number) {
        return Ok(definition);
    }
    let compiled = compile(machine, number, tx)?;
    tx.keep_compiled(machine, number, compiled.clone());
    Ok(compiled)
}

/// The same beside the writer, where threads share what is kept.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn shared(
    machine: u64,
    number: u64,
    definitions: &Definitions,
    rows: &dyn Rows,
) -> Result<Arc<Compiled>, Failure> {
    if let Some(definition) = definitions.get(machine, number) {
        return Ok(definition);
    }
    let compiled = compile(machine, number, rows)?;
    definitions.keep(machine, number, compiled.clone());
    Ok(compiled)
}

fn compile(machine: u64, number: u64, rows: &(impl Rows + ?Sized)) -> Result<Arc<Compiled>, Failure> {
    let Revision { definition: text, role_arn, configurations, .. } = revision(machine, number, rows)?;
    // As either type: what an EXPRESS one may not have was refused when it was made.
    let definition = StateMachine::compile(&text, MachineType::Standard).map_err(|diagnostics| {
        let first = diagnostics.first().map(ToString::to_string).unwrap_or_default();
        Failure::broken(format!("a stored definition doesn't compile any more: {first}"))
    })?;
    let logging = configurations.map(|configurations| Logging::of(configurations.logging.as_deref()));
    Ok(Arc::new(Compiled { definition, role_arn, logging, bytes: text.len() }))
}

/// What counts as a transition: entering a state.
fn is_transition(kind: &EventKind) -> bool {
    matches!(kind, EventKind::StateEntered { .. })
}

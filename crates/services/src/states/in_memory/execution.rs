//! One execution: its identity, its definition and its engine. A step either happens whole or not at all.

use crate::calls::Line;
use crate::entropy::{Entropy, Seed};
use crate::kept::Compiled;
use crate::states::execution_log::{Logging, WriteLog};
use crate::states::in_memory::{Task, Tested};
use crate::states::integrations::Actor;
use std::sync::Arc;
use stepwell_asl::definition::StateMachine;
use stepwell_asl::jsonata::Allowance;
use stepwell_engine::{
    Attempt, Environment, Event, Execution, FrameId, HistoryEvent, Limits, MapRunRequest, Outcome,
    TaskRequest, inspect, step,
};

/// AWS's bound of an EXPRESS execution's duration, in ms.
const LONGEST_MS: u64 = 5 * 60 * 1000;
/// Transitions that a step makes: then whoever drives it looks whether it is still wanted, and in time.
const TRANSITIONS: u32 = 200;

/// Lines of a log that are written at once, and about how many bytes of them.
const LOG_LINES: usize = 256;
const LOG_BYTES: usize = 256 << 10;

/// Who an execution is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its own ARN, its machine's and its role.
    pub actor: Actor,
    pub name: String,
    pub machine_name: String,
    pub version_arn: Option<String>,
    pub alias_arn: Option<String>,
    /// When it was started, in ms since 1970.
    pub started_ms: u64,
    /// JSON text, as it was given.
    pub input: String,
}

/// How much a step may do before it gives the thread back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// About what a command may: others wait for this thread. An expression that needs more has the step undone.
    Brief,
    /// On a thread for such work: expressions run to their own limits.
    Long,
}

/// What came of a step.
#[derive(Debug)]
pub struct Progress {
    /// To be performed; each gives an event.
    pub tasks: Vec<Task>,
    /// When [`Event::Due`] is due, in ms since 1970. Nothing when it ended.
    pub next_due_ms: Option<u64>,
    /// Whether [`Event::Continue`] goes on at once.
    pub has_work: bool,
}

/// An execution in memory.
#[derive(Debug)]
pub struct InMemory {
    identity: Identity,
    definition: Arc<Compiled>,
    engine: Execution,
    entropy: Entropy,
    log: Option<Log>,
    stopped_ms: Option<u64>,
    /// Where one state is tested.
    tested: Option<Box<Tested>>,
}

impl InMemory {
    /// An execution before its first event, [`Event::Start`].
    #[must_use]
    pub fn new(identity: Identity, definition: Arc<Compiled>, seed: Seed) -> Self {
        let (engine, entropy) = (Execution::new(), Entropy::new(seed));
        Self { identity, definition, engine, entropy, log: None, stopped_ms: None, tested: None }
    }

    /// The same with a log, if there is to be one.
    #[must_use]
    pub fn with_log(self, logging: Option<Logging>) -> Self {
        let log = logging.map(|logging| Log { logging, lines: Vec::new(), bytes: 0 });
        Self { log, ..self }
    }

    /// The same, of which one state is tested.
    #[must_use]
    pub fn testing(self, tested: Tested) -> Self {
        Self { tested: Some(Box::new(tested)), ..self }
    }

    /// What is seen of the state that is tested, if one is.
    #[must_use]
    pub fn tested(&self) -> Option<&Tested> {
        self.tested.as_deref()
    }

    #[must_use]
    pub fn definition(&self) -> &StateMachine {
        &self.definition.definition
    }

    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    #[must_use]
    pub fn into_identity(self) -> Identity {
        self.identity
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.engine.outcome()
    }

    #[must_use]
    pub fn status(&self) -> &'static str {
        self.engine.status().as_str()
    }

    /// When it ended, in ms since 1970.
    #[must_use]
    pub fn stopped_ms(&self) -> Option<u64> {
        self.stopped_ms
    }

    /// What has to be written into its log, if that is much by now, or this was the end.
    pub fn take_log(&mut self) -> Option<WriteLog> {
        let is_over = self.stopped_ms.is_some();
        let log = self.log.as_mut().filter(|log| !log.lines.is_empty() && (is_over || log.is_full()))?;
        log.bytes = 0;
        Some(WriteLog {
            scope: self.identity.actor.scope.clone(),
            machine_name: self.identity.machine_name.clone(),
            group: log.logging.group.clone(),
            lines: std::mem::take(&mut log.lines),
        })
    }

    /// Lets an event happen. Nothing, and nothing has changed, if an expression needs more than the pace allows: then the
    /// same step is made again where it may be long.
    pub fn step(&mut self, event: &Event, pace: Pace, now_ms: u64) -> Option<Progress> {
        let allowance = (pace == Pace::Brief).then(Allowance::default);
        let before = allowance.is_some().then(|| self.saved());
        let mut stepped = self.engine_step(event.clone(), allowance.as_ref(), now_ms);
        // A run of a distributed Map needs rows: its definition was refused when the state machine was made.
        for refused in std::mem::take(&mut stepped.map_runs) {
            let more = self.engine_step(refusal(&refused), allowance.as_ref(), now_ms);
            stepped.history.extend(more.history);
            stepped.tasks.extend(more.tasks);
        }
        // Where the task of a tested state is mocked, the mock answers it.
        while let Some(answer) = self.mocked(&stepped.tasks) {
            stepped = self.engine_step(answer, allowance.as_ref(), now_ms);
        }
        if allowance.is_some_and(|allowance| allowance.take_asked().is_some()) {
            (self.engine, self.entropy, self.tested) = before?;
            return None;
        }
        if let Some(log) = &mut self.log {
            log.add(&self.identity.actor.execution_arn, &stepped.history);
        }
        if self.engine.outcome().is_some() {
            self.stopped_ms.get_or_insert(now_ms);
        }
        let actor = &self.identity.actor;
        Some(Progress {
            tasks: stepped.tasks.into_iter().map(|request| self.task(actor.clone(), request)).collect(),
            next_due_ms: self.engine.next_due_ms(),
            has_work: self.engine.has_work(),
        })
    }

    fn saved(&self) -> (Execution, Entropy, Option<Box<Tested>>) {
        (self.engine.clone(), self.entropy.clone(), self.tested.clone())
    }

    fn mocked(&mut self, tasks: &[TaskRequest]) -> Option<Event> {
        self.tested.as_mut()?.answer(tasks.first()?)
    }

    fn task(&self, actor: Actor, request: TaskRequest) -> Task {
        let task = Task::new(actor, request);
        match &self.tested {
            Some(tested) => Task { exchange: Some(Arc::clone(&tested.exchange)), ..task },
            None => task,
        }
    }

    fn engine_step(
        &mut self,
        event: Event,
        allowance: Option<&Allowance>,
        now_ms: u64,
    ) -> stepwell_engine::Step {
        let identity = &self.identity;
        let facts = stepwell_engine::Facts {
            execution_arn: &identity.actor.execution_arn,
            execution_name: &identity.name,
            state_machine_arn: &identity.actor.machine_arn,
            state_machine_name: &identity.machine_name,
            state_machine_version_arn: identity.version_arn.as_deref(),
            state_machine_alias_arn: identity.alias_arn.as_deref(),
            role_arn: &identity.actor.role_arn,
            region: &identity.actor.scope.region,
            start_time_ms: identity.started_ms,
            input: &identity.input,
            limits: Limits { duration_ms: Some(LONGEST_MS), history_events: u64::MAX, ..Limits::default() },
        };
        // Where there is a mock, no worker is asked.
        let is_tested = self.tested.is_some();
        let mut environment = Environment {
            now_ms,
            entropy: &mut self.entropy,
            // Nobody can answer from outside what has no row: neither tokens nor activities are of use here.
            token: &|_: FrameId, _: Attempt| String::new(),
            has_activity: &|_: &str| is_tested,
            budget: TRANSITIONS,
            allowance,
        };
        let (definition, engine) = (&self.definition.definition, &mut self.engine);
        match &mut self.tested {
            None => step(definition, &facts, engine, event, &mut environment),
            Some(tested) => {
                inspect(definition, &facts, engine, event, &mut tested.inspection, &mut environment)
            }
        }
    }
}

/// What is to be written into the log and isn't yet.
#[derive(Debug)]
struct Log {
    logging: Logging,
    lines: Vec<Line>,
    bytes: usize,
}

impl Log {
    fn add(&mut self, execution_arn: &str, events: &[HistoryEvent]) {
        let lines = self.logging.lines(execution_arn, 0, events);
        self.bytes += lines.iter().map(|line| line.message.len()).sum::<usize>();
        self.lines.extend(lines);
    }

    fn is_full(&self) -> bool {
        self.bytes >= LOG_BYTES || self.lines.len() >= LOG_LINES
    }
}

fn refusal(request: &MapRunRequest) -> Event {
    Event::MapRunFailed {
        frame: request.frame,
        attempt: request.attempt,
        error: Some("States.Runtime".to_owned()),
        cause: Some("An EXPRESS execution can't run a distributed Map state.".to_owned()),
    }
}

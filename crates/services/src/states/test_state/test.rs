//! A state under test: its definition, what it is given, and the engine over it. Nothing here is stored, and nobody is called:
//! what a task asks for is handed out, and what came of it is handed in.

use super::inspection_data;
use super::mock;
use super::reader_data;
use super::written::Sources;
use super::{Level, TestState, TestStateOutput, context_object};
use crate::context::Context;
use crate::entropy::Entropy;
use crate::states::arn;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use stepwell_asl::definition::{QueryLanguage, Resource, State, StateKind, StateMachine};
use stepwell_asl::{jackson, timestamp};
use stepwell_engine::{
    Environment, ErrorDetails, Event, Execution, Facts, Inspection, Limits, Outcome, TaskRequest, inspect,
};
use stepwell_wire::ApiError;

/// A test may take so long.
const LONGEST_MS: u64 = 5 * 60 * 1000;
/// More transitions than one state makes.
const BUDGET: u32 = 16;

/// A state under test.
pub struct Test {
    machine: StateMachine,
    identity: Identity,
    level: Level,
    engine: Execution,
    inspection: Inspection,
    entropy: Entropy,
    /// What a task's work comes to, where that is mocked.
    mocked: Option<Result<String, ErrorDetails>>,
    mock_text: Option<String>,
    /// What was read for a Map state, as it was given.
    reader_data: Option<String>,
}

/// Who the test is, for the state that asks.
struct Identity {
    execution_arn: String,
    execution_name: String,
    machine_arn: String,
    machine_name: String,
    role_arn: String,
    region: String,
    began_ms: u64,
    input: String,
}

impl Test {
    /// A test that was checked, before its first step.
    ///
    /// # Errors
    /// `ValidationException` for what the state can't be given.
    pub fn new(
        request: &TestState,
        machine: StateMachine,
        name: &str,
        level: Level,
        context: &mut Context,
    ) -> Result<Self, ApiError> {
        let state = super::find(&machine, name)?;
        let configuration = request.state_configuration.as_ref();
        let mut inspection = Inspection {
            state: state.name.clone(),
            variables: variables(request.variables.as_deref())?,
            retry_count: configuration.and_then(|given| given.retrier_retry_count).unwrap_or(0),
            ..Inspection::default()
        };
        let mut mocked = None;
        if let Some(mock) = &request.mock {
            let outcome = mock.outcome(state)?;
            match &state.kind {
                StateKind::Task(_) => mocked = Some(outcome.map(|_| mock.result.clone().unwrap_or_default())),
                _ => inspection.children = Some(mock::children(state, outcome, configuration)?),
            }
        }
        let identity = Identity::new(request, context);
        inspection.context = identity.context_object(request, state, inspection.retry_count, context)?;
        Ok(Self {
            identity,
            level,
            engine: Execution::new(),
            inspection,
            entropy: Entropy::new(context.entropy.bytes()),
            mocked,
            mock_text: request.mock.as_ref().and_then(|mock| mock.result.clone()),
            reader_data: configuration.and_then(|given| given.map_item_reader_data.clone()),
            machine,
        })
    }

    /// Lets an event happen. What it gives is to be performed, and is answered by an event.
    pub fn step(&mut self, event: Event, now_ms: u64) -> Option<TaskRequest> {
        let task = self.engine_step(event, now_ms)?;
        let (frame, attempt) = (task.frame, task.attempt);
        let answer = match self.mocked.take() {
            None => return Some(task),
            Some(Ok(output)) => Event::TaskSucceeded { frame, attempt, output },
            Some(Err(ErrorDetails { error, cause })) => Event::TaskFailed { frame, attempt, error, cause },
        };
        self.engine_step(answer, now_ms)
    }

    fn engine_step(&mut self, event: Event, now_ms: u64) -> Option<TaskRequest> {
        let identity = &self.identity;
        let facts = Facts {
            execution_arn: &identity.execution_arn,
            execution_name: &identity.execution_name,
            state_machine_arn: &identity.machine_arn,
            state_machine_name: &identity.machine_name,
            state_machine_version_arn: None,
            state_machine_alias_arn: None,
            role_arn: &identity.role_arn,
            region: &identity.region,
            start_time_ms: identity.began_ms,
            input: &identity.input,
            limits: Limits { duration_ms: Some(LONGEST_MS), ..Limits::default() },
        };
        // The token that the state sees is the context object's; nobody can answer with it.
        let token = self.inspection.context.pointer("/Task/Token").and_then(Value::as_str);
        let token = token.unwrap_or_default().to_owned();
        let mut environment = Environment {
            now_ms,
            entropy: &mut self.entropy,
            token: &|_, _| token.clone(),
            // Where there is a mock, no worker is asked.
            has_activity: &|_| true,
            budget: BUDGET,
            allowance: None,
        };
        let (machine, engine) = (&self.machine, &mut self.engine);
        let stepped = inspect(machine, &facts, engine, event, &mut self.inspection, &mut environment);
        stepped.tasks.into_iter().next()
    }

    /// When `Event::Due` is due, in ms since 1970; nothing once the test is over.
    pub fn next_due_ms(&self) -> Option<u64> {
        if self.is_over() { None } else { self.engine.next_due_ms() }
    }

    pub fn is_over(&self) -> bool {
        self.engine.outcome().is_some()
    }

    /// What came of it.
    ///
    /// # Errors
    /// `ValidationException` for more failed iterations than there are (recorded).
    pub fn output(&self) -> Result<TestStateOutput, ApiError> {
        let seen = &self.inspection.seen;
        if seen.has_too_many_failures {
            return Err(ApiError::validation(
                "Map iteration failure count must be less than or equal to the number of Map iterations",
            ));
        }
        let given = [Some(&*self.identity.input), self.mock_text.as_deref(), self.reader_data.as_deref()];
        let sources = Sources(given.into_iter().flatten().collect());
        let (status, failure) = match (&seen.output, self.engine.outcome()) {
            (Some(_), _) if seen.catcher.is_none() => ("SUCCEEDED", None),
            (Some(_), _) => ("CAUGHT_ERROR", seen.failure.clone()),
            (None, _) if seen.retry.is_some() => ("RETRIABLE", seen.failure.clone()),
            (None, Some(Outcome::TimedOut)) => {
                let error = Some("States.Timeout".to_owned());
                ("FAILED", Some(ErrorDetails { error, cause: None }))
            }
            (None, _) => ("FAILED", seen.failure.clone()),
        };
        let (error, cause) = failure.map_or((None, None), |details| (details.error, details.cause));
        let shown = |state| {
            let mut data = inspection_data::of(state, &self.identity.input, seen, &sources);
            data.after_items_pointer = self.after_items_pointer(state).map(|value| sources.text(&value));
            data
        };
        Ok(TestStateOutput {
            output: seen.output.as_deref().map(|output| sources.of_json(output)),
            error,
            cause,
            inspection_data: match self.level {
                Level::Info => None,
                Level::Debug | Level::Trace => self.machine.state(&self.inspection.state).map(shown),
            },
            next_state: seen.next.clone(),
            status,
        })
    }
}

impl Test {
    /// Only JSONPath shows it.
    fn after_items_pointer(&self, state: &State) -> Option<Value> {
        let StateKind::Map(map) = &state.kind else { return None };
        let reader = map.distributed.as_ref()?.reader.as_ref()?;
        let data = self.reader_data.as_deref().filter(|_| state.language == QueryLanguage::JsonPath)?;
        reader_data::after_items_pointer(reader, data)
    }
}

impl Identity {
    fn new(request: &TestState, context: &mut Context) -> Self {
        let (machine_name, execution_name) = (context.entropy.uuid(), context.entropy.uuid());
        let scope = context.scope();
        Self {
            execution_arn: arn::tested(scope, &machine_name, &execution_name),
            machine_arn: arn::machine(scope, &machine_name),
            region: context.region().to_owned(),
            began_ms: context.now_ms,
            role_arn: request.role_arn.clone().unwrap_or_default(),
            input: request.input().to_owned(),
            execution_name,
            machine_name,
        }
    }

    fn context_object(
        &self,
        request: &TestState,
        state: &State,
        retry_count: u32,
        context: &mut Context,
    ) -> Result<Value, ApiError> {
        let shows_retries =
            matches!(state.kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_));
        let has_token = matches!(&state.kind, StateKind::Task(task) if task.resource.has_token() && is_integration(&task.resource));
        let given = match &request.context {
            Some(text) => context_object::read(text, has_token)?,
            None => Map::new(),
        };
        let made_up = context_object::MadeUp {
            execution_arn: &self.execution_arn,
            execution_name: &self.execution_name,
            machine_arn: &self.machine_arn,
            machine_name: &self.machine_name,
            role_arn: request.role_arn.as_deref(),
            input: serde_json::from_str(&self.input).unwrap_or_default(),
            state: &state.name,
            retry_count: shows_retries.then_some(retry_count),
            token: has_token.then(|| context.entropy.uuid()),
            now: timestamp::format(i64::try_from(self.began_ms).unwrap_or(i64::MAX)),
        };
        Ok(made_up.with(given))
    }
}

fn is_integration(resource: &Resource) -> bool {
    matches!(resource, Resource::Integration(_))
}

/// JSON texts, by the names of the variables.
fn variables(given: Option<&str>) -> Result<BTreeMap<String, String>, ApiError> {
    let Some(text) = given else { return Ok(BTreeMap::new()) };
    match jackson::parse(text) {
        Ok(Value::Object(members)) => {
            Ok(members.into_iter().map(|(name, value)| (name, value.to_string())).collect())
        }
        _ => Err(ApiError::validation("Variables must be a JSON object")),
    }
}

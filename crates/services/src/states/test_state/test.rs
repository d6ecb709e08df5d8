//! What a test runs as, an execution in memory of one state, and what comes of it.

use super::exchange::{HttpRequest, HttpResponse};
use super::inspection_data;
use super::mock;
use super::reader_data;
use super::written::Sources;
use super::{Level, TestState, TestStateOutput, context_object};
use crate::context::Context;
use crate::kept::Compiled;
use crate::states::arn;
use crate::states::in_memory::{Identity, InMemory, Tested};
use crate::states::integrations::{Actor, plain_request};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_asl::definition::{QueryLanguage, Resource, State, StateKind, StateMachine};
use stepwell_asl::{jackson, timestamp};
use stepwell_engine::{ErrorDetails, Inspection, Outcome, Seen};
use stepwell_wire::ApiError;

/// The execution of a request that was checked.
///
/// # Errors
/// `ValidationException` for what the state can't be given.
pub fn execution(
    request: &TestState,
    machine: StateMachine,
    name: &str,
    context: &mut Context,
) -> Result<InMemory, ApiError> {
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
    let identity = identity(request, context);
    inspection.context = context_object(request, &identity, state, inspection.retry_count, context)?;
    let definition = Compiled {
        definition: machine,
        role_arn: identity.actor.role_arn.clone(),
        logging: None,
        bytes: request.definition.len(),
    };
    let seed = context.entropy.block();
    Ok(InMemory::new(identity, Arc::new(definition), seed).testing(Tested::new(inspection, mocked)))
}

fn identity(request: &TestState, context: &mut Context) -> Identity {
    let (machine_name, name) = (context.entropy.uuid(), context.entropy.uuid());
    let scope = context.scope().clone();
    Identity {
        actor: Actor {
            execution_arn: arn::tested(&scope, &machine_name, &name),
            machine_arn: arn::machine(&scope, &machine_name),
            role_arn: request.role_arn.clone().unwrap_or_default(),
            scope,
        },
        name,
        machine_name,
        version_arn: None,
        alias_arn: None,
        started_ms: context.steps_ms,
        input: request.input().to_owned(),
    }
}

fn context_object(
    request: &TestState,
    identity: &Identity,
    state: &State,
    retry_count: u32,
    context: &mut Context,
) -> Result<Value, ApiError> {
    let has_token = match &state.kind {
        StateKind::Task(task) => {
            matches!(task.resource, Resource::Integration(_)) && task.resource.has_token()
        }
        _ => false,
    };
    let shows_retries = matches!(state.kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_));
    let given = match &request.context {
        Some(text) => context_object::read(text, has_token)?,
        None => Map::new(),
    };
    let made_up = context_object::MadeUp {
        execution_arn: &identity.actor.execution_arn,
        execution_name: &identity.name,
        machine_arn: &identity.actor.machine_arn,
        machine_name: &identity.machine_name,
        role_arn: request.role_arn.as_deref(),
        input: serde_json::from_str(&identity.input).unwrap_or_default(),
        state: &state.name,
        retry_count: shows_retries.then_some(retry_count),
        token: has_token.then(|| context.entropy.uuid()),
        now: timestamp::format(i64::try_from(identity.started_ms).unwrap_or(i64::MAX)),
    };
    Ok(made_up.with(given))
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

/// What came of a test.
///
/// # Errors
/// `ValidationException` for more failed iterations than there are (recorded).
pub fn output(request: &TestState, ended: &InMemory) -> Result<TestStateOutput, ApiError> {
    let Some(tested) = ended.tested() else { return Err(ApiError::internal_failure()) };
    let seen = &tested.inspection.seen;
    if seen.has_too_many_failures {
        return Err(ApiError::validation(
            "Map iteration failure count must be less than or equal to the number of Map iterations",
        ));
    }
    let (status, failure) = status(seen, ended.outcome());
    let (error, cause) = failure.map_or((None, None), |details| (details.error, details.cause));
    let sources = sources(request);
    let level = request.level()?;
    let state = ended.definition().state(&tested.inspection.state);
    Ok(TestStateOutput {
        output: seen.output.as_deref().map(|output| sources.of_json(output)),
        error,
        cause,
        inspection_data: state.filter(|_| level != Level::Info).map(|state| {
            let mut data = inspection_data::of(state, request.input(), seen, &sources);
            data.after_items_pointer = after_items_pointer(request, state).map(|value| sources.text(&value));
            if level == Level::Trace {
                (data.request, data.response) = exchanged(request, ended, tested).unzip();
            }
            data
        }),
        next_state: seen.next.clone(),
        status,
    })
}

fn status(seen: &Seen, outcome: Option<&Outcome>) -> (&'static str, Option<ErrorDetails>) {
    match (&seen.output, outcome) {
        (Some(_), _) if seen.catcher.is_none() => ("SUCCEEDED", None),
        (Some(_), _) => ("CAUGHT_ERROR", seen.failure.clone()),
        (None, _) if seen.retry.is_some() => ("RETRIABLE", seen.failure.clone()),
        (None, Some(Outcome::TimedOut)) => {
            let error = Some("States.Timeout".to_owned());
            ("FAILED", Some(ErrorDetails { error, cause: None }))
        }
        (None, _) => ("FAILED", seen.failure.clone()),
    }
}

fn sources(request: &TestState) -> Sources<'_> {
    let result = request.mock.as_ref().and_then(|mock| mock.result.as_deref());
    let given = [Some(request.input()), result, reader_data(request)];
    Sources(given.into_iter().flatten().collect())
}

fn reader_data(request: &TestState) -> Option<&str> {
    request.state_configuration.as_ref()?.map_item_reader_data.as_deref()
}

/// What an HTTP task sent, without what its connection added, unless that is to be revealed; and what came back.
fn exchanged(request: &TestState, ended: &InMemory, tested: &Tested) -> Option<(HttpRequest, HttpResponse)> {
    let (sent, answer) = tested.exchange.get()?;
    let response = HttpResponse::of(answer, &sent.url);
    if request.reveal_secrets == Some(true) {
        return Some((HttpRequest::of(sent), response));
    }
    let arguments = tested.inspection.seen.arguments.as_deref()?;
    let plain = plain_request(arguments, &ended.identity().actor.scope.region)?;
    Some((HttpRequest::of(&plain), response))
}

/// Only JSONPath shows it.
fn after_items_pointer(request: &TestState, state: &State) -> Option<Value> {
    let StateKind::Map(map) = &state.kind else { return None };
    let reader = map.distributed.as_ref()?.reader.as_ref()?;
    let data = reader_data(request).filter(|_| state.language == QueryLanguage::JsonPath)?;
    reader_data::after_items_pointer(reader, data)
}

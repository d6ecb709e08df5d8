//! Calls that a task makes in a turn of their own.
//!
//! They may change executions, the caller's own included, and may wait (a long poll): so the execution is read when its turn has
//! come, and once more when the call is done.

use super::{Actor, Called, aws_sdk, events, http, remote, start_execution, unavailable};
use crate::context::Context;
use crate::effect::{Continuation, Effect, TaskAttempt, TaskCall};
use crate::failure::{Failure, Wait};
use crate::sdk_call;
use crate::states::keys;
use crate::states::model::{Child, Found};
use crate::states::run::Run;
use crate::tx::Tx;
use serde_json::Value;
use stepwell_engine::{Attempt, FrameId, Integration, IntegrationPattern};

/// What became of a call.
pub(super) struct Outcome {
    pub(super) called: Called,
    /// An execution whose end the task waits for.
    pub(super) child: Option<Child>,
}

impl Outcome {
    pub(super) fn of(called: Called) -> Self {
        Self { called, child: None }
    }
}

/// The turn in which the call is made.
pub(super) fn in_its_turn(attempt: TaskAttempt, parameters: &Value, context: &Context) -> Called {
    let call = TaskCall { attempt, parameters: parameters.to_string(), since_ms: context.now_ms };
    Called::Owes(Box::new(Effect::Continue(Continuation::Call(call))))
}

/// Makes the call, unless the task is over by now, and has the execution go on.
///
/// # Errors
/// [`Failure::Wait`] while a long poll waits; [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn perform(call: &TaskCall, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let attempt = call.attempt;
    let Some(found) = Found::by_number(attempt.machine, attempt.execution, tx)? else { return Ok(()) };
    let actor = Actor::from(&found.facts);
    let Some(integration) = Run::of(found, tx)?.integration(&attempt) else { return Ok(()) };
    let parameters: Value =
        serde_json::from_str(&call.parameters).map_err(|error| Failure::broken(error.to_string()))?;
    let savepoint = tx.savepoint();
    let outcome = match as_role(&actor, &attempt, &integration, &parameters, tx, context) {
        Err(Failure::Wait(wait)) => {
            let until_ms = call.since_ms + wait.patience_ms;
            if context.now_ms < until_ms {
                let look_again_ms = wait.look_again_ms.unwrap_or(until_ms).min(until_ms);
                return Err(Failure::Wait(Wait { look_again_ms: Some(look_again_ms), crowd: None, ..wait }));
            }
            tx.roll_back(savepoint);
            context.last_chance = true;
            as_role(&actor, &attempt, &integration, &parameters, tx, context)?
        }
        outcome => outcome?,
    };
    go_on(&attempt, &integration, outcome, tx, context)
}

fn as_role(
    actor: &Actor,
    attempt: &TaskAttempt,
    integration: &Integration,
    parameters: &Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let mut child = None;
    let called = actor.call(tx, context, |tx, context| {
        let outcome = make(actor, *attempt, integration, parameters, tx, context)?;
        child = outcome.child;
        Ok(outcome.called)
    })?;
    Ok(Outcome { called, child })
}

/// Makes the call, as the caller of the context.
pub(super) fn make(
    actor: &Actor,
    attempt: TaskAttempt,
    integration: &Integration,
    parameters: &Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let (service, action) = (integration.service.as_str(), integration.action.as_str());
    let called = match integration.sdk_service() {
        Some(sdk) => match sdk_call::find(sdk, action) {
            Some(operation) => aws_sdk::call(attempt, sdk, &operation, integration, parameters, tx, context)?,
            None => elsewhere(actor, integration, (attempt, parameters), tx, context)?,
        },
        None if (service, action) == ("states", "startExecution") => {
            return start_execution::start(attempt, integration.pattern, parameters, tx, context);
        }
        None if (service, action) == ("events", "putEvents") && !is_elsewhere("events", context) => {
            events::put(actor, parameters, tx, context)?
        }
        None if (service, action) == ("http", "invoke") => http::request(attempt, parameters, tx, context)?,
        None => elsewhere(actor, integration, (attempt, parameters), tx, context)?,
    };
    Ok(Outcome::of(called))
}

/// Whether the operator named another server for a service's calls.
fn is_elsewhere(service: &str, context: &Context) -> bool {
    context.settings.endpoints.contains_key(service)
}

/// A call of a service that isn't here, which another server may stand for. Jobs that are waited for are not: how a job is
/// looked after is each service's own.
fn elsewhere(
    actor: &Actor,
    integration: &Integration,
    (attempt, parameters): (TaskAttempt, &Value),
    tx: &Tx,
    context: &mut Context,
) -> Result<Called, Failure> {
    let is_job = matches!(integration.pattern, IntegrationPattern::Sync | IntegrationPattern::Sync2);
    let service = remote::find(integration).filter(|_| !is_job);
    let endpoint = service.and_then(|service| context.settings.endpoints.get(service.name));
    match (service, endpoint) {
        (Some(service), Some(endpoint)) => {
            remote::request(actor, integration, (service, endpoint), (attempt, parameters), tx, context)
        }
        _ => Ok(unavailable(integration)),
    }
}

/// The execution takes the outcome in. It is read again: the call may have changed it.
pub(super) fn go_on(
    attempt: &TaskAttempt,
    integration: &Integration,
    outcome: Outcome,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let (frame, number) = (FrameId(attempt.frame), Attempt(attempt.attempt));
    let event = match outcome.called.event(frame, number, integration.has_token()) {
        Ok(event) => event,
        Err(effect) => {
            tx.owe(*effect);
            return Ok(());
        }
    };
    let Some(found) = Found::by_number(attempt.machine, attempt.execution, tx)? else { return Ok(()) };
    let mut run = Run::of(found, tx)?;
    if let Some(child) = outcome.child {
        tx.put(&keys::execution_wait(child.machine, child.execution, attempt), &child.frame);
        run.awaits(child);
    }
    run.advance(event, tx, context).map(drop)
}

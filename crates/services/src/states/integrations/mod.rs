//! Tasks that Step Functions performs by calling another service: what is in-process happens in the same commit.

mod aws_sdk;
mod call;
mod events;
mod http;
mod lambda;
mod remote;
mod sdk;
mod sns;
mod sqs;
pub(crate) mod start_execution;

use crate::context::Context;
use crate::effect::{Effect, TaskAttempt};
use crate::failure::Failure;
use crate::fetch::{Fetch, Fetched};
use crate::keys::Scope;
use crate::states::activities;
use crate::states::model::{Facts, Found};
use crate::states::run::Run;
use crate::tx::Tx;
use serde_json::Value;
use stepwell_engine::{Attempt, Event, FrameId, Integration, IntegrationPattern, Resource, TaskRequest};
use stepwell_wire::ApiError;

/// What became of a task.
pub enum Performed {
    /// It was performed: the engine goes on with this.
    Now(Event),
    /// It is owed, or waits for a worker.
    Later,
}

/// How a call to a service ended, before it is put into the engine's words.
pub(super) enum Called {
    /// JSON text, as the integration shapes it.
    Answered(String),
    /// An error's name and cause.
    Failed { error: String, cause: String },
    /// The answer comes later, from this.
    Owes(Box<Effect>),
}

impl Called {
    /// What the engine is told; or the effect that its answer comes from. A callback task goes on waiting for its token; any
    /// other is done.
    pub(super) fn event(
        self,
        frame: FrameId,
        attempt: Attempt,
        is_callback: bool,
    ) -> Result<Event, Box<Effect>> {
        match self {
            Self::Owes(effect) => Err(effect),
            Self::Failed { error, cause } => {
                Ok(Event::TaskFailed { frame, attempt, error: Some(error), cause: Some(cause) })
            }
            Self::Answered(output) if is_callback => Ok(Event::TaskSubmitted { frame, attempt, output }),
            Self::Answered(output) => Ok(Event::TaskSucceeded { frame, attempt, output }),
        }
    }
}

/// Whose tasks are performed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub role_arn: String,
    pub machine_arn: String,
    pub execution_arn: String,
    pub scope: Scope,
}

impl From<&Facts> for Actor {
    fn from(facts: &Facts) -> Self {
        Self {
            role_arn: facts.role_arn.clone(),
            machine_arn: facts.machine_arn(),
            execution_arn: facts.execution_arn(),
            scope: facts.scope(),
        }
    }
}

impl Actor {
    /// Makes a call as the role; or fails the task if it can't be assumed.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub(super) fn call(
        &self,
        tx: &mut Tx,
        context: &mut Context,
        call: impl FnOnce(&mut Tx, &mut Context) -> Result<Called, Failure>,
    ) -> Result<Called, Failure> {
        match crate::calls::role_session(&self.role_arn, &self.machine_arn, &self.scope, tx, context)? {
            Ok(caller) => context.acting_as(caller, self.scope.clone(), |context| call(tx, context)),
            Err(cause) => Ok(Called::Failed { error: "States.TaskFailed".to_owned(), cause }),
        }
    }
}

/// Performs a task as the execution's role.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`]; what the service refuses fails the task instead.
pub fn perform(
    facts: &Facts,
    attempt: TaskAttempt,
    task: TaskRequest,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Performed, Failure> {
    if let Resource::Activity { arn } = &task.resource {
        // A worker takes it when it asks, as itself: the execution's role has no part in it.
        activities::tasks::schedule(arn, attempt, task.parameters.to_string(), context.steps_ms, tx)?;
        return Ok(Performed::Later);
    }
    let (frame, number) = (task.frame, task.attempt);
    let is_callback = task.resource.has_token();
    let called = Actor::from(facts).call(tx, context, |tx, context| {
        match call_at_once(attempt, &task.resource, task.parameters, tx, context)? {
            Ok(called) => Ok(called),
            Err(parameters) => Ok(call::in_its_turn(attempt, &parameters, context)),
        }
    })?;
    Ok(match called.event(frame, number, is_callback) {
        Ok(event) => Performed::Now(event),
        Err(effect) => {
            tx.owe(*effect);
            Performed::Later
        }
    })
}

/// Makes a call that changes no execution; any other gives its parameters back, and is made in a turn of its own.
fn call_at_once(
    attempt: TaskAttempt,
    resource: &Resource,
    parameters: Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Called, Value>, Failure> {
    Ok(Ok(match resource {
        Resource::Lambda { arn } => lambda::run(arn, attempt, &parameters, tx, context)?,
        Resource::Activity { .. } => return Ok(Err(parameters)),
        Resource::Integration(integration) => match (&*integration.service, &*integration.action) {
            ("sqs", "sendMessage") => sqs::send_message(parameters, tx, context)?,
            ("sns", "publish") => sns::publish(parameters, tx, context)?,
            ("lambda", "invoke") => {
                let is_callback = integration.pattern == IntegrationPattern::WaitForTaskToken;
                lambda::invoke(attempt, is_callback, &parameters, tx, context)?
            }
            _ => return Ok(Err(parameters)),
        },
    }))
}

/// Makes any call of a task at once, as the caller of the context: for executions that have no rows.
pub(super) fn call(
    actor: &Actor,
    attempt: TaskAttempt,
    resource: &Resource,
    parameters: Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Called, Failure> {
    match (call_at_once(attempt, resource, parameters, tx, context)?, resource) {
        (Ok(called), _) => Ok(called),
        (Err(parameters), Resource::Integration(integration)) => {
            call::make(actor, attempt, integration, &parameters, tx, context).map(|outcome| outcome.called)
        }
        (Err(_), Resource::Lambda { arn } | Resource::Activity { arn }) => Ok(Called::Failed {
            error: "States.Runtime".to_owned(),
            cause: format!("The activity {arn} can't be used in an execution of this type."),
        }),
    }
}

/// A service that isn't here. The definition was accepted, as on AWS; the state finds out.
fn unavailable(integration: &Integration) -> Called {
    let named = format!("{}:{}", integration.service, integration.resource_name());
    let is_job = matches!(integration.pattern, IntegrationPattern::Sync | IntegrationPattern::Sync2);
    let way_out = match remote::find(integration) {
        Some(service) if !is_job => {
            format!(": `--endpoint {}=URL` sends the calls of this service to another server", service.name)
        }
        _ => String::new(),
    };
    Called::Failed {
        error: "States.TaskFailed".to_owned(),
        cause: format!("The integration `{named}` is not available here{way_out}"),
    }
}

/// An endpoint's answer to a task's request came back. If the task is over, nothing happens.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn fetched(fetch: &Fetch, fetched: &Fetched, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let attempt = fetch.attempt;
    let Some(found) = Found::by_number(attempt.machine, attempt.execution, tx)? else { return Ok(()) };
    let Some(integration) = Run::of(found, tx)?.integration(&attempt) else { return Ok(()) };
    let called = read_answer(&integration, fetched, context);
    call::go_on(&attempt, &integration, call::Outcome::of(called), tx, context)
}

/// What an endpoint's answer is to its task.
pub(super) fn read_answer(integration: &Integration, fetched: &Fetched, context: &mut Context) -> Called {
    match remote::find(integration) {
        Some(service) => remote::answered(integration, service, fetched, context),
        None => http::answered(fetched),
    }
}

/// The request of an HTTP task, without what its connection adds.
pub use http::plain_request;
/// The services whose calls can be sent to another server, by their names for signatures.
pub use remote::NAMES as REMOTE_SERVICES;

/// A call that a task makes in a turn of its own.
pub use call::perform as perform_call;
/// A function's run ended whose answer a task waits for.
pub use lambda::answered as function_answered;
/// The same for an execution in memory.
pub(super) use lambda::outcome as function_outcome;

/// Runs an operation of a service; what it refuses is undone and fails the task.
fn attempt_call<T>(
    tx: &mut Tx,
    work: impl FnOnce(&mut Tx) -> Result<T, Failure>,
) -> Result<Result<T, Box<ApiError>>, Failure> {
    let savepoint = tx.savepoint();
    match work(tx) {
        Ok(output) => Ok(Ok(output)),
        Err(Failure::Refused(error)) => {
            tx.roll_back(savepoint);
            Ok(Err(error))
        }
        Err(failure) => Err(failure),
    }
}

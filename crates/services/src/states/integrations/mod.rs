//! Tasks that Step Functions performs by calling another service: what is in-process happens in the same commit.

mod aws_sdk;
mod call;
mod http;
mod lambda;
mod remote;
mod sdk;
mod sns;
mod sqs;
pub(crate) mod start_execution;

use crate::context::Context;
use crate::effect::TaskAttempt;
use crate::failure::Failure;
use crate::fetch::{Fetch, Fetched};
use crate::states::activities;
use crate::states::model::{Facts, Found};
use crate::states::run::Run;
use crate::tx::Tx;
use stepwell_engine::{Event, Integration, IntegrationPattern, Resource, TaskRequest};
use stepwell_wire::ApiError;

/// What became of a task.
pub enum Performed {
    /// It was performed: the engine goes on with this.
    Now(Event),
    /// It is owed, or waits for a worker.
    Later,
}

/// How a call to a service ended, before it is put into the engine's words.
enum Called {
    /// JSON text, as the integration shapes it.
    Answered(String),
    /// An error's name and cause.
    Failed { error: String, cause: String },
    /// The answer comes later.
    Owed,
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
    let called =
        match crate::calls::role_session(&facts.role_arn, &facts.machine_arn(), &facts.scope(), tx, context)?
        {
            Ok(caller) => {
                context.acting_as(caller, facts.scope(), |context| call(attempt, task, tx, context))?
            }
            Err(cause) => Called::Failed { error: "States.TaskFailed".to_owned(), cause },
        };
    Ok(match called {
        Called::Owed => Performed::Later,
        Called::Failed { error, cause } => Performed::Now(Event::TaskFailed {
            frame,
            attempt: number,
            error: Some(error),
            cause: Some(cause),
        }),
        // A callback task goes on waiting for its token; any other is done.
        Called::Answered(output) if is_callback => {
            Performed::Now(Event::TaskSubmitted { frame, attempt: number, output })
        }
        Called::Answered(output) => Performed::Now(Event::TaskSucceeded { frame, attempt: number, output }),
    })
}

fn call(
    attempt: TaskAttempt,
    task: TaskRequest,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Called, Failure> {
    match &task.resource {
        Resource::Lambda { arn } => lambda::run(arn, attempt, &task.parameters, tx, context),
        // INVARIANT: an activity's task waits for its worker before anything is called.
        Resource::Activity { .. } => Ok(Called::Owed),
        Resource::Integration(integration) => match (&*integration.service, &*integration.action) {
            ("sqs", "sendMessage") => sqs::send_message(task.parameters, tx, context),
            ("sns", "publish") => sns::publish(task.parameters, tx, context),
            ("lambda", "invoke") => {
                let is_callback = integration.pattern == IntegrationPattern::WaitForTaskToken;
                lambda::invoke(attempt, is_callback, &task.parameters, tx, context)
            }
            _ => Ok(call::owe(attempt, &task.parameters, tx, context)),
        },
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
    let called = match remote::find(&integration) {
        Some(service) => remote::answered(&integration, service, fetched, context),
        None => http::answered(fetched),
    };
    call::go_on(&attempt, &integration, call::Outcome::of(called), tx, context)
}

/// The services whose calls can be sent to another server, by their names for signatures.
pub use remote::NAMES as REMOTE_SERVICES;

/// A call that a task makes in a turn of its own.
pub use call::perform as perform_call;
/// A function's run ended whose answer a task waits for.
pub use lambda::answered as function_answered;

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

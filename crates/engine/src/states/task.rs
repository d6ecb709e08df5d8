//! Task: the request goes out with this step, and its two first events with it, since what is scheduled here is owed
//! by the same commit. What comes back is a later event, which names the attempt.

use std::sync::Arc;

use serde_json::Value;
use stepwell_asl::definition::{Resource, Seconds, State, Task};
use stepwell_asl::path::Path;

use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::history::{ErrorDetails, EventKind, TaskResource};
use crate::payload::written;
use crate::record::{Attempt, FrameId, Stage, TaskStage};
use crate::run::Run;
use crate::task::TaskRequest;

pub(super) fn work(run: &mut Run, id: FrameId, state: &State, task: &Task) -> Result<(), Failure> {
    if let Resource::Activity { arn } = &task.resource
        && !(run.environment.has_activity)(arn)
    {
        return Err(run.runtime_failure(id, &format!("The activity {arn} does not exist.")));
    }
    let attempt = Attempt(run.execution.next_attempt);
    run.execution.next_attempt += 1;
    let request = request(run, id, state, task, attempt)?;
    schedule(run, id, task, &request);
    started(run, id, task);
    if run.is_closed() {
        return Ok(());
    }
    run.frame_mut(id).stage = Stage::Task(stage(&request, run.environment.now_ms));
    run.tasks.push(request);
    Ok(())
}

fn request(
    run: &mut Run,
    id: FrameId,
    state: &State,
    task: &Task,
    attempt: Attempt,
) -> Result<TaskRequest, Failure> {
    let token = task.resource.has_token().then(|| (run.environment.token)(id, attempt));
    let extras = Extras { token: token.as_deref(), ..Extras::default() };
    let input = run.effective_input(id, &state.data_flow)?;
    let timeout = seconds(run, id, "TimeoutSeconds", task.timeout.as_ref(), &input)?;
    let heartbeat = seconds(run, id, "HeartbeatSeconds", task.heartbeat.as_ref(), &input)?;
    let credentials = match &task.credentials {
        None => None,
        Some(template) => Some(run.evaluate(id, &input, extras, |scope| template.evaluate(scope))?),
    };
    let parameters = run.parameters(id, state.data_flow.parameters.as_ref(), input, extras)?;
    run.see(|seen| seen.arguments = Some(Arc::clone(&parameters)));
    let parameters = known_parameters(&task.resource, Arc::unwrap_or_clone(parameters));
    Ok(TaskRequest {
        frame: id,
        attempt,
        state: state.name.clone(),
        retry_count: run.frame(id).retry_count(),
        resource: task.resource.clone(),
        parameters,
        token,
        credentials,
        timeout_ms: timeout.map(|seconds| seconds.saturating_mul(1000)),
        heartbeat_ms: heartbeat.map(|seconds| seconds.saturating_mul(1000)),
    })
}

/// An integration's unknown parameters are dropped before the task is scheduled.
fn known_parameters(resource: &Resource, parameters: Value) -> Value {
    match (resource, parameters) {
        (Resource::Integration(integration), Value::Object(mut members)) => {
            if let Some(known) = integration.parameters {
                members.retain(|name, _| known.contains(&name.as_str()));
            }
            Value::Object(members)
        }
        (_, parameters) => parameters,
    }
}

fn seconds(
    run: &mut Run,
    id: FrameId,
    field: &str,
    seconds: Option<&Seconds>,
    input: &Value,
) -> Result<Option<u64>, Failure> {
    match seconds {
        None => Ok(None),
        Some(Seconds::Literal(seconds)) => Ok(Some(*seconds)),
        Some(Seconds::Path(path)) => seconds_at(run, id, &format!("{field}Path"), path, input).map(Some),
        Some(Seconds::Jsonata(expression)) => {
            let seconds = run.evaluate(id, input, Extras::default(), |scope| {
                let seconds = expression.integer(scope)?;
                u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).ok_or_else(|| {
                    let cause = format!("The {field} field must be a positive integer but was: {seconds}");
                    expression.query_error(cause)
                })
            })?;
            Ok(Some(seconds))
        }
    }
}

fn seconds_at(run: &mut Run, id: FrameId, field: &str, path: &Path, input: &Value) -> Result<u64, Failure> {
    let value = run.read(id, path, input)?;
    match value.as_u64() {
        Some(seconds) if seconds > 0 => Ok(seconds),
        _ => {
            let cause = format!(
                "The {field} parameter cannot be parsed as a positive long value: {} == {value}",
                path.text()
            );
            Err(run.runtime_failure(id, &cause))
        }
    }
}

fn schedule(run: &mut Run, id: FrameId, task: &Task, request: &TaskRequest) {
    let parameters = written(&request.parameters);
    let timeout_in_seconds = request.timeout_ms.map(|ms| ms / 1000);
    let heartbeat_in_seconds = request.heartbeat_ms.map(|ms| ms / 1000);
    let role = request.credentials.as_ref().and_then(|c| c.get("RoleArn")).and_then(Value::as_str);
    let credentials_role_arn = role.map(str::to_owned);
    let scheduled = match &task.resource {
        Resource::Integration(_) => EventKind::TaskScheduled {
            resource: task_resource(&task.resource),
            region: run.facts.region.to_owned(),
            parameters,
            timeout_in_seconds,
            heartbeat_in_seconds,
            credentials_role_arn,
        },
        Resource::Lambda { arn } => EventKind::LambdaFunctionScheduled {
            resource: arn.clone(),
            input: parameters,
            timeout_in_seconds,
            credentials_role_arn,
        },
        Resource::Activity { arn } => EventKind::ActivityScheduled {
            resource: arn.clone(),
            input: parameters,
            timeout_in_seconds,
            heartbeat_in_seconds,
        },
    };
    run.emit_in(id, scheduled);
}

/// An activity starts when a worker takes its task, the others as soon as they are scheduled.
fn started(run: &mut Run, id: FrameId, task: &Task) {
    match &task.resource {
        Resource::Integration(_) => {
            run.emit_in(id, EventKind::TaskStarted(task_resource(&task.resource)));
        }
        Resource::Lambda { .. } => {
            run.emit_in(id, EventKind::LambdaFunctionStarted);
        }
        Resource::Activity { .. } => {}
    }
}

fn stage(request: &TaskRequest, now_ms: u64) -> TaskStage {
    // An activity's clock waits for a worker; what has no token can't send a heartbeat, and owes none.
    let beats = request.token.is_some() && !matches!(request.resource, Resource::Activity { .. });
    let beats_from_now = request.heartbeat_ms.filter(|_| beats);
    TaskStage {
        attempt: request.attempt,
        since_ms: now_ms,
        deadline_ms: request.timeout_ms.map(|ms| now_ms.saturating_add(ms)),
        heartbeat_ms: request.heartbeat_ms,
        heartbeat_deadline_ms: beats_from_now.map(|ms| now_ms.saturating_add(ms)),
    }
}

/// `sqs` and `sendMessage.waitForTaskToken`; of the other families only texts of errors make use.
pub(crate) fn task_resource(resource: &Resource) -> TaskResource {
    match resource {
        Resource::Integration(integration) => {
            TaskResource { resource_type: integration.service.clone(), resource: integration.resource_name() }
        }
        Resource::Lambda { arn } | Resource::Activity { arn } => {
            TaskResource { resource_type: String::new(), resource: arn.clone() }
        }
    }
}

/// The event of a result, in the family of the resource.
pub(crate) fn succeeded(resource: &Resource, output: String) -> EventKind {
    match resource {
        Resource::Integration(_) => EventKind::TaskSucceeded { resource: task_resource(resource), output },
        Resource::Lambda { .. } => EventKind::LambdaFunctionSucceeded { output },
        Resource::Activity { .. } => EventKind::ActivitySucceeded { output },
    }
}

pub(crate) fn failed(resource: &Resource, details: ErrorDetails) -> EventKind {
    match resource {
        Resource::Integration(_) => EventKind::TaskFailed(task_resource(resource), details),
        Resource::Lambda { .. } => EventKind::LambdaFunctionFailed(details),
        Resource::Activity { .. } => EventKind::ActivityFailed(details),
    }
}

pub(crate) fn timed_out(resource: &Resource, details: ErrorDetails) -> EventKind {
    match resource {
        Resource::Integration(_) => EventKind::TaskTimedOut(task_resource(resource), details),
        Resource::Lambda { .. } => EventKind::LambdaFunctionTimedOut(details),
        Resource::Activity { .. } => EventKind::ActivityTimedOut(details),
    }
}

//! A task of an execution in memory: a command into the service that it calls, and where that owes an effect, what came of it.

use crate::context::Context;
use crate::effect::{Effect, EffectResult, InvokeFunction, InvokePurpose, TaskAttempt};
use crate::failure::Failure;
use crate::fetch::{Fetch, Fetched};
use crate::operation::{AnyCommand, Reply};
use crate::states::in_memory::Exchange;
use crate::states::integrations::{self, Actor, Called};
use crate::tx::Tx;
use serde_json::Value;
use std::any::Any;
use std::sync::Arc;
use stepwell_engine::{Attempt, Event, FrameId, Resource, TaskRequest};
use stepwell_wire::render::RenderError;
use stepwell_wire::{Envelope, Response};

/// A task that is to be performed as an actor.
#[derive(Debug)]
pub struct Task {
    pub actor: Actor,
    pub frame: FrameId,
    pub attempt: Attempt,
    pub resource: Resource,
    pub parameters: Value,
    /// Where what is exchanged with an HTTP endpoint is to be noted.
    pub exchange: Option<Arc<Exchange>>,
}

/// What became of a task's call.
#[derive(Debug)]
pub enum Performance {
    /// The engine goes on with this.
    Done(Event),
    /// It is answered by what comes of this effect, which nothing owes: [`Task::finish`].
    Outside(Box<Effect>),
}

/// Makes a task's call. Its answer is a [`Performance`]; a long poll waits as it does for any caller.
pub struct PerformTask(pub Arc<Task>);

impl Task {
    #[must_use]
    pub fn new(actor: Actor, request: TaskRequest) -> Self {
        let TaskRequest { frame, attempt, resource, parameters, .. } = request;
        Self { actor, frame, attempt, resource, parameters, exchange: None }
    }

    /// The event for what came of the effect that the call owed.
    #[must_use]
    pub fn finish(&self, effect: &Effect, result: &EffectResult, context: &mut Context) -> Performance {
        self.performance(match (effect, result, &self.resource) {
            (
                Effect::Invoke(InvokeFunction { purpose: InvokePurpose::Task(_, shape), .. }),
                EffectResult::Invoked(answer),
                _,
            ) => integrations::function_outcome(*shape, answer, context),
            (Effect::Fetch(fetch), EffectResult::Fetched(fetched), Resource::Integration(integration)) => {
                self.note(fetch, fetched, context);
                integrations::read_answer(integration, fetched, context)
            }
            _ => Called::Failed {
                error: "States.Runtime".to_owned(),
                cause: "The task was answered by something else.".to_owned(),
            },
        })
    }

    /// The task could not even be tried, or the server failed it.
    #[must_use]
    pub fn fail(&self, cause: &str) -> Performance {
        self.performance(Called::Failed { error: "States.TaskFailed".to_owned(), cause: cause.to_owned() })
    }

    fn note(&self, fetch: &Fetch, fetched: &Fetched, context: &Context) {
        let Some(exchange) = &self.exchange else { return };
        if let (Some(request), Fetched::Answered(answer)) = (fetch.open(context.secrets), fetched) {
            // There is one request in a test: what was noted first stays.
            exchange.get_or_init(|| (request, answer.clone()));
        }
    }

    fn performance(&self, called: Called) -> Performance {
        match called.event(self.frame, self.attempt, self.resource.has_token()) {
            Ok(event) => Performance::Done(event),
            Err(effect) => Performance::Outside(effect),
        }
    }
}

impl AnyCommand for PerformTask {
    fn name(&self) -> &'static str {
        "PerformTask"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        let task = &self.0;
        let (FrameId(frame), Attempt(attempt)) = (task.frame, task.attempt);
        // No execution of a shard has the number 0.
        let attempt = TaskAttempt { machine: 0, execution: 0, frame, attempt };
        let (resource, parameters) = (&task.resource, task.parameters.clone());
        let called = task.actor.call(tx, context, |tx, context| {
            integrations::call(&task.actor, attempt, resource, parameters, tx, context)
        })?;
        Ok(Box::new(task.performance(called)))
    }
}

impl Reply for Performance {
    fn render(&self, _: &Envelope) -> Result<Response, RenderError> {
        Ok(Response::new(200, String::new()))
    }

    fn shown(&self) -> Result<Value, Failure> {
        Ok(Value::Null)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

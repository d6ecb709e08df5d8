//! Performs a task of an execution in memory: its call is a command, for which the caller waits as any other does; what that
//! leaves to be done outside is done here.

use crate::clock;
use crate::entropy;
use crate::fetches::Fetches;
use crate::functions::Functions;
use crate::inbox::{Inbox, NoRoom};
use crate::pipeline::Line;
use std::sync::Arc;
use stepwell_engine::Event;
use stepwell_services::context::{Context, Request};
use stepwell_services::effect::{Effect, EffectResult};
use stepwell_services::operation::AnyCommand;
use stepwell_services::secrets::Secrets;
use stepwell_services::settings::Settings;
use stepwell_services::shard::{ReplyTo, Submission};
use stepwell_services::states::execution_log::WriteLog;
use stepwell_services::states::in_memory::{PerformTask, Performance, Task};
use tokio::sync::oneshot;

/// What tasks are performed with. Cheap to clone.
#[derive(Clone)]
pub struct Tasks {
    pub inbox: Arc<Inbox>,
    pub functions: Arc<Functions>,
    pub fetches: Fetches,
    pub settings: Arc<Settings>,
    pub secrets: Arc<Secrets>,
}

impl Tasks {
    /// Performs a task: the event that its execution goes on with; nothing when the server shuts down before it is known.
    pub async fn perform(self, task: Task) -> Option<Event> {
        let task = Arc::new(task);
        let mut performance = self.call(&task).await?;
        loop {
            let effect = match performance {
                Performance::Done(event) => return Some(event),
                Performance::Outside(effect) => effect,
            };
            let result = match &*effect {
                Effect::Invoke(invocation) => EffectResult::Invoked(self.functions.invoke(invocation).await?),
                Effect::Fetch(fetch) => EffectResult::Fetched(self.fetches.fetch(fetch).await),
                // Nothing else is answered to a task.
                _ => EffectResult::Continued,
            };
            performance = task.finish(&effect, &result, &mut self.context());
        }
    }

    /// Writes lines into a log group, and waits until they are durable; nothing when the server shuts down before. Without room
    /// for the command they are left out, as AWS leaves some out at times.
    pub async fn write_log(&self, log: WriteLog) -> Option<()> {
        let (sender, receiver) = oneshot::channel();
        match self.submit(Box::new(log), Some(Box::new(Line(sender)))) {
            Ok(()) => receiver.await.ok().map(drop),
            Err(NoRoom) => Some(()),
        }
    }

    /// The same, without waiting.
    pub fn write_log_later(&self, log: WriteLog) {
        if self.submit(Box::new(log), None).is_err() {
            tracing::warn!("lines of an execution's log were left out: too much waits for the writer");
        }
    }

    async fn call(&self, task: &Arc<Task>) -> Option<Performance> {
        let (sender, receiver) = oneshot::channel();
        let command = Box::new(PerformTask(task.clone()));
        if self.submit(command, Some(Box::new(Line(sender)))).is_err() {
            // What can't be tried because the server ends has not failed.
            return (!self.inbox.is_stopped()).then(|| task.fail("Rate exceeded"));
        }
        // The writer drops a line only when the server shuts down.
        match receiver.await.ok()? {
            Ok(reply) => reply.into_any().downcast().ok().map(|performance| *performance),
            Err(error) => Some(task.fail(&error.message)),
        }
    }

    fn context(&self) -> Context<'_> {
        let clock = clock::now();
        let mut context =
            Context::new(clock.stored_ms, self.request(), entropy::seed(), &self.settings, &self.secrets);
        context.wall_ms = clock.wall_ms;
        context
    }

    fn submit(&self, command: Box<dyn AnyCommand>, reply: Option<Box<dyn ReplyTo>>) -> Result<(), NoRoom> {
        let (request, seed) = (self.request(), entropy::seed());
        self.inbox.submit(Submission { command, action: None, request, seed, reply })
    }

    /// URLs that a task sees begin as those that any execution sees.
    fn request(&self) -> Request {
        Request { base_url: self.settings.base_url.clone(), ..Request::own() }
    }
}

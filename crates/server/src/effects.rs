//! Performs what commits owe: runs functions, makes them ready, posts notifications, runs executions in memory; and brings back what came of it.
//!
//! An effect is a task of its own, so that one that hangs holds up no other. What it brings back is a command again. There is
//! a bounded number of them: see `backlog.rs`.

use crate::backlog::{Backlog, Kind, Share};
use crate::executions::Executions;
use crate::fetches::Fetches;
use crate::functions::Functions;
use crate::inbox::Inbox;
use std::sync::Arc;
use stepwell_services::effect::{Completion, Effect, EffectResult, FunctionAnswer, InvokeFunction, Owed};
use stepwell_services::operation::Answer;
use stepwell_services::shard::ReplyTo;
use stepwell_store::Store;
use stepwell_wire::{ApiError, Envelope, Response};
use tokio::runtime::Handle;

/// The outside world, as effects see it. Cheap to clone.
#[derive(Clone)]
pub struct Effects {
    runtime: Handle,
    store: Store,
    functions: Arc<Functions>,
    posts: crate::posts::Posts,
    fetches: Fetches,
    executions: Executions,
    backlogs: Arc<Backlogs>,
}

/// What is owed outside, by kind.
struct Backlogs {
    invocations: Backlog,
    preparations: Backlog,
    posts: Backlog,
    fetches: Backlog,
    executions: Backlog,
}

impl Effects {
    #[must_use]
    pub fn new(
        runtime: Handle,
        store: Store,
        functions: Arc<Functions>,
        posts: crate::posts::Posts,
        fetches: Fetches,
        executions: Executions,
    ) -> Self {
        let backlogs = Arc::new(Backlogs {
            invocations: Backlog::new(Kind::Invoke),
            preparations: Backlog::new(Kind::Prepare),
            posts: Backlog::new(Kind::Post),
            fetches: Backlog::new(Kind::Fetch),
            executions: Backlog::new(Kind::Execute),
        });
        Self { runtime, store, functions, posts, fetches, executions, backlogs }
    }

    /// Gives answers. Those of a batch are given within the runtime, which then is woken once and not for each of them.
    pub fn answer(&self, replies: Vec<(Box<dyn ReplyTo>, Answer)>) {
        let give = |replies: Vec<(Box<dyn ReplyTo>, Answer)>| {
            replies.into_iter().for_each(|(reply, answer)| reply.answer(answer));
        };
        match replies.len() {
            0 | 1 => give(replies),
            _ => drop(self.runtime.spawn(async move { give(replies) })),
        }
    }

    /// Performs an owed effect, as soon as there is room for it; its result finds the effect's row, or finds that it is gone.
    pub fn perform_owed(&self, owed: Owed, inbox: Arc<Inbox>) {
        if let Some(kind) = Kind::of(&owed.effect)
            && let Some(share) = self.backlog(kind).take(&owed)
        {
            self.spawn(owed, kind, share, inbox);
        }
    }

    fn spawn(&self, owed: Owed, kind: Kind, share: Share, inbox: Arc<Inbox>) {
        let effects = self.clone();
        self.runtime.spawn(async move {
            if let Some(result) = effects.result(&owed.effect).await {
                inbox.complete(Completion { id: owed.id, result });
            }
            drop(owed);
            effects.backlog(kind).give_back(share);
            effects.perform_what_was_left(kind, &inbox);
        });
    }

    fn perform_what_was_left(&self, kind: Kind, inbox: &Arc<Inbox>) {
        match self.backlog(kind).read(&self.store) {
            Ok(found) => {
                for (owed, share) in found {
                    self.spawn(owed, kind, share, inbox.clone());
                }
            }
            // The writer finds that too, and ends the process; what is owed is performed after the next start.
            Err(failure) => tracing::error!("what is owed can't be read: {failure:?}"),
        }
    }

    fn backlog(&self, kind: Kind) -> &Backlog {
        match kind {
            Kind::Invoke => &self.backlogs.invocations,
            Kind::Prepare => &self.backlogs.preparations,
            Kind::Post => &self.backlogs.posts,
            Kind::Fetch => &self.backlogs.fetches,
            Kind::Execute => &self.backlogs.executions,
        }
    }

    /// Performs an effect that nothing owes.
    pub fn perform(&self, effect: Effect, inbox: Arc<Inbox>) {
        let effects = self.clone();
        self.runtime.spawn(async move {
            if let Some(result) = effects.result(&effect).await {
                inbox.complete_performed(effect, result);
            }
        });
    }

    /// What came of an effect; nothing when the server shuts down before it is known: then it stays owed.
    async fn result(&self, effect: &Effect) -> Option<EffectResult> {
        Some(match effect {
            Effect::Continue(_) => EffectResult::Continued,
            Effect::Invoke(invocation) => EffectResult::Invoked(self.functions.invoke(invocation).await?),
            Effect::PrepareFunction(function) => {
                EffectResult::Prepared(self.functions.prepare(function).await?)
            }
            Effect::Fetch(fetch) => EffectResult::Fetched(self.fetches.fetch(fetch).await),
            Effect::Execute(execution) => self.executions.run_owed(execution).await?,
            Effect::Post(notification) => EffectResult::Posted(self.posts.post(notification).await),
        })
    }

    /// Runs a function for a caller who holds the line.
    ///
    /// # Errors
    /// Why it could not be run.
    pub async fn invoke_and_render(
        &self,
        invocation: &InvokeFunction,
        envelope: &Envelope<'_>,
    ) -> Result<Response, ApiError> {
        match self.functions.invoke(invocation).await {
            None => Err(ApiError::service_unavailable("the server is shutting down")),
            Some(FunctionAnswer::Refused { code, status, message }) => {
                Err(ApiError::new(code, status, message))
            }
            Some(FunctionAnswer::Ran { payload, error, executed_version, log_tail }) => {
                let mut response = envelope
                    .payload(200, "application/json", payload)
                    .with_header("X-Amz-Executed-Version", executed_version)
                    .with_header("x-amzn-Remapped-Content-Length", "0");
                if let Some(error) = error {
                    response = response.with_header("X-Amz-Function-Error", error);
                }
                if let Some(log) = log_tail {
                    response = response.with_header("X-Amz-Log-Result", base64(&log));
                }
                Ok(response)
            }
        }
    }
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

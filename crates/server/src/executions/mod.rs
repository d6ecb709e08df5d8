//! Drives executions in memory: gives them time and events, waits for them, has their tasks performed.
//!
//! A short step is made at once where the execution is driven, without handing it to another thread; one that needs more goes
//! to threads for such work, of which there are few. Whoever drops the future of an execution ends it, with its tasks.

mod tasks;

pub use tasks::Tasks;

use crate::clock;
use crate::entropy;
use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use stepwell_engine::Event;
use stepwell_services::effect::EffectResult;
use stepwell_services::kept::Definitions;
use stepwell_services::states::express::ExpressExecution;
use stepwell_services::states::in_memory::{InMemory, Pace, Progress};
use stepwell_store::Store;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

/// Executions that callers wait for at a time. Ours; AWS bounds how many are started in a second.
const MOST_AWAITED: usize = 4096;

/// The server shuts down before an execution has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShuttingDown;

/// What drives executions. Cheap to clone.
#[derive(Clone)]
pub struct Executions {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    tasks: Tasks,
    definitions: Definitions,
    awaited: Semaphore,
    /// Steps on threads for long work at a time: strangers' loops leave the other cores to everyone else.
    long: Semaphore,
}

impl Executions {
    #[must_use]
    pub fn new(store: Store, tasks: Tasks) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (awaited, long) = (Semaphore::new(MOST_AWAITED), Semaphore::new(cores.div_ceil(2)));
        Self { inner: Arc::new(Inner { store, tasks, definitions: Definitions::default(), awaited, long }) }
    }

    /// A place for an execution that a caller waits for, if there is one.
    #[must_use]
    pub fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.inner.awaited.try_acquire().ok()
    }

    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        &self.inner.definitions
    }

    /// Runs an execution to its end for a caller who waits. The end of its log is written behind the caller's back.
    ///
    /// # Errors
    /// If the server shuts down before.
    pub async fn run_awaited(&self, execution: InMemory) -> Result<InMemory, ShuttingDown> {
        let mut ended = self.run(execution).await?;
        if let Some(log) = ended.take_log() {
            self.inner.tasks.write_log_later(log);
        }
        Ok(ended)
    }

    /// Runs an execution that is owed to its end; nothing if the server shuts down before: then it is run again.
    pub async fn run_owed(&self, owed: &ExpressExecution) -> Option<EffectResult> {
        let begun = {
            let snapshot = self.inner.store.snapshot();
            owed.begin(&self.inner.definitions, &snapshot, entropy::seed())
        };
        match begun {
            Ok(Some(execution)) => {
                let mut ended = self.run(execution).await.ok()?;
                Some(EffectResult::Executed(ended.take_log().map(Box::new)))
            }
            // Its state machine was deleted, which ends its executions.
            Ok(None) => Some(EffectResult::Executed(None)),
            Err(failure) => {
                tracing::error!("an execution can't be begun: {failure:?}");
                None
            }
        }
    }

    async fn run(&self, execution: InMemory) -> Result<InMemory, ShuttingDown> {
        let mut execution = execution;
        let mut events = VecDeque::from([Event::Start]);
        let mut tasks = JoinSet::new();
        loop {
            let event = events.pop_front().unwrap_or(Event::Continue);
            let progress;
            (execution, progress) = self.step(execution, event).await?;
            if execution.outcome().is_some() {
                return Ok(execution);
            }
            if let Some(log) = execution.take_log() {
                self.inner.tasks.write_log(log).await.ok_or(ShuttingDown)?;
            }
            for task in progress.tasks {
                tasks.spawn(self.inner.tasks.clone().perform(task));
            }
            if events.is_empty() {
                events.extend(next_event(&mut tasks, progress.next_due_ms, progress.has_work).await?);
            }
        }
    }

    async fn step(&self, execution: InMemory, event: Event) -> Result<(InMemory, Progress), ShuttingDown> {
        let mut execution = execution;
        // What goes on has had its short step already.
        if event != Event::Continue
            && let Some(progress) = execution.step(&event, Pace::Brief, clock::now().stored_ms)
        {
            return Ok((execution, progress));
        }
        let _place = self.inner.long.acquire().await.map_err(|_| ShuttingDown)?;
        let stepped = tokio::task::spawn_blocking(move || {
            let progress = execution.step(&event, Pace::Long, clock::now().stored_ms);
            progress.map(|progress| (execution, progress))
        });
        match stepped.await {
            // INVARIANT: a long step isn't undone.
            Ok(stepped) => stepped.ok_or(ShuttingDown),
            Err(error) => std::panic::resume_unwind(error.try_into_panic().map_err(|_| ShuttingDown)?),
        }
    }
}

/// What happens next: a task's end, the time that has come, or at once more of the same.
async fn next_event(
    tasks: &mut JoinSet<Option<Event>>,
    due_ms: Option<u64>,
    has_work: bool,
) -> Result<Option<Event>, ShuttingDown> {
    let left_ms = due_ms.map(|due_ms| due_ms.saturating_sub(clock::now().stored_ms));
    if left_ms == Some(0) {
        return Ok(Some(Event::Due));
    }
    if has_work {
        return Ok(None);
    }
    let due = async {
        match left_ms {
            Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            None => pending().await,
        }
    };
    tokio::select! {
        Some(ended) = tasks.join_next() => match ended {
            Ok(event) => event.map(Some).ok_or(ShuttingDown),
            Err(error) => std::panic::resume_unwind(error.try_into_panic().map_err(|_| ShuttingDown)?),
        },
        () = due => Ok(Some(Event::Due)),
    }
}

//! A state under test, in an execution in memory: what it is given, what is seen of it, and what its task exchanged with an
//! HTTP endpoint. Where its task is mocked, nobody is called.

use crate::fetch::{FetchAnswer, FetchRequest};
use std::sync::{Arc, OnceLock};
use stepwell_engine::{ErrorDetails, Event, Inspection, TaskRequest};

/// What an execution has beside its own when one state is tested.
#[derive(Debug, Clone)]
pub struct Tested {
    pub inspection: Inspection,
    /// What the work of a Task state comes to: JSON text, or an error.
    pub mocked: Option<Result<String, ErrorDetails>>,
    pub exchange: Arc<Exchange>,
}

/// What an HTTP task sent, and what came back. Whoever performs the task writes it, once.
pub type Exchange = OnceLock<(FetchRequest, FetchAnswer)>;

impl Tested {
    #[must_use]
    pub fn new(inspection: Inspection, mocked: Option<Result<String, ErrorDetails>>) -> Self {
        Self { inspection, mocked, exchange: Arc::default() }
    }

    /// What the mock answers to a task.
    pub fn answer(&mut self, task: &TaskRequest) -> Option<Event> {
        let (frame, attempt) = (task.frame, task.attempt);
        Some(match self.mocked.take()? {
            Ok(output) => Event::TaskSucceeded { frame, attempt, output },
            Err(ErrorDetails { error, cause }) => Event::TaskFailed { frame, attempt, error, cause },
        })
    }
}

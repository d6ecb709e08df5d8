//! Tasks that are over, in whatever way, and have left something in rows that aren't their execution's: it is taken back.

use crate::effect::TaskAttempt;
use crate::failure::Failure;
use crate::states::activities;
use crate::states::model::State;
use crate::tx::Tx;
use stepwell_asl::definition::{Resource, StateMachine};
use stepwell_engine::{Attempt, FrameId, TaskRequest};

/// A task that is out.
#[derive(Debug, PartialEq, Eq)]
pub struct Out {
    frame: FrameId,
    attempt: Attempt,
    since_ms: u64,
    /// The activity's ARN.
    activity: String,
}

/// The tasks of an execution that would leave something behind.
pub fn out(state: &State, definition: &StateMachine) -> Vec<Out> {
    if state.waits.is_none() {
        // Nothing waits that could be answered from outside: most steps end here.
        return Vec::new();
    }
    let tasks = state.engine.open_tasks(definition).filter_map(|task| match task.resource {
        Resource::Activity { arn } => Some(Out {
            frame: task.frame,
            attempt: task.attempt,
            since_ms: task.since_ms,
            activity: arn.clone(),
        }),
        Resource::Lambda { .. } | Resource::Integration(_) => None,
    });
    tasks.collect()
}

impl Out {
    /// A task that is about to be performed, if it will leave something behind.
    pub fn of_request(task: &TaskRequest, now_ms: u64) -> Option<Self> {
        let Resource::Activity { arn } = &task.resource else { return None };
        Some(Self { frame: task.frame, attempt: task.attempt, since_ms: now_ms, activity: arn.clone() })
    }

    /// Takes back what the task left.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn withdraw(&self, machine: u64, execution: u64, tx: &mut Tx) -> Result<(), Failure> {
        let (FrameId(frame), Attempt(attempt)) = (self.frame, self.attempt);
        let attempt = TaskAttempt { machine, execution, frame, attempt };
        activities::tasks::withdraw(&self.activity, &attempt, self.since_ms, tx)
    }
}

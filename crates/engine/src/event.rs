//! What can happen to an execution. Every one of these enters by `step`; nothing changes an execution by another way.

use crate::record::{Attempt, FrameId};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The execution begins.
    Start,
    /// The budget of the last step ended with work left.
    Continue,
    /// The request of a callback task was accepted by the service; the frame goes on waiting for its token.
    TaskSubmitted { frame: FrameId, attempt: Attempt, output: String },
    /// A worker took an activity's task.
    ActivityStarted { frame: FrameId, attempt: Attempt, worker_name: Option<String> },
    /// The integration's result, or SendTaskSuccess: JSON text.
    TaskSucceeded { frame: FrameId, attempt: Attempt, output: String },
    /// The integration's error, or SendTaskFailure.
    TaskFailed { frame: FrameId, attempt: Attempt, error: Option<String>, cause: Option<String> },
    /// A distributed Map state's run has begun, under a number of the caller's.
    MapRunStarted { frame: FrameId, attempt: Attempt, run: u64, map_run_arn: String },
    /// The run is done: JSON text, or nothing where that is larger than a state's output may be.
    MapRunSucceeded { frame: FrameId, attempt: Attempt, output: Option<String> },
    /// The run goes on with the children that didn't succeed.
    MapRunRedriven { frame: FrameId, attempt: Attempt, map_run_arn: String, redrive_count: u64 },
    /// The run failed.
    MapRunFailed { frame: FrameId, attempt: Attempt, error: Option<String>, cause: Option<String> },
    /// SendTaskHeartbeat.
    Heartbeat { frame: FrameId, attempt: Attempt },
    /// The timer fired: all that is due by now is done.
    Due,
    /// StopExecution.
    Stop { error: Option<String>, cause: Option<String> },
    /// RedriveExecution, of one that ended without success. Executions of express workflows begin again from their start.
    Redrive { from_start: bool },
}

/// What became of an event that names an attempt, or of a redrive. The other events are always accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    Accepted,
    /// The attempt is over (late, doubled) or never was, or the execution can't be redriven: nothing changed.
    NoSuchAttempt,
}

//! The stored record of an execution: small, and all that is needed to go on. A tree of frames (one, unless a Parallel
//! or Map state opened branches), each with its state, that state's input, its variables, its retry counters and
//! what it waits for. The definition, the input of the execution and the history are never in it.
//! Its bytes are CBOR maps with numbered fields: a newer binary reads older records.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use minicbor::{Decode, Encode};
use stepwell_asl::definition::StateMachine;

use crate::payload::Payload;
use crate::redrive::Redriven;
use crate::task::Resource;

/// A frame of an execution: one thread of control. The first is 0. Numbers are never used again in an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct FrameId(#[n(0)] pub u32);

impl FrameId {
    pub(crate) const ROOT: FrameId = FrameId(0);
}

/// One try of a task. Numbers grow over the whole execution, so that an old token never matches again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Attempt(#[n(0)] pub u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Status {
    #[n(0)]
    Running,
    #[n(1)]
    Succeeded,
    #[n(2)]
    Failed,
    #[n(3)]
    TimedOut,
    #[n(4)]
    Aborted,
}

impl Status {
    /// The API's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Running => "RUNNING",
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::TimedOut => "TIMED_OUT",
            Status::Aborted => "ABORTED",
        }
    }
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Outcome {
    #[n(0)]
    #[cbor(map)]
    Succeeded {
        /// JSON text
        #[n(0)]
        output: String,
    },
    #[n(1)]
    #[cbor(map)]
    Failed {
        #[n(0)]
        error: Option<String>,
        #[n(1)]
        cause: Option<String>,
    },
    #[n(2)]
    TimedOut,
    #[n(3)]
    #[cbor(map)]
    Aborted {
        #[n(0)]
        error: Option<String>,
        #[n(1)]
        cause: Option<String>,
    },
}

#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Execution {
    #[n(0)]
    pub(crate) next_event_id: u64,
    #[n(1)]
    pub(crate) next_frame: u32,
    #[n(2)]
    pub(crate) next_attempt: u64,
    #[n(3)]
    pub(crate) frames: BTreeMap<FrameId, Frame>,
    /// The frames that can go on now, in the order in which they take turns.
    #[n(4)]
    pub(crate) runnable: VecDeque<FrameId>,
    /// When the execution as a whole times out.
    #[n(5)]
    pub(crate) deadline_ms: Option<u64>,
    #[n(6)]
    pub(crate) outcome: Option<Outcome>,
    /// Of an execution that ended without success: what its frames were at.
    #[n(7)]
    pub(crate) unfinished: Option<BTreeMap<FrameId, Frame>>,
    #[n(8)]
    pub(crate) redriven: Option<Redriven>,
}

/// One thread of control: the execution itself, a branch of a Parallel state, or an iteration of a Map state.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Frame {
    #[n(0)]
    pub parent: Option<FrameId>,
    /// Which branch, or which item, of the parent's state.
    #[n(1)]
    pub index: u32,
    /// The state that it is in, or is about to enter.
    #[n(2)]
    pub state: String,
    /// The raw input of that state.
    #[n(3)]
    pub input: Payload,
    #[n(4)]
    pub entered_event: u64,
    #[n(5)]
    pub entered_at_ms: u64,
    /// The event that the next one points at.
    #[n(6)]
    pub last_event: u64,
    /// The variables assigned in this scope: JSON texts, by name.
    #[n(7)]
    pub variables: BTreeMap<String, String>,
    /// How often each retrier of the state has been used in this visit.
    #[n(8)]
    pub retries: Vec<u32>,
    #[n(9)]
    pub stage: Stage,
    /// The item that this iteration of a Map state is for.
    #[n(10)]
    pub item: Option<Payload>,
    /// The event at which the one for entering the state points, in states of JSONata.
    #[n(11)]
    pub entered_after: Option<u64>,
}

/// What a frame is at.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) enum Stage {
    /// Runnable: its state is to be entered.
    #[n(0)]
    Enter,
    /// Runnable: its state has been entered, and its work is to be done (again, after a retry).
    #[n(1)]
    Work,
    /// In a Wait state.
    #[n(2)]
    #[cbor(map)]
    Waiting {
        #[n(0)]
        until_ms: u64,
    },
    /// Between two tries.
    #[n(3)]
    #[cbor(map)]
    Backoff {
        #[n(0)]
        until_ms: u64,
    },
    /// A task is out.
    #[n(4)]
    Task(#[n(0)] TaskStage),
    /// Branches or iterations are at work.
    #[n(5)]
    Children(#[n(0)] ChildrenStage),
    /// A distributed Map state's run is at work.
    #[n(6)]
    MapRun(#[n(0)] MapRunStage),
}

#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub(crate) struct MapRunStage {
    #[n(0)]
    pub attempt: Attempt,
    /// The caller's number of the run, once it has begun.
    #[n(1)]
    pub run: Option<u64>,
}

impl Stage {
    /// Whether branches or iterations are at work.
    pub fn has_children(&self) -> bool {
        matches!(self, Stage::Children(_) | Stage::MapRun(_))
    }
}

#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub(crate) struct TaskStage {
    #[n(0)]
    pub attempt: Attempt,
    #[n(1)]
    pub since_ms: u64,
    #[n(2)]
    pub deadline_ms: Option<u64>,
    #[n(3)]
    pub heartbeat_ms: Option<u64>,
    /// Absent while no heartbeat is due, as with an activity that no worker has taken.
    #[n(4)]
    pub heartbeat_deadline_ms: Option<u64>,
}

#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub(crate) struct ChildrenStage {
    /// JSON texts, in order of branches or items; absent where the child isn't done.
    #[n(0)]
    pub results: Vec<Option<String>>,
    /// The sum of the lengths of the results.
    #[n(1)]
    pub result_bytes: u64,
    /// The next item that has no iteration yet.
    #[n(2)]
    pub next_index: u32,
    /// The children at work.
    #[n(3)]
    pub open: Vec<FrameId>,
}

/// A task that is out.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenTask<'a> {
    pub frame: FrameId,
    pub attempt: Attempt,
    pub state: &'a str,
    pub resource: &'a Resource,
    pub since_ms: u64,
    pub deadline_ms: Option<u64>,
    pub heartbeat_deadline_ms: Option<u64>,
}

impl Default for Execution {
    fn default() -> Self {
        Self::new()
    }
}

impl Execution {
    /// An execution that has yet to be given `Event::Start`.
    pub fn new() -> Self {
        Execution {
            next_event_id: 1,
            next_frame: 0,
            next_attempt: 1,
            frames: BTreeMap::new(),
            runnable: VecDeque::new(),
            deadline_ms: None,
            outcome: None,
            unfinished: None,
            redriven: None,
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding to memory can't fail")
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, CorruptRecord> {
        minicbor::decode(bytes).map_err(CorruptRecord::from)
    }

    pub fn status(&self) -> Status {
        match &self.outcome {
            None => Status::Running,
            Some(Outcome::Succeeded { .. }) => Status::Succeeded,
            Some(Outcome::Failed { .. }) => Status::Failed,
            Some(Outcome::TimedOut) => Status::TimedOut,
            Some(Outcome::Aborted { .. }) => Status::Aborted,
        }
    }

    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The id that the next event of the history will have; one more than there are events.
    pub fn next_event_id(&self) -> u64 {
        self.next_event_id
    }

    /// The nearest timer over all frames: one timer row per execution is enough.
    pub fn next_due_ms(&self) -> Option<u64> {
        self.frames.values().filter_map(Frame::due_ms).chain(self.deadline_ms).min()
    }

    /// Whether frames can still go on: the budget ended, and the caller comes back with `Event::Continue`.
    pub fn has_work(&self) -> bool {
        !self.runnable.is_empty()
    }

    /// The tasks that are out.
    pub fn tasks<'a>(&'a self, machine: &'a StateMachine) -> impl Iterator<Item = OpenTask<'a>> {
        self.frames.iter().filter_map(move |(id, frame)| frame.task(*id, machine))
    }

    /// The runs of distributed Map states that are at work, by the caller's numbers.
    pub fn map_runs(&self) -> impl Iterator<Item = u64> {
        self.frames.values().filter_map(Frame::map_run)
    }

    /// The tasks that are out and can be answered with a token.
    pub fn open_tasks<'a>(&'a self, machine: &'a StateMachine) -> impl Iterator<Item = OpenTask<'a>> {
        self.tasks(machine).filter(|task| task.resource.has_token())
    }
}

impl Frame {
    /// A frame that is about to enter its first state.
    pub fn new(parent: Option<FrameId>, index: u32, state: &str, input: Payload, last_event: u64) -> Self {
        Frame {
            parent,
            index,
            state: state.to_owned(),
            input,
            entered_event: 0,
            entered_at_ms: 0,
            last_event,
            variables: BTreeMap::new(),
            retries: Vec::new(),
            stage: Stage::Enter,
            item: None,
            entered_after: None,
        }
    }

    pub fn retry_count(&self) -> u32 {
        self.retries.iter().sum()
    }

    pub(crate) fn due_ms(&self) -> Option<u64> {
        match &self.stage {
            Stage::Enter | Stage::Work | Stage::Children(_) | Stage::MapRun(_) => None,
            Stage::Waiting { until_ms } | Stage::Backoff { until_ms } => Some(*until_ms),
            Stage::Task(task) => task.due_ms(),
        }
    }

    pub(crate) fn map_run(&self) -> Option<u64> {
        match &self.stage {
            Stage::MapRun(stage) => stage.run,
            _ => None,
        }
    }

    fn task<'a>(&'a self, id: FrameId, machine: &'a StateMachine) -> Option<OpenTask<'a>> {
        let Stage::Task(task) = &self.stage else { return None };
        let resource = machine.task_resource(&self.state)?;
        Some(OpenTask {
            frame: id,
            attempt: task.attempt,
            state: &self.state,
            resource,
            since_ms: task.since_ms,
            deadline_ms: task.deadline_ms,
            heartbeat_deadline_ms: task.heartbeat_deadline_ms,
        })
    }
}

impl TaskStage {
    fn due_ms(&self) -> Option<u64> {
        self.deadline_ms.into_iter().chain(self.heartbeat_deadline_ms).min()
    }
}

/// Stored bytes that this engine can't read.
#[derive(Debug)]
pub struct CorruptRecord(minicbor::decode::Error);

impl From<minicbor::decode::Error> for CorruptRecord {
    fn from(error: minicbor::decode::Error) -> Self {
        CorruptRecord(error)
    }
}

impl fmt::Display for CorruptRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stored record can't be read: {}", self.0)
    }
}

impl std::error::Error for CorruptRecord {}

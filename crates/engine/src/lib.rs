//! Executions as a deterministic state machine: an event in; history, tasks to perform and a timer out. The same record,
//! event and environment give the same bytes, always. Nothing here reads a clock, a random source or a socket, and
//! nothing knows where the record is stored. One step is bounded by its budget, whatever the definition does.
//!
//! `step` is the one door, and `inspect` the same for one state that is tested by itself. After it the caller commits, together: the record (`Execution::encode`), the history's new
//! events (`HistoryEvent::encode_many`), the tasks that are owed, and one timer row (`Execution::next_due_ms`).

mod children;
mod context;
mod data_flow;
mod event;
mod facts;
mod failure;
mod history;
mod inspect;
mod leave;
mod map_run;
mod payload;
mod record;
mod redrive;
mod run;
mod states;
mod step;
mod task;

pub use context::STATE_DATA;
pub use event::{Accepted, Event};
pub use facts::{Environment, Facts, Limits};
pub use history::{AssignedVariable, ErrorDetails, EventKind, HistoryEvent, StateType, TaskResource};
pub use inspect::{Children, Inspection, Seen, inspect};
pub use map_run::{Batch, Items, MapItem, MapRunRequest, Reader, Writer, map_items};
pub use record::{Attempt, CorruptRecord, Execution, FrameId, OpenTask, Outcome, Status};
pub use redrive::{MapRunRedrive, Redriven};
pub use step::{Step, step};
pub use task::{Integration, IntegrationPattern, Resource, TaskRequest};

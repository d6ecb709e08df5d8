//! What the engine asks of the world: a task to perform. In-process integrations are performed by the caller at once,
//! in the same commit; the others are effects that this commit owes.

use serde_json::Value;

pub use stepwell_asl::definition::{Integration, IntegrationPattern, Resource};

use crate::record::{Attempt, FrameId};

#[derive(Clone, Debug, PartialEq)]
pub struct TaskRequest {
    pub frame: FrameId,
    pub attempt: Attempt,
    pub state: String,
    /// How often the state was tried before in this visit.
    pub retry_count: u32,
    pub resource: Resource,
    /// The evaluated `Parameters`, or the state's effective input.
    pub parameters: Value,
    /// Where the task can be answered from outside.
    pub token: Option<String>,
    /// The evaluated `Credentials`.
    pub credentials: Option<Value>,
    pub timeout_ms: Option<u64>,
    pub heartbeat_ms: Option<u64>,
}

//! Executions in memory: stepped by the same engine, outside of a shard, without a row of their own.
//!
//! An EXPRESS execution is one. The rules here are pure, as everywhere: whoever drives one gives it the time and the events,
//! waits for it, and has its tasks performed ([`Task`]). A task that calls a service which lives here is a command, so that
//! it is as durable and as authorised as any customer's call.

mod execution;
mod task;
mod tested;

pub use execution::{Identity, InMemory, Pace, Progress};
pub use task::{PerformTask, Performance, Task};
pub use tested::{Exchange, Tested};

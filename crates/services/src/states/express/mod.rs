//! EXPRESS executions, which run in memory: at most once for a caller who holds the line, at least once for any other.

mod begin;
mod owed;
mod start_sync_execution;

pub use begin::start;
pub use owed::{ExpressExecution, ended};
pub use start_sync_execution::StartSyncExecution;

#[cfg(test)]
mod tests;

//! Versions of a state machine: revisions that were published under a number.
//!
//! A version never changes, and its number is never given again. An execution keeps the revision, not the version: deleting a
//! version takes nothing from what was started by it.

mod delete_state_machine_version;
mod list_state_machine_versions;
pub(crate) mod model;
mod publish_state_machine_version;

pub use delete_state_machine_version::DeleteStateMachineVersion;
pub use list_state_machine_versions::ListStateMachineVersions;
pub use publish_state_machine_version::PublishStateMachineVersion;
pub(crate) use publish_state_machine_version::{check_description, publish};

#[cfg(test)]
mod tests;

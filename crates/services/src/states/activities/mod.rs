//! Activities: names under which states put their tasks and workers fetch them.
//!
//! A task that no worker has taken yet is a row of its own, in the order in which it was scheduled. The row is a way to the
//! attempt and nothing more: whether the task is still out is the execution's to say.

mod create_activity;
mod delete_activity;
mod describe_activity;
mod get_activity_task;
mod list_activities;
pub(crate) mod model;
pub(crate) mod tasks;

pub use create_activity::CreateActivity;
pub use delete_activity::DeleteActivity;
pub(crate) use delete_activity::sweep;
pub use describe_activity::DescribeActivity;
pub use get_activity_task::GetActivityTask;
pub use list_activities::ListActivities;

#[cfg(test)]
mod tests;

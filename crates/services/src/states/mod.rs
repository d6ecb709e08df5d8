//! Step Functions: state machines, executions, their history, and the task tokens that bring them on.
//!
//! What happens in an execution is the engine's; this room stores it, performs its tasks and answers the API.

pub(crate) mod activities;
pub(crate) mod aliases;
mod arn;
pub(crate) mod check;
pub(crate) mod children;
mod create_state_machine;
mod definition;
pub(crate) mod delete_state_machine;
mod describe_execution;
mod describe_map_run;
mod describe_state_machine;
mod describe_state_machine_for_execution;
mod errors;
pub mod execution_log;
pub mod express;
mod get_execution_history;
pub mod in_memory;
pub(crate) mod integrations;
pub(crate) mod keys;
mod list_executions;
mod list_map_runs;
mod list_state_machines;
mod logging;
pub mod map_run;
pub mod mocks;
pub mod model;
mod names;
pub mod open_callbacks;
pub(crate) mod qualified;
pub(crate) mod redrive;
mod redrive_execution;
pub(crate) mod retention;
pub(crate) mod run;
mod send_task;
mod start_execution;
mod status_event;
mod stop_execution;
mod tags;
mod test_state;
mod token;
mod update_map_run;
mod update_state_machine;
mod validate_state_machine_definition;
mod validation;
pub(crate) mod versions;
mod waits;
mod withdraw;

pub use activities::{CreateActivity, DeleteActivity, DescribeActivity, GetActivityTask, ListActivities};
pub use aliases::{
    CreateStateMachineAlias, DeleteStateMachineAlias, DescribeStateMachineAlias, ListStateMachineAliases,
    UpdateStateMachineAlias,
};
pub use create_state_machine::CreateStateMachine;
pub use delete_state_machine::DeleteStateMachine;
pub use describe_execution::DescribeExecution;
pub use describe_map_run::DescribeMapRun;
pub use describe_state_machine::DescribeStateMachine;
pub use describe_state_machine_for_execution::DescribeStateMachineForExecution;
pub use express::StartSyncExecution;
pub use get_execution_history::GetExecutionHistory;
pub use integrations::REMOTE_SERVICES;
pub use list_executions::ListExecutions;
pub use list_map_runs::ListMapRuns;
pub use list_state_machines::ListStateMachines;
pub use redrive_execution::RedriveExecution;
pub use send_task::{SendTaskFailure, SendTaskHeartbeat, SendTaskSuccess};
pub use start_execution::StartExecution;
pub use stop_execution::StopExecution;
pub use tags::{ListTagsForResource, TagResource, UntagResource};
pub use test_state::TestState;
pub use token::execution_of_token;
pub use update_map_run::UpdateMapRun;
pub use update_state_machine::UpdateStateMachine;
pub use validate_state_machine_definition::ValidateStateMachineDefinition;
pub use versions::{DeleteStateMachineVersion, ListStateMachineVersions, PublishStateMachineVersion};

use crate::operation::json::{command, read};
use crate::operation::{Operation, execute};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<CreateActivity>(),
    command::<CreateStateMachine>(),
    command::<CreateStateMachineAlias>(),
    command::<DeleteActivity>(),
    command::<DeleteStateMachine>(),
    command::<DeleteStateMachineAlias>(),
    command::<DeleteStateMachineVersion>(),
    read::<DescribeActivity>(),
    read::<DescribeExecution>(),
    read::<DescribeMapRun>(),
    read::<DescribeStateMachine>(),
    read::<DescribeStateMachineAlias>(),
    read::<DescribeStateMachineForExecution>(),
    command::<GetActivityTask>(),
    read::<GetExecutionHistory>(),
    read::<ListActivities>(),
    read::<ListExecutions>(),
    read::<ListMapRuns>(),
    read::<ListStateMachineAliases>(),
    read::<ListStateMachineVersions>(),
    read::<ListStateMachines>(),
    read::<ListTagsForResource>(),
    command::<PublishStateMachineVersion>(),
    command::<RedriveExecution>(),
    command::<SendTaskFailure>(),
    command::<SendTaskHeartbeat>(),
    command::<SendTaskSuccess>(),
    command::<StartExecution>(),
    execute::<StartSyncExecution>(),
    command::<StopExecution>(),
    command::<TagResource>(),
    execute::<TestState>(),
    command::<UntagResource>(),
    command::<UpdateMapRun>(),
    command::<UpdateStateMachine>(),
    command::<UpdateStateMachineAlias>(),
    read::<ValidateStateMachineDefinition>(),
];

#[cfg(test)]
mod tests;

//! EventBridge, as far as Step Functions needs it: the default bus with its rules, which hear of executions and of what
//! `PutEvents` brings; and connections, which hold what an HTTP task authenticates with.
//!
//! Other buses, archives, pipes and schedules aren't here.

mod auth_parameters;
pub(crate) mod check;
mod create_connection;
mod delete_connection;
mod delete_rule;
pub mod deliver;
mod describe_connection;
mod describe_rule;
mod errors;
pub(crate) mod event;
mod input_transformer;
pub(crate) mod keys;
mod list_connections;
mod list_rules;
mod list_targets_by_rule;
pub(crate) mod model;
mod put_events;
mod put_rule;
mod put_targets;
mod remove_targets;
pub(crate) mod rule;
mod set_rule_state;
mod target;
mod test_event_pattern;
mod update_connection;

pub use auth_parameters::{AuthParameters, HttpParameter, HttpParameters, OAuthParameters};
pub use create_connection::CreateConnection;
pub use delete_connection::DeleteConnection;
pub use delete_rule::DeleteRule;
pub use describe_connection::DescribeConnection;
pub use describe_rule::DescribeRule;
pub use list_connections::ListConnections;
pub use list_rules::ListRules;
pub use list_targets_by_rule::ListTargetsByRule;
pub use put_events::PutEvents;
pub use put_rule::PutRule;
pub use put_targets::PutTargets;
pub use remove_targets::RemoveTargets;
pub use set_rule_state::{DisableRule, EnableRule};
pub use test_event_pattern::TestEventPattern;
pub use update_connection::UpdateConnection;

use crate::operation::Operation;
use crate::operation::json::{command, read};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<CreateConnection>(),
    command::<DeleteConnection>(),
    command::<DeleteRule>(),
    read::<DescribeConnection>(),
    read::<DescribeRule>(),
    command::<DisableRule>(),
    command::<EnableRule>(),
    read::<ListConnections>(),
    read::<ListRules>(),
    read::<ListTargetsByRule>(),
    command::<PutEvents>(),
    command::<PutRule>(),
    command::<PutTargets>(),
    command::<RemoveTargets>(),
    read::<TestEventPattern>(),
    command::<UpdateConnection>(),
];

#[cfg(test)]
mod tests;

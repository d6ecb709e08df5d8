//! EventBridge, as far as Step Functions needs it: connections, which hold what an HTTP task authenticates with.
//!
//! Buses, rules and events aren't here: `events:putEvents` goes to another server (`--endpoint events=…`).

mod auth_parameters;
pub(crate) mod check;
mod create_connection;
mod delete_connection;
mod describe_connection;
mod errors;
mod keys;
mod list_connections;
pub(crate) mod model;
mod update_connection;

pub use auth_parameters::{AuthParameters, HttpParameter, HttpParameters, OAuthParameters};
pub use create_connection::CreateConnection;
pub use delete_connection::DeleteConnection;
pub use describe_connection::DescribeConnection;
pub use list_connections::ListConnections;
pub use update_connection::UpdateConnection;

use crate::operation::Operation;
use crate::operation::json::{command, read};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<CreateConnection>(),
    command::<DeleteConnection>(),
    read::<DescribeConnection>(),
    read::<ListConnections>(),
    command::<UpdateConnection>(),
];

#[cfg(test)]
mod tests;

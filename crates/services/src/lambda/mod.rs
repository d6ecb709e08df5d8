//! Lambda: functions, their versions and aliases, invocations, and event source mappings.
//!
//! Rules only: what runs a function is the server's runner, which is given a [`FunctionSpec`] and brings back an answer. A
//! package is stored once by its hash; a mapping's poller is a waiter of the shard like any long poll.

pub(crate) mod asynchronous;
mod code;
mod create_function;
pub(crate) mod delete_function;
mod destination;
mod environment;
mod errors;
mod event_invoke_config;
pub(crate) mod event_source;
mod function_configuration;
mod function_name;
mod get_function;
mod get_function_configuration;
mod invoke;
mod keys;
mod logging;
mod model;
pub(crate) mod package;
mod page;
mod payload;
pub(crate) mod prepared;
mod publish_version;
mod qualifier;
mod routes;
mod runtimes;
mod settings;
mod spec;
mod tags;
pub(crate) mod task;

pub use create_function::CreateFunction;
pub use delete_function::DeleteFunction;
pub use event_source::{
    CreateEventSourceMapping, DeleteEventSourceMapping, GetEventSourceMapping, ListEventSourceMappings,
    UpdateEventSourceMapping,
};
pub use get_function::GetFunction;
pub use get_function_configuration::GetFunctionConfiguration;
pub use invoke::Invoke;
pub use publish_version::PublishVersion;
pub use routes::ROUTES;
pub use runtimes::inline_file;
pub use spec::{FunctionSpec, code, function_session, spec, spec_to_prepare};

#[cfg(test)]
mod tests;

use crate::operation::{Operation, command, read};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<CreateEventSourceMapping>().status(202),
    command::<CreateFunction>().status(201),
    command::<DeleteEventSourceMapping>().status(202),
    command::<DeleteFunction>().status(204),
    read::<GetEventSourceMapping>(),
    read::<GetFunction>(),
    read::<GetFunctionConfiguration>(),
    invoke::operation(),
    read::<ListEventSourceMappings>(),
    command::<PublishVersion>().status(201),
    command::<UpdateEventSourceMapping>().status(202),
];

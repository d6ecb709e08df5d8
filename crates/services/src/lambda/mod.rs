//! Lambda: functions, their versions and aliases, invocations, and event source mappings.
//!
//! Rules only: what runs a function is the server's runner, which is given a [`FunctionSpec`] and brings back an answer. A
//! package is stored once by its hash; a mapping's poller is a waiter of the shard like any long poll.

mod account;
mod add_permission;
mod alias;
pub(crate) mod asynchronous;
pub(crate) mod check;
mod code;
pub mod code_location;
mod create_alias;
mod create_function;
mod delete_alias;
pub(crate) mod delete_function;
mod delete_function_concurrency;
mod delete_function_event_invoke_config;
mod destination;
mod environment;
mod errors;
mod event_invoke_config;
mod event_invoke_shapes;
pub(crate) mod event_source;
mod find;
mod function_configuration;
mod function_name;
mod get_account_settings;
mod get_alias;
mod get_function;
mod get_function_code_signing_config;
mod get_function_concurrency;
mod get_function_configuration;
mod get_function_event_invoke_config;
mod get_function_url_config;
mod get_policy;
mod invoke;
mod keys;
mod list_aliases;
mod list_function_event_invoke_configs;
mod list_functions;
mod list_tags;
mod list_versions_by_function;
mod logging;
mod model;
pub(crate) mod package;
mod page;
mod payload;
mod policy;
pub(crate) mod prepared;
mod publish_version;
mod put_function_concurrency;
mod put_function_event_invoke_config;
mod qualifier;
mod remove_permission;
mod routes;
mod runtimes;
mod settings;
mod spec;
mod tag_resource;
mod tags;
pub(crate) mod task;
mod untag_resource;
mod update;
mod update_alias;
mod update_function_code;
mod update_function_configuration;
mod update_function_event_invoke_config;
pub(crate) mod upload;
mod write_logs;

pub use add_permission::AddPermission;
pub use create_alias::CreateAlias;
pub use create_function::CreateFunction;
pub use delete_alias::DeleteAlias;
pub use delete_function::DeleteFunction;
pub use delete_function_concurrency::DeleteFunctionConcurrency;
pub use delete_function_event_invoke_config::DeleteFunctionEventInvokeConfig;
pub use event_source::{
    CreateEventSourceMapping, DeleteEventSourceMapping, GetEventSourceMapping, ListEventSourceMappings,
    UpdateEventSourceMapping,
};
pub use get_account_settings::GetAccountSettings;
pub use get_alias::GetAlias;
pub use get_function::GetFunction;
pub use get_function_code_signing_config::GetFunctionCodeSigningConfig;
pub use get_function_concurrency::GetFunctionConcurrency;
pub use get_function_configuration::GetFunctionConfiguration;
pub use get_function_event_invoke_config::GetFunctionEventInvokeConfig;
pub use get_function_url_config::GetFunctionUrlConfig;
pub use get_policy::GetPolicy;
pub use invoke::Invoke;
pub use list_aliases::ListAliases;
pub use list_function_event_invoke_configs::ListFunctionEventInvokeConfigs;
pub use list_functions::ListFunctions;
pub use list_tags::ListTags;
pub use list_versions_by_function::ListVersionsByFunction;
pub use package::{Package, ZIPPED_BYTES};
pub use publish_version::PublishVersion;
pub use put_function_concurrency::PutFunctionConcurrency;
pub use put_function_event_invoke_config::PutFunctionEventInvokeConfig;
pub use remove_permission::RemovePermission;
pub use routes::ROUTES;
pub use runtimes::inline_file;
pub use spec::{FunctionSpec, code, function_session, spec, spec_to_prepare};
pub use tag_resource::TagResource;
pub use untag_resource::UntagResource;
pub use update_alias::UpdateAlias;
pub use update_function_code::UpdateFunctionCode;
pub use update_function_configuration::UpdateFunctionConfiguration;
pub use update_function_event_invoke_config::UpdateFunctionEventInvokeConfig;
pub use upload::{BUCKET as UPLOADED_CODE_BUCKET, UploadCode};
pub use write_logs::{LogBatch, WriteFunctionLogs};

#[cfg(test)]
pub(crate) mod tests;

use crate::operation::Operation;
use crate::operation::rest::{command, read};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<AddPermission>().status(201),
    command::<CreateAlias>().status(201),
    command::<CreateEventSourceMapping>().status(202),
    command::<CreateFunction>().status(201),
    command::<DeleteAlias>().status(204),
    command::<DeleteEventSourceMapping>().status(202),
    command::<DeleteFunction>().status(204),
    command::<DeleteFunctionConcurrency>().status(204),
    command::<DeleteFunctionEventInvokeConfig>().status(204),
    read::<GetAccountSettings>(),
    read::<GetAlias>(),
    read::<GetEventSourceMapping>(),
    read::<GetFunction>(),
    read::<GetFunctionCodeSigningConfig>(),
    read::<GetFunctionConcurrency>(),
    read::<GetFunctionConfiguration>(),
    read::<GetFunctionEventInvokeConfig>(),
    read::<GetFunctionUrlConfig>(),
    read::<GetPolicy>(),
    invoke::operation(),
    read::<ListAliases>(),
    read::<ListEventSourceMappings>(),
    read::<ListFunctionEventInvokeConfigs>(),
    read::<ListFunctions>(),
    read::<ListTags>(),
    read::<ListVersionsByFunction>(),
    command::<PublishVersion>().status(201),
    command::<PutFunctionConcurrency>(),
    command::<PutFunctionEventInvokeConfig>(),
    command::<RemovePermission>().status(204),
    command::<TagResource>().status(204),
    command::<UntagResource>().status(204),
    command::<UpdateAlias>(),
    command::<UpdateEventSourceMapping>().status(202),
    command::<UpdateFunctionCode>(),
    command::<UpdateFunctionConfiguration>(),
    command::<UpdateFunctionEventInvokeConfig>(),
];

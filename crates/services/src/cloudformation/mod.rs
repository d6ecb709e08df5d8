//! CloudFormation: stacks, and the resources that they make in the other services.
//!
//! A stack operation is a stored plan, advanced by commands ([`plan`]); a template is text until [`template`] has read it;
//! what can be made stands in [`resources`]. A service is asked for a resource as a customer would ask, in the name of
//! whoever runs the operation.

mod change_set;
mod changes;
pub(crate) mod check;
mod deployment;
mod draft;
mod errors;
mod events;
mod exports;
mod find;
mod keys;
mod model;
pub(crate) mod plan;
mod policy;
mod resource;
mod resource_shape;
mod resources;
mod retention;
mod stack_shape;
mod status;
pub mod template;

mod cancel_update_stack;
mod continue_update_rollback;
mod create_change_set;
mod create_stack;
mod delete_change_set;
mod delete_stack;
mod describe_change_set;
mod describe_stack_events;
mod describe_stack_resource;
mod describe_stack_resources;
mod describe_stacks;
mod execute_change_set;
mod get_template;
mod get_template_summary;
mod list_change_sets;
mod list_exports;
mod list_imports;
mod list_stack_resources;
mod list_stacks;
mod stack_policy;
mod update_stack;
mod update_termination_protection;
mod validate_template;

pub use cancel_update_stack::CancelUpdateStack;
pub use continue_update_rollback::ContinueUpdateRollback;
pub use create_change_set::CreateChangeSet;
pub use create_stack::CreateStack;
pub use delete_change_set::DeleteChangeSet;
pub use delete_stack::DeleteStack;
pub use describe_change_set::DescribeChangeSet;
pub use describe_stack_events::DescribeStackEvents;
pub use describe_stack_resource::DescribeStackResource;
pub use describe_stack_resources::DescribeStackResources;
pub use describe_stacks::DescribeStacks;
pub use execute_change_set::ExecuteChangeSet;
pub use get_template::GetTemplate;
pub use get_template_summary::GetTemplateSummary;
pub use list_change_sets::ListChangeSets;
pub use list_exports::ListExports;
pub use list_imports::ListImports;
pub use list_stack_resources::ListStackResources;
pub use list_stacks::ListStacks;
pub use stack_policy::{GetStackPolicy, SetStackPolicy};
pub use update_stack::UpdateStack;
pub use update_termination_protection::UpdateTerminationProtection;
pub use validate_template::ValidateTemplate;

use crate::operation::Operation;
use crate::operation::query::{command, read};

#[cfg(test)]
mod tests;

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<CancelUpdateStack>(),
    command::<ContinueUpdateRollback>(),
    command::<CreateChangeSet>(),
    command::<CreateStack>(),
    command::<DeleteChangeSet>(),
    command::<DeleteStack>(),
    read::<DescribeChangeSet>(),
    read::<DescribeStackEvents>(),
    read::<DescribeStackResource>(),
    read::<DescribeStackResources>(),
    read::<DescribeStacks>(),
    command::<ExecuteChangeSet>(),
    read::<GetStackPolicy>(),
    read::<GetTemplate>(),
    read::<GetTemplateSummary>(),
    read::<ListChangeSets>(),
    read::<ListExports>(),
    read::<ListImports>(),
    read::<ListStackResources>(),
    read::<ListStacks>(),
    command::<SetStackPolicy>(),
    command::<UpdateStack>(),
    command::<UpdateTerminationProtection>(),
    read::<ValidateTemplate>(),
];

//! Aliases of a state machine: names that stay while the versions behind them change.

mod create_state_machine_alias;
mod delete_state_machine_alias;
mod describe_state_machine_alias;
mod list_state_machine_aliases;
pub(crate) mod model;
mod routing;
mod update_state_machine_alias;

pub use create_state_machine_alias::CreateStateMachineAlias;
pub use delete_state_machine_alias::DeleteStateMachineAlias;
pub use describe_state_machine_alias::DescribeStateMachineAlias;
pub use list_state_machine_aliases::ListStateMachineAliases;
pub use update_state_machine_alias::UpdateStateMachineAlias;

#[cfg(test)]
mod tests;

//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html>
//!
//! What isn't given stays as it is. Executions that run keep the version that they were started with.

use super::routing::{self, RoutingConfigurationListItem};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::states::model::timestamp;
use crate::states::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use stepwell_wire::constraints::Constraints;
use stepwell_wire::{ApiError, Service, Timestamp};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachineAlias {
    pub state_machine_alias_arn: String,
    pub description: Option<String>,
    pub routing_configuration: Option<Vec<RoutingConfigurationListItem>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachineAliasOutput {
    pub update_date: Timestamp,
}

impl Command for UpdateStateMachineAlias {
    const NAME: &'static str = "UpdateStateMachineAlias";
    type Output = UpdateStateMachineAliasOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<UpdateStateMachineAliasOutput, Failure> {
        let routing = self.routing_configuration.as_deref();
        let mut constraints = Constraints::new(Service::States);
        routing::constrain(&mut constraints, self.description.as_deref(), routing);
        constraints.finish()?;
        if self.description.is_none() && routing.is_none() {
            let text = "Either the description or the routing configuration must be specified";
            return Err(ApiError::validation(text).into());
        }
        let found = routing::find(&self.state_machine_alias_arn, tx)?;
        let (machine, alias) = found.ok_or_else(errors::no_such_resource)?;
        let mut alias = Arc::unwrap_or_clone(alias);
        if let Some(items) = routing {
            let (routed, routes) = routing::routes(items, tx)?;
            if routed.id != machine.id {
                let text = "Routing configuration must contain version ARNs of the alias's state machine";
                return Err(ApiError::validation(text).into());
            }
            alias.routes = routes;
        }
        if let Some(description) = &self.description {
            alias.description = Some(description.clone());
        }
        alias.updated_ms = context.now_ms;
        tx.put(&keys::alias(machine.id, &alias.name), &alias);
        Ok(UpdateStateMachineAliasOutput { update_date: timestamp(context.now_ms) })
    }
}

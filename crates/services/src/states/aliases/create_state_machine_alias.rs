//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html>
//!
//! Idempotent: the same name with the same description and routing gives the first answer again (recorded).

use super::model::{Alias, Route};
use super::routing::{self, RoutingConfigurationListItem};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::states::model::{Machine, timestamp};
use crate::states::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::constraints::Constraints;
use stepwell_wire::{Service, Timestamp};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachineAlias {
    pub name: String,
    pub description: Option<String>,
    pub routing_configuration: Vec<RoutingConfigurationListItem>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachineAliasOutput {
    pub state_machine_alias_arn: String,
    pub creation_date: Timestamp,
}

impl Command for CreateStateMachineAlias {
    const NAME: &'static str = "CreateStateMachineAlias";
    type Output = CreateStateMachineAliasOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CreateStateMachineAliasOutput, Failure> {
        let mut constraints = Constraints::new(Service::States);
        routing::constrain_name(&mut constraints, &self.name);
        let (description, items) = (self.description.as_deref(), self.routing_configuration.as_slice());
        routing::constrain(&mut constraints, description, Some(items));
        constraints.finish()?;
        let (machine, routes) = routing::routes(items, tx)?;
        let created_ms = match Alias::find(&machine, &self.name, tx)? {
            Some(alias) if alias.routes == routes && alias.description == self.description => {
                alias.created_ms
            }
            Some(_) => return Err(errors::alias_conflict().into()),
            None => {
                self.make(&machine, routes, tx, context)?;
                context.now_ms
            }
        };
        Ok(CreateStateMachineAliasOutput {
            state_machine_alias_arn: machine.alias_arn(&self.name),
            creation_date: timestamp(created_ms),
        })
    }
}

impl CreateStateMachineAlias {
    fn make(
        &self,
        machine: &Machine,
        routes: Vec<Route>,
        tx: &mut Tx,
        context: &Context,
    ) -> Result<(), Failure> {
        let most = context.settings.aliases_per_state_machine;
        if Alias::all(machine, tx)?.len() >= most {
            let text = format!("A state machine may have up to {most} aliases.");
            return Err(errors::quota_exceeded(&text).into());
        }
        let alias = Alias {
            id: tx.next_sequence(),
            name: self.name.clone(),
            description: self.description.clone(),
            routes,
            created_ms: context.now_ms,
            updated_ms: context.now_ms,
        };
        tx.put(&keys::alias(machine.id, &self.name), &alias);
        Ok(())
    }
}

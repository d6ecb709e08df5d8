//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html>
//!
//! One that is gone already succeeds (recorded). Executions that were started by it go on.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::states::aliases::model::Alias;
use crate::states::qualified::{Qualified, Qualifier};
use crate::states::{errors, keys};
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteStateMachineVersion {
    pub state_machine_version_arn: String,
}

impl Command for DeleteStateMachineVersion {
    const NAME: &'static str = "DeleteStateMachineVersion";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<Nothing, Failure> {
        let named = Qualified::parse(&self.state_machine_version_arn)?;
        let Qualifier::Version(number) = named.qualifier else {
            let reason = format!("Invalid ARN prefix: {}", self.state_machine_version_arn);
            return Err(errors::invalid_arn(&reason).into());
        };
        let Some(machine) = named.machine(tx)? else { return Ok(Nothing {}) };
        let aliases: Vec<_> = Alias::all(&machine, tx)?
            .into_iter()
            .filter(|alias| alias.routes.iter().any(|route| route.version == number))
            .map(|alias| alias.name)
            .collect();
        if !aliases.is_empty() {
            return Err(errors::version_has_aliases(&aliases).into());
        }
        tx.remove(&keys::version(machine.id, number));
        Ok(Nothing {})
    }
}

//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html>
//!
//! One that is gone already succeeds (recorded). Executions that were started by it go on.

use super::routing;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::states::keys;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteStateMachineAlias {
    pub state_machine_alias_arn: String,
}

impl Command for DeleteStateMachineAlias {
    const NAME: &'static str = "DeleteStateMachineAlias";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<Nothing, Failure> {
        if let Some((machine, alias)) = routing::find(&self.state_machine_alias_arn, tx)? {
            tx.remove(&keys::alias(machine.id, &alias.name));
        }
        Ok(Nothing {})
    }
}

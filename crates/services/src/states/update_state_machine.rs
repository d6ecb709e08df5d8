//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html>
//!
//! Executions keep the definition and role that they started with. An update that changes neither makes no new revision
//! (recorded).

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::states::model::{Machine, Revision, timestamp};
use crate::states::{definition, errors, keys, logging, versions};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachine {
    pub state_machine_arn: String,
    pub definition: Option<String>,
    pub role_arn: Option<String>,
    pub logging_configuration: Option<Value>,
    pub tracing_configuration: Option<Value>,
    pub encryption_configuration: Option<Value>,
    pub publish: Option<bool>,
    pub version_description: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachineOutput {
    pub update_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<String>,
}

impl Command for UpdateStateMachine {
    const NAME: &'static str = "UpdateStateMachine";
    type Output = UpdateStateMachineOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<UpdateStateMachineOutput, Failure> {
        let mut machine = Arc::unwrap_or_clone(Machine::by_arn(&self.state_machine_arn, tx)?);
        if self.is_empty() {
            return Err(errors::missing_required_parameter().into());
        }
        definition::check_lengths(self.definition.as_deref(), self.role_arn.as_deref())?;
        definition::check_publishing(self.publish, self.version_description.as_deref())?;
        if let Some(text) = &self.definition {
            definition::check(text, machine.machine_type())?;
        }
        logging::check(self.logging_configuration.as_ref(), tx, context)?;
        let mut revision = machine.revision(tx)?;
        let role_arn = self.role_arn.clone().unwrap_or_else(|| revision.role_arn.clone());
        if role_arn != revision.role_arn {
            calls::check_role_of_state_machine(&role_arn, tx, context)?;
        }
        let text = self.definition.clone().unwrap_or_else(|| revision.definition.clone());
        let configured = self.configure(&mut machine);
        if text != revision.definition || role_arn != revision.role_arn || configured {
            revision = Revision {
                definition: text,
                role_arn,
                revision_id: Some(context.entropy.uuid()),
                created_ms: context.now_ms,
                configurations: Some(machine.configurations()),
            };
            machine.revision += 1;
            tx.put(&keys::revision(machine.id, machine.revision), &revision);
            tx.put(&keys::machine(&machine.scope(), &machine.name), &machine);
        }
        let version = match self.publish {
            Some(true) => {
                Some(versions::publish(&mut machine, self.version_description.as_deref(), tx, context)?)
            }
            _ => None,
        };
        Ok(UpdateStateMachineOutput {
            update_date: timestamp(context.now_ms),
            state_machine_version_arn: version.map(|(number, _)| machine.version_arn(number)),
            revision_id: revision.revision_id,
        })
    }
}

impl UpdateStateMachine {
    fn is_empty(&self) -> bool {
        self.definition.is_none()
            && self.role_arn.is_none()
            && self.logging_configuration.is_none()
            && self.tracing_configuration.is_none()
            && self.encryption_configuration.is_none()
    }

    /// Takes the given configurations over; whether one changed.
    fn configure(&self, machine: &mut Machine) -> bool {
        let mut changed = false;
        let mut set = |given: &Option<Value>, kept: &mut Option<String>| {
            if let Some(given) =
                given.as_ref().map(Value::to_string).filter(|given| kept.as_ref() != Some(given))
            {
                *kept = Some(given);
                changed = true;
            }
        };
        set(&self.logging_configuration, &mut machine.logging);
        set(&self.tracing_configuration, &mut machine.tracing);
        set(&self.encryption_configuration, &mut machine.encryption);
        changed
    }
}

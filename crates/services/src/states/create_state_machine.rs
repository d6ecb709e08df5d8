//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>
//!
//! Idempotent: the same name with the same definition text, type and configurations gives the first answer again, and
//! another role or other tags are neither an error nor taken over (documented).

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::states::model::{CreatedAsVersion, Machine, Revision, timestamp};
use crate::states::{definition, errors, keys, logging, names, tags, validation, versions};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_asl::definition::MachineType;
use stepwell_wire::{ApiError, Timestamp};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachine {
    pub name: String,
    pub definition: String,
    pub role_arn: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub logging_configuration: Option<Value>,
    pub tracing_configuration: Option<Value>,
    pub encryption_configuration: Option<Value>,
    #[serde(default)]
    pub tags: Vec<tags::Tag>,
    pub publish: Option<bool>,
    pub version_description: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachineOutput {
    pub state_machine_arn: String,
    pub creation_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<String>,
}

impl Command for CreateStateMachine {
    const NAME: &'static str = "CreateStateMachine";
    type Output = CreateStateMachineOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CreateStateMachineOutput, Failure> {
        names::check(&self.name)?;
        let is_express = self.is_express()?;
        definition::check_lengths(Some(&self.definition), Some(&self.role_arn))?;
        definition::check_publishing(self.publish, self.version_description.as_deref())?;
        let machine_type = if is_express { MachineType::Express } else { MachineType::Standard };
        definition::check(&self.definition, machine_type)?;
        tags::check(&self.tags)?;
        logging::check(self.logging_configuration.as_ref(), tx, context)?;
        let key = keys::machine(context.scope(), &self.name);
        let machine = match tx.row::<Machine>(&key)? {
            Some(machine)
                if machine.is_express() == is_express && self.is_same(&machine, &machine.revision(tx)?) =>
            {
                machine
            }
            Some(machine) => return Err(errors::state_machine_already_exists(&machine.arn()).into()),
            None => {
                calls::check_role_of_state_machine(&self.role_arn, tx, context)?;
                self.make(is_express, tx, context)?
            }
        };
        Ok(CreateStateMachineOutput {
            state_machine_arn: machine.arn(),
            state_machine_version_arn: machine.created_as_version.as_ref().map(|_| machine.version_arn(1)),
            creation_date: timestamp(machine.created_ms),
        })
    }
}

impl CreateStateMachine {
    fn is_express(&self) -> Result<bool, ApiError> {
        match self.kind.as_deref() {
            None | Some("STANDARD") => Ok(false),
            Some("EXPRESS") => Ok(true),
            Some(kind) => {
                let rule = "Member must satisfy enum value set: [STANDARD, EXPRESS]";
                Err(validation::violated(kind, "type", rule))
            }
        }
    }

    fn is_same(&self, machine: &Machine, revision: &Revision) -> bool {
        let same = |given: &Option<Value>, kept: &Option<String>, defaults: fn(Option<&str>) -> Value| {
            let given = given.as_ref().map(Value::to_string);
            defaults(given.as_deref()) == defaults(kept.as_deref())
        };
        revision.definition == self.definition
            && machine.created_as_version == self.as_version()
            && same(&self.logging_configuration, &machine.logging, definition::logging)
            && same(&self.tracing_configuration, &machine.tracing, definition::tracing)
            && same(&self.encryption_configuration, &machine.encryption, definition::encryption)
    }

    fn as_version(&self) -> Option<CreatedAsVersion> {
        let description = self.version_description.clone();
        self.publish.filter(|publish| *publish).map(|_| CreatedAsVersion { description })
    }

    fn make(&self, is_express: bool, tx: &mut Tx, context: &Context) -> Result<Machine, Failure> {
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let mut machine = Machine {
            id: tx.next_sequence(),
            account: context.account().to_owned(),
            region: context.region().to_owned(),
            name: self.name.clone(),
            revision: 1,
            created_ms: context.now_ms,
            logging: text(&self.logging_configuration),
            tracing: text(&self.tracing_configuration),
            encryption: text(&self.encryption_configuration),
            tags: self.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
            last_version: None,
            created_as_version: self.as_version(),
            is_express: is_express.then_some(true),
        };
        let revision = Revision {
            definition: self.definition.clone(),
            role_arn: self.role_arn.clone(),
            revision_id: None,
            created_ms: context.now_ms,
            configurations: Some(machine.configurations()),
        };
        tx.put(&keys::revision(machine.id, machine.revision), &revision);
        tx.put(&keys::machine(context.scope(), &self.name), &machine);
        if self.publish == Some(true) {
            versions::publish(&mut machine, self.version_description.as_deref(), tx, context)?;
        }
        Ok(machine)
    }
}

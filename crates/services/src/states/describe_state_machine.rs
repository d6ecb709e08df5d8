//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
//!
//! Of a version, what was published; of an alias, the version to which most of it goes; of `machine/label`, what the child
//! executions of that distributed Map state run.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::model::{revision, timestamp};
use crate::states::qualified::{Named, Qualified, Qualifier};
use crate::states::{definition, errors, map_run, validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachine {
    pub state_machine_arn: String,
    pub included_data: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineOutput {
    pub state_machine_arn: String,
    pub name: String,
    pub status: &'static str,
    pub definition: String,
    pub role_arn: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub creation_date: Timestamp,
    pub logging_configuration: Value,
    pub tracing_configuration: Value,
    pub encryption_configuration: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable_references: Option<Value>,
}

impl Read for DescribeStateMachine {
    const NAME: &'static str = "DescribeStateMachine";
    type Output = DescribeStateMachineOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<DescribeStateMachineOutput, Failure> {
        let qualified = Qualified::parse(&self.state_machine_arn)?;
        let (arn, label) = match qualified.qualifier {
            Qualifier::Label(label) => {
                let whole = &self.state_machine_arn;
                (whole.split('/').next().unwrap_or(whole), Some(label))
            }
            _ => (self.state_machine_arn.as_str(), None),
        };
        let named = Named::by_arn(arn, rows)?;
        let machine = named.machine();
        let version = named.version(rows)?;
        let number = version.as_ref().map_or(machine.revision, |(_, version)| version.revision);
        let mut revision = revision(machine.id, number, rows)?;
        if let Some(label) = &label {
            let missing = || errors::state_machine_does_not_exist(&self.state_machine_arn);
            revision.definition =
                map_run::processor(&revision.definition, machine.id, label).ok_or_else(missing)?;
        }
        let configurations = revision.configurations(Some(machine));
        let is_whole = validation::has_data(self.included_data.as_deref())?;
        Ok(DescribeStateMachineOutput {
            state_machine_arn: match (&version, &label) {
                (Some((number, _)), _) => machine.version_arn(*number),
                (None, Some(label)) => format!("{}/{label}", machine.arn()),
                (None, None) => machine.arn(),
            },
            status: "ACTIVE",
            variable_references: is_whole.then(|| variable_references(&revision.definition)).flatten(),
            definition: if is_whole { revision.definition } else { "{}".to_owned() },
            role_arn: revision.role_arn,
            kind: machine.kind(),
            creation_date: timestamp(
                version.as_ref().map_or(machine.created_ms, |(_, version)| version.created_ms),
            ),
            logging_configuration: definition::logging(configurations.logging.as_deref()),
            tracing_configuration: definition::tracing(configurations.tracing.as_deref()),
            encryption_configuration: definition::encryption(configurations.encryption.as_deref()),
            revision_id: revision.revision_id,
            description: version.and_then(|(_, version)| version.description),
            name: machine.name.clone(),
            label,
        })
    }
}

/// Which state reads which variables; nothing where none does.
pub fn variable_references(definition: &str) -> Option<Value> {
    use stepwell_asl::definition::{MachineType, StateMachine};
    let machine = StateMachine::compile(definition, MachineType::Standard).ok()?;
    let references = machine.variable_references();
    let members =
        references.iter().map(|(state, variables)| ((*state).to_owned(), Value::from(variables.to_vec())));
    (!references.is_empty()).then(|| Value::Object(members.collect()))
}

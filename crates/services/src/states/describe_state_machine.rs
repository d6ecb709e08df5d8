//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::definition;
use crate::states::model::{Machine, timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
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
    pub variable_references: Option<Value>,
}

impl Read for DescribeStateMachine {
    const NAME: &'static str = "DescribeStateMachine";
    type Output = DescribeStateMachineOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<DescribeStateMachineOutput, Failure> {
        let machine = Arc::unwrap_or_clone(Machine::by_arn(&self.state_machine_arn, rows)?);
        let revision = machine.revision(rows)?;
        let is_whole = self.included_data.as_deref() != Some("METADATA_ONLY");
        Ok(DescribeStateMachineOutput {
            state_machine_arn: machine.arn(),
            status: "ACTIVE",
            variable_references: is_whole.then(|| variable_references(&revision.definition)).flatten(),
            definition: if is_whole { revision.definition } else { "{}".to_owned() },
            role_arn: revision.role_arn,
            kind: "STANDARD",
            creation_date: timestamp(machine.created_ms),
            logging_configuration: definition::logging(machine.logging.as_deref()),
            tracing_configuration: definition::tracing(machine.tracing.as_deref()),
            encryption_configuration: definition::encryption(machine.encryption.as_deref()),
            revision_id: revision.revision_id,
            name: machine.name,
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

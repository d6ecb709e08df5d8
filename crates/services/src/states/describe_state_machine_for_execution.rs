//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>
//!
//! The definition and role that the execution started with, whatever became of the state machine since.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use crate::states::describe_state_machine::variable_references;
use crate::states::model::{Found, Machine, revision, timestamp};
use crate::states::{definition, keys, validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineForExecution {
    pub execution_arn: String,
    pub included_data: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineForExecutionOutput {
    pub state_machine_arn: String,
    pub name: String,
    pub definition: String,
    pub role_arn: String,
    pub update_date: Timestamp,
    pub logging_configuration: Value,
    pub tracing_configuration: Value,
    pub encryption_configuration: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable_references: Option<Value>,
}

impl Read for DescribeStateMachineForExecution {
    const NAME: &'static str = "DescribeStateMachineForExecution";
    type Output = DescribeStateMachineForExecutionOutput;

    fn read(
        &self,
        rows: &dyn Rows,
        _: &mut Context,
    ) -> Result<DescribeStateMachineForExecutionOutput, Failure> {
        let found = Found::by_arn(&self.execution_arn, rows)?;
        let revision = revision(found.machine, found.facts.revision, rows)?;
        let machine: Option<Machine> =
            rows.row(&keys::machine(&found.facts.scope(), &found.facts.machine_name))?;
        let configurations = revision.configurations(machine.as_ref());
        let is_whole = validation::has_data(self.included_data.as_deref())?;
        Ok(DescribeStateMachineForExecutionOutput {
            state_machine_arn: found.facts.machine_arn(),
            variable_references: is_whole.then(|| variable_references(&revision.definition)).flatten(),
            definition: if is_whole { revision.definition } else { "{}".to_owned() },
            role_arn: revision.role_arn,
            update_date: timestamp(revision.created_ms),
            logging_configuration: definition::logging(configurations.logging.as_deref()),
            tracing_configuration: definition::tracing(configurations.tracing.as_deref()),
            encryption_configuration: definition::encryption(configurations.encryption.as_deref()),
            map_run_arn: found.facts.map_run_arn(),
            label: found.facts.machine_name.rsplit_once('/').map(|(_, label)| label.to_owned()),
            revision_id: revision.revision_id,
            name: found.facts.machine_name,
        })
    }
}

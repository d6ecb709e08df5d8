//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html>

use super::routing::{self, RoutingConfigurationListItem};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::errors;
use crate::states::model::timestamp;
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineAlias {
    pub state_machine_alias_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineAliasOutput {
    pub state_machine_alias_arn: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub routing_configuration: Vec<RoutingConfigurationListItem>,
    pub creation_date: Timestamp,
    pub update_date: Timestamp,
}

impl Read for DescribeStateMachineAlias {
    const NAME: &'static str = "DescribeStateMachineAlias";
    type Output = DescribeStateMachineAliasOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<DescribeStateMachineAliasOutput, Failure> {
        let found = routing::find(&self.state_machine_alias_arn, rows)?;
        let (machine, alias) = found.ok_or_else(errors::no_such_resource)?;
        Ok(DescribeStateMachineAliasOutput {
            state_machine_alias_arn: machine.alias_arn(&alias.name),
            name: alias.name.clone(),
            description: alias.description.clone(),
            routing_configuration: routing::configuration(&machine, &alias),
            creation_date: timestamp(alias.created_ms),
            update_date: timestamp(alias.updated_ms),
        })
    }
}

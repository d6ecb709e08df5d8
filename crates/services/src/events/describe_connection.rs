//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html>

use super::auth_parameters::AuthParameters;
use super::model::{Connection, timestamp};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeConnection {
    pub name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeConnectionOutput {
    pub connection_arn: String,
    pub name: String,
    pub description: Option<String>,
    pub connection_state: &'static str,
    pub authorization_type: String,
    pub secret_arn: String,
    pub auth_parameters: AuthParameters,
    pub creation_time: Timestamp,
    pub last_modified_time: Timestamp,
    pub last_authorized_time: Timestamp,
}

impl Read for DescribeConnection {
    const NAME: &'static str = "DescribeConnection";
    type Output = DescribeConnectionOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeConnectionOutput, Failure> {
        let connection = Connection::by_name(&self.name, rows, context)?;
        Ok(DescribeConnectionOutput {
            connection_arn: connection.arn(),
            connection_state: "AUTHORIZED",
            secret_arn: connection.secret_arn(),
            auth_parameters: connection.parameters(context.secrets)?.shown(),
            creation_time: timestamp(connection.created_ms),
            last_modified_time: timestamp(connection.modified_ms),
            last_authorized_time: timestamp(connection.modified_ms),
            name: connection.name,
            description: connection.description,
            authorization_type: connection.kind,
        })
    }
}

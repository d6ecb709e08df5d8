//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html>
//!
//! A connection is authorized at once: an OAuth server is asked when a task needs a token.

use super::auth_parameters::AuthParameters;
use super::model::{Connection, check_name, seal, timestamp};
use super::{errors, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateConnection {
    pub name: String,
    pub description: Option<String>,
    pub authorization_type: String,
    pub auth_parameters: Value,
}

/// What a connection's changes are answered with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectionOutput {
    pub connection_arn: String,
    pub connection_state: &'static str,
    pub creation_time: Timestamp,
    pub last_modified_time: Timestamp,
    pub last_authorized_time: Option<Timestamp>,
}

impl ConnectionOutput {
    pub fn of(connection: &Connection, state: &'static str, was_authorized: bool) -> Self {
        Self {
            connection_arn: connection.arn(),
            connection_state: state,
            creation_time: timestamp(connection.created_ms),
            last_modified_time: timestamp(connection.modified_ms),
            last_authorized_time: was_authorized.then(|| timestamp(connection.modified_ms)),
        }
    }
}

impl Command for CreateConnection {
    const NAME: &'static str = "CreateConnection";
    type Output = ConnectionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<ConnectionOutput, Failure> {
        check_name(&self.name)?;
        let parameters = AuthParameters::read(&self.authorization_type, self.auth_parameters.clone())?;
        let key = keys::connection(context.scope(), &self.name);
        if tx.row::<Connection>(&key)?.is_some() {
            return Err(errors::connection_already_exists(&self.name).into());
        }
        let connection = Connection {
            account: context.account().to_owned(),
            region: context.region().to_owned(),
            name: self.name.clone(),
            uuid: context.entropy.uuid(),
            description: self.description.clone(),
            kind: self.authorization_type.clone(),
            sealed: seal(&parameters, context)?,
            created_ms: context.now_ms,
            modified_ms: context.now_ms,
        };
        tx.put(&key, &connection);
        Ok(ConnectionOutput::of(&connection, "AUTHORIZED", false))
    }
}

//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteConnection.html>

use super::create_connection::ConnectionOutput;
use super::keys;
use super::model::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteConnection {
    pub name: String,
}

impl Command for DeleteConnection {
    const NAME: &'static str = "DeleteConnection";
    type Output = ConnectionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<ConnectionOutput, Failure> {
        let connection = Connection::by_name(&self.name, tx, context)?;
        tx.remove(&keys::connection(&connection.scope(), &connection.name));
        Ok(ConnectionOutput::of(&connection, "DELETING", true))
    }
}

//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateConnection.html>
//!
//! What isn't given stays as it was, secrets included; another type of authorization begins anew.

use super::auth_parameters::AuthParameters;
use super::create_connection::ConnectionOutput;
use super::keys;
use super::model::{Connection, seal};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateConnection {
    pub name: String,
    pub description: Option<String>,
    pub authorization_type: Option<String>,
    pub auth_parameters: Option<Value>,
}

impl Command for UpdateConnection {
    const NAME: &'static str = "UpdateConnection";
    type Output = ConnectionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<ConnectionOutput, Failure> {
        let mut connection = Connection::by_name(&self.name, tx, context)?;
        let kind = self.authorization_type.clone().unwrap_or_else(|| connection.kind.clone());
        let mut parameters = match kind == connection.kind {
            true => serde_json::to_value(connection.parameters(context.secrets)?)
                .map_err(|error| Failure::broken(error.to_string()))?,
            false => Value::Object(Map::new()),
        };
        merge(&mut parameters, self.auth_parameters.clone().unwrap_or_default());
        connection.sealed = seal(&AuthParameters::read(&kind, parameters)?, context)?;
        connection.kind = kind;
        connection.description = self.description.clone().or(connection.description);
        connection.modified_ms = context.now_ms;
        tx.put(&keys::connection(&connection.scope(), &connection.name), &connection);
        Ok(ConnectionOutput::of(&connection, "AUTHORIZED", true))
    }
}

/// Objects are merged member by member; lists and texts are replaced.
fn merge(kept: &mut Value, given: Value) {
    match (kept, given) {
        (_, Value::Null) => {}
        (Value::Object(kept), Value::Object(given)) => {
            for (name, value) in given {
                merge(kept.entry(name).or_insert(Value::Null), value);
            }
        }
        (kept, given) => *kept = given,
    }
}

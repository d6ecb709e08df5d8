//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html>
//!
//! Deleting what isn't there succeeds (recorded).

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::alias::constrain_name;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::settings::constraints;
use crate::lambda::{find, keys};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteAlias {
    pub function_name: String,
    pub name: String,
}

impl Command for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        constrain_name(&mut constraints, &self.name);
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = find::named(&name, tx)?;
        tx.remove(&keys::alias(function.id, &self.name));
        // What is said of an alias goes with it.
        tx.remove(&keys::policy(function.id, &self.name));
        tx.remove(&keys::event_invoke_config(function.id, &self.name));
        Ok(())
    }
}

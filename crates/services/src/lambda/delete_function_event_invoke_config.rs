//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::event_invoke_config::{self, EventInvoke};
use crate::lambda::event_invoke_shapes::nothing_set;
use crate::lambda::function_name::{FunctionName, Shape};
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionEventInvokeConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl Command for DeleteFunctionEventInvokeConfig {
    const NAME: &'static str = "DeleteFunctionEventInvokeConfig";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let qualifier = self.qualifier.as_deref();
        let name =
            FunctionName::checked(&self.function_name, qualifier, Shape::Namespaced, Self::NAME, context)?;
        let (_, _, key) = event_invoke_config::place(&name, tx)?.ok_or_else(|| nothing_set(&name))?;
        tx.row::<EventInvoke>(&key)?.ok_or_else(|| nothing_set(&name))?;
        tx.remove(&key);
        Ok(())
    }
}

//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_name::Shape;
use crate::lambda::{event_source, find, keys};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionConcurrency {
    pub function_name: String,
}

impl Command for DeleteFunctionConcurrency {
    const NAME: &'static str = "DeleteFunctionConcurrency";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut function = find::function(&self.function_name, Shape::Plain, Self::NAME, tx, context)?;
        function.reserved_concurrency = None;
        let scope = function.scope();
        tx.put(&keys::function(&scope, &function.name), &function);
        event_source::start_where(&scope, tx, |mapping| mapping.function == function.name)
    }
}

//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html>

use super::{errors, find, plan};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelUpdateStack {
    pub stack_name: String,
    pub client_request_token: Option<String>,
}

impl Command for CancelUpdateStack {
    const NAME: &'static str = "CancelUpdateStack";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        find::check_name(&self.stack_name)?;
        let stack = find::stack(&self.stack_name, tx, context)?;
        let stack = stack.ok_or_else(|| errors::no_stack(&self.stack_name))?;
        plan::roll_back(&stack, tx, context)
    }
}

//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SetStackPolicy.html> and `GetStackPolicy`

use super::{errors, find, policy};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetStackPolicy {
    pub stack_name: String,
    pub stack_policy_body: Option<String>,
    #[serde(rename = "StackPolicyURL")]
    pub stack_policy_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetStackPolicy {
    pub stack_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetStackPolicyOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_policy_body: Option<String>,
}

impl Command for SetStackPolicy {
    const NAME: &'static str = "SetStackPolicy";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        find::check_name(&self.stack_name)?;
        let stack = find::stack(&self.stack_name, tx, context)?;
        let mut stack = stack.ok_or_else(|| errors::no_stack(&self.stack_name))?;
        let given = policy::given(self.stack_policy_body.as_deref(), self.stack_policy_url.as_deref())?;
        if given.is_none() {
            let text = "You must specify either StackPolicyBody or StackPolicyURL.";
            return Err(errors::validation(text).into());
        }
        stack.policy = given;
        stack.put(tx);
        Ok(())
    }
}

impl Read for GetStackPolicy {
    const NAME: &'static str = "GetStackPolicy";
    type Output = GetStackPolicyOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetStackPolicyOutput, Failure> {
        find::check_name(&self.stack_name)?;
        let stack = find::stack(&self.stack_name, rows, context)?;
        let stack = stack.ok_or_else(|| errors::no_stack(&self.stack_name))?;
        Ok(GetStackPolicyOutput { stack_policy_body: stack.policy })
    }
}

//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub struct GetCallerIdentity {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCallerIdentityOutput {
    pub user_id: String,
    pub account: String,
    pub arn: String,
}

impl Read for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    type Output = GetCallerIdentityOutput;

    fn read(&self, _: &dyn Rows, context: &mut Context) -> Result<GetCallerIdentityOutput, Failure> {
        let caller = &context.request.caller;
        Ok(GetCallerIdentityOutput {
            user_id: caller.user_id.to_string(),
            account: caller.account.to_string(),
            arn: caller.arn.to_string(),
        })
    }
}

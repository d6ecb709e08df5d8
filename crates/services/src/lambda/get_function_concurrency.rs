//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::find;
use crate::lambda::function_name::Shape;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionConcurrency {
    pub function_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionConcurrencyOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_concurrent_executions: Option<u32>,
}

impl Read for GetFunctionConcurrency {
    const NAME: &'static str = "GetFunctionConcurrency";
    type Output = GetFunctionConcurrencyOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetFunctionConcurrencyOutput, Failure> {
        let function = find::function(&self.function_name, Shape::Plain, Self::NAME, rows, context)?;
        Ok(GetFunctionConcurrencyOutput { reserved_concurrent_executions: function.reserved_concurrency })
    }
}

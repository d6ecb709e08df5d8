//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::event_invoke_config::{self, EventInvoke};
use crate::lambda::event_invoke_shapes::{FunctionEventInvokeConfig, nothing_set};
use crate::lambda::function_name::{FunctionName, Shape};
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionEventInvokeConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl Read for GetFunctionEventInvokeConfig {
    const NAME: &'static str = "GetFunctionEventInvokeConfig";
    type Output = FunctionEventInvokeConfig;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<FunctionEventInvokeConfig, Failure> {
        let qualifier = self.qualifier.as_deref();
        let name =
            FunctionName::checked(&self.function_name, qualifier, Shape::Namespaced, Self::NAME, context)?;
        let (function, qualifier, key) =
            event_invoke_config::place(&name, rows)?.ok_or_else(|| nothing_set(&name))?;
        let config = rows.row::<EventInvoke>(&key)?.ok_or_else(|| nothing_set(&name))?;
        Ok(FunctionEventInvokeConfig::new(&function, &qualifier, &config))
    }
}

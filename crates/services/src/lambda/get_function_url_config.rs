//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html>
//!
//! No function here has a URL of its own; asking for it is what infrastructure tools do of every function.

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::errors;
use crate::lambda::function_name::{FunctionName, Shape};
use crate::operation::{Nothing, Read};
use crate::rows::Rows;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionUrlConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl Read for GetFunctionUrlConfig {
    const NAME: &'static str = "GetFunctionUrlConfig";
    type Output = Nothing;

    fn read(&self, _: &dyn Rows, context: &mut Context) -> Result<Nothing, Failure> {
        let qualifier = self.qualifier.as_deref();
        FunctionName::checked(&self.function_name, qualifier, Shape::Plain, Self::NAME, context)?;
        Err(errors::resource_not_found().into())
    }
}

//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html>
//!
//! No function here has a code signing configuration; asking for it is what infrastructure tools do of every function.

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::find;
use crate::lambda::function_name::Shape;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionCodeSigningConfig {
    pub function_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionCodeSigningConfigOutput {
    pub code_signing_config_arn: &'static str,
    pub function_name: String,
}

impl Read for GetFunctionCodeSigningConfig {
    const NAME: &'static str = "GetFunctionCodeSigningConfig";
    type Output = GetFunctionCodeSigningConfigOutput;

    fn read(
        &self,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<GetFunctionCodeSigningConfigOutput, Failure> {
        let function = find::function(&self.function_name, Shape::Namespaced, Self::NAME, rows, context)?;
        Ok(GetFunctionCodeSigningConfigOutput { code_signing_config_arn: "", function_name: function.name })
    }
}

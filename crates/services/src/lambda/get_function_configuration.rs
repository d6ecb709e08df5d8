//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_configuration::FunctionConfiguration;
use crate::lambda::get_function::find;
use crate::operation::Read;
use crate::rows::Rows;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionConfiguration {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl Read for GetFunctionConfiguration {
    const NAME: &'static str = "GetFunctionConfiguration";
    type Output = FunctionConfiguration;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<FunctionConfiguration, Failure> {
        let (name, function, version) =
            find(&self.function_name, self.qualifier.as_deref(), Self::NAME, rows, context)?;
        Ok(FunctionConfiguration::new(&function, &version, name.qualifier.as_deref()))
    }
}

//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_configuration::FunctionConfiguration;
use crate::lambda::function_name::{FunctionName, Shape};
use crate::lambda::model::{Function, Version};
use crate::lambda::{code_location, qualifier};
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunction {
    pub function_name: String,
    pub qualifier: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionOutput {
    pub configuration: FunctionConfiguration,
    pub code: FunctionCodeLocation,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionCodeLocation {
    pub repository_type: &'static str,
    pub location: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Concurrency {
    pub reserved_concurrent_executions: u32,
}

impl Read for GetFunction {
    const NAME: &'static str = "GetFunction";
    type Output = GetFunctionOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetFunctionOutput, Failure> {
        let (name, function, version) =
            find(&self.function_name, self.qualifier.as_deref(), Self::NAME, rows, context)?;
        Ok(GetFunctionOutput {
            configuration: FunctionConfiguration::new(&function, &version, name.qualifier.as_deref()),
            code: location(&version, context),
            concurrency: function
                .reserved_concurrency
                .map(|reserved_concurrent_executions| Concurrency { reserved_concurrent_executions }),
            tags: function.tags,
        })
    }
}

/// The function and the version that a caller named.
///
/// # Errors
/// `ResourceNotFoundException`, and those of names.
pub fn find(
    name: &str,
    qualifier: Option<&str>,
    operation: &str,
    rows: &dyn Rows,
    context: &Context,
) -> Result<(FunctionName, Function, Version), Failure> {
    let name = FunctionName::checked(name, qualifier, Shape::Namespaced, operation, context)?;
    let function = Function::by_name(&name.scope, &name.name, rows)?.ok_or_else(|| name.not_found())?;
    let version = qualifier::version(&function, name.qualifier.as_deref(), rows)?;
    let version = version.ok_or_else(|| name.not_found())?;
    Ok((name, function, version))
}

fn location(version: &Version, context: &Context) -> FunctionCodeLocation {
    let sha256 = &version.configuration.code.sha256;
    let location = code_location::url(&context.request.base_url, sha256, context.secrets, context.wall_ms);
    FunctionCodeLocation { repository_type: "S3", location }
}

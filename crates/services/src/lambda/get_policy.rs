//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_name::{FunctionName, Shape};
use crate::lambda::model::Function;
use crate::lambda::policy::Policy;
use crate::lambda::{errors, keys};
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicy {
    pub function_name: String,
    pub qualifier: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyOutput {
    /// JSON text.
    pub policy: String,
    pub revision_id: String,
}

impl Read for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    type Output = GetPolicyOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetPolicyOutput, Failure> {
        let qualifier = self.qualifier.as_deref();
        let name =
            FunctionName::checked(&self.function_name, qualifier, Shape::Namespaced, Self::NAME, context)?;
        let function = Function::by_name(&name.scope, &name.name, rows)?;
        let function = function.ok_or_else(errors::resource_not_found)?;
        let key = keys::policy(function.id, name.qualifier.as_deref().unwrap_or_default());
        let policy = rows.row::<Policy>(&key)?.ok_or_else(errors::resource_not_found)?;
        Ok(GetPolicyOutput { policy: policy.text(), revision_id: policy.revision })
    }
}

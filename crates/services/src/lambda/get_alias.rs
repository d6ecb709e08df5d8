//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::alias::{AliasConfiguration, constrain_name};
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::settings::constraints;
use crate::lambda::{errors, find, qualifier};
use crate::operation::Read;
use crate::rows::Rows;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAlias {
    pub function_name: String,
    pub name: String,
}

impl Read for GetAlias {
    const NAME: &'static str = "GetAlias";
    type Output = AliasConfiguration;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<AliasConfiguration, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        constrain_name(&mut constraints, &self.name);
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = find::named(&name, rows)?;
        let alias = qualifier::alias(&function, &self.name, rows)?.ok_or_else(|| {
            errors::not_found(format!("Cannot find alias arn: {}", function.qualified_arn(&self.name)))
        })?;
        Ok(AliasConfiguration::new(&function, &alias))
    }
}

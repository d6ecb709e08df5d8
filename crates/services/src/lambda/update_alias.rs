//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::alias::{self, AliasConfiguration, RoutingConfig};
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::settings::constraints;
use crate::lambda::{errors, find, keys, qualifier};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAlias {
    pub function_name: String,
    pub name: String,
    pub function_version: Option<String>,
    pub description: Option<String>,
    pub routing_config: Option<RoutingConfig>,
    pub revision_id: Option<String>,
}

impl Command for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    type Output = AliasConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<AliasConfiguration, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        alias::constrain_name(&mut constraints, &self.name);
        alias::constrain(&mut constraints, self.function_version.as_deref(), self.description.as_deref());
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = find::named(&name, tx)?;
        let mut alias = qualifier::alias(&function, &self.name, tx)?.ok_or_else(|| {
            errors::not_found(format!("Alias not found: {}", function.qualified_arn(&self.name)))
        })?;
        if self.revision_id.as_ref().is_some_and(|revision| *revision != alias.revision) {
            return Err(errors::precondition_failed().into());
        }
        if let Some(version) = &self.function_version {
            alias.version = alias::version(&function, version, tx)?;
        }
        if let Some(description) = &self.description {
            alias.description.clone_from(description);
        }
        if let Some(routing) = &self.routing_config {
            alias.additional = alias::additional(&function, alias.version, routing, tx)?;
        }
        alias.revision = context.entropy.uuid();
        tx.put(&keys::alias(function.id, &alias.name), &alias);
        Ok(AliasConfiguration::new(&function, &alias))
    }
}

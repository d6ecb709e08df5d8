//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::alias::{self, AliasConfiguration, RoutingConfig};
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::model::Alias;
use crate::lambda::settings::constraints;
use crate::lambda::{errors, event_source, find, keys, qualifier};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAlias {
    pub function_name: String,
    pub name: String,
    pub function_version: String,
    pub description: Option<String>,
    pub routing_config: Option<RoutingConfig>,
}

impl Command for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    type Output = AliasConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<AliasConfiguration, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        alias::constrain_name(&mut constraints, &self.name);
        alias::constrain(&mut constraints, Some(&self.function_version), self.description.as_deref());
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = find::named(&name, tx)?;
        let version = alias::version(&function, &self.function_version, tx)?;
        if qualifier::alias(&function, &self.name, tx)?.is_some() {
            let arn = function.qualified_arn(&self.name);
            return Err(errors::conflict(format!("Alias already exists: {arn}")).into());
        }
        let additional = match &self.routing_config {
            Some(routing) => alias::additional(&function, version, routing, tx)?,
            None => None,
        };
        let alias = Alias {
            name: self.name.clone(),
            version,
            description: self.description.clone().unwrap_or_default(),
            revision: context.entropy.uuid(),
            additional,
        };
        tx.put(&keys::alias(function.id, &alias.name), &alias);
        event_source::start_where(&name.scope, tx, |mapping| {
            mapping.function == function.name && mapping.qualifier.as_ref() == Some(&alias.name)
        })?;
        Ok(AliasConfiguration::new(&function, &alias))
    }
}

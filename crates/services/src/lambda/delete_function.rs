//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html>
//!
//! The function is gone with this commit. What stands under its number goes in as many turns as it takes.

use crate::context::Context;
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::keys::Key;
use crate::lambda::function_name::{FunctionName, Shape};
use crate::lambda::model::{Function, Version};
use crate::lambda::{errors, keys, publish_version, qualifier};
use crate::operation::Command;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_store::Direction;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunction {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl Command for DeleteFunction {
    const NAME: &'static str = "DeleteFunction";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let qualifier = self.qualifier.as_deref();
        let name =
            FunctionName::checked(&self.function_name, qualifier, Shape::Namespaced, Self::NAME, context)?;
        if name.qualifier.as_deref() == Some("$LATEST") {
            return Err(errors::invalid_parameter(
                "$LATEST version cannot be deleted without deleting the function.",
            )
            .into());
        }
        let function = Function::by_name(&name.scope, &name.name, tx)?;
        let function = function.ok_or_else(|| errors::function_not_found(&name.plain_arn()))?;
        match &name.qualifier {
            Some(qualifier) => delete_version(&function, qualifier, tx),
            None => {
                tx.remove(&keys::function(&name.scope, &name.name));
                go_on(function.id, tx, context)
            }
        }
    }
}

/// Deletes one version, if it is there and no alias means it.
fn delete_version(function: &Function, qualifier: &str, tx: &mut Tx) -> Result<(), Failure> {
    if qualifier::is_alias(qualifier) {
        return Err(errors::invalid_parameter("Deletion of aliases is not currently supported.").into());
    }
    let Some(version) = qualifier::version(function, Some(qualifier), tx)? else { return Ok(()) };
    let aliases = tx.rows::<crate::lambda::model::Alias>(&keys::aliases(function.id), usize::MAX)?;
    let mut pointing = aliases.iter().filter(|(_, alias)| {
        let additional = alias.additional.as_ref().map(|additional| additional.version);
        alias.version == version.number || additional == Some(version.number)
    });
    if pointing.next().is_some() {
        return Err(errors::conflict(format!(
            "Version {qualifier} of function {} is currently in use by an alias. Please update or delete the alias before deleting the version.",
            function.name
        ))
        .into());
    }
    publish_version::release_all(&version, tx)?;
    tx.remove(&keys::version(function.id, version.number));
    Ok(())
}

/// Removes a turn's worth of what stands under a function's number, and owes the rest.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(function: u64, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let mut budget = context.settings.rows_per_command;
    let versions = tx.rows::<Version>(&keys::versions(function), budget)?;
    for (key, version) in &versions {
        publish_version::release_all(version, tx)?;
        tx.remove_bytes(key);
    }
    budget -= versions.len();
    for prefix in keys::beside_versions(function) {
        budget -= remove(&prefix, budget, tx)?;
    }
    if budget == 0 {
        tx.owe(Effect::Continue(Continuation::DeleteFunction(function)));
    }
    Ok(())
}

fn remove(prefix: &Key, most: usize, tx: &mut Tx) -> Result<usize, Failure> {
    let rows = tx.scan(prefix.as_bytes(), &prefix.end(), Direction::Forward, most)?;
    for (key, _) in &rows {
        tx.remove_bytes(key);
    }
    Ok(rows.len())
}

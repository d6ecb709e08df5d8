//! Finding the function that an operation names, with the error that most operations have for one that isn't there.

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::errors;
use crate::lambda::function_name::{FunctionName, Shape};
use crate::lambda::model::Function;
use crate::lambda::qualifier;
use crate::rows::Rows;

/// The function of a name that has no other constraints beside it.
///
/// # Errors
/// `ResourceNotFoundException`, and those of names.
pub fn function(
    name: &str,
    shape: Shape,
    operation: &str,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Function, Failure> {
    let name = FunctionName::checked(name, None, shape, operation, context)?;
    named(&name, rows)
}

/// The function of a name that was read.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn named(name: &FunctionName, rows: &dyn Rows) -> Result<Function, Failure> {
    let function = Function::by_name(&name.scope, &name.name, rows)?;
    function.ok_or_else(|| errors::function_not_found(&name.plain_arn()).into())
}

/// Whether a function has what the name's qualifier says.
///
/// # Errors
/// `ResourceNotFoundException`, in other words for an alias than for a version.
pub fn check_qualifier(name: &FunctionName, function: &Function, rows: &dyn Rows) -> Result<(), Failure> {
    let Some(qualifier) = &name.qualifier else { return Ok(()) };
    if qualifier::version(function, Some(qualifier), rows)?.is_some() {
        return Ok(());
    }
    if qualifier::is_alias(qualifier) {
        return Err(errors::not_found(format!("Cannot find alias arn: {}", name.arn())).into());
    }
    Err(name.not_found().into())
}

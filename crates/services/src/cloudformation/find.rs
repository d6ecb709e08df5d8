//! Which stack a caller means: a name is that of the stack that has it now, an ARN that of any stack, deleted or not.

use super::keys;
use super::model::Stack;
use crate::context::Context;
use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use stepwell_wire::arn::Arn;
use stepwell_wire::constraints::{Constraints, Pattern};
use stepwell_wire::{ApiError, Service};

static STACK_NAME: Pattern = Pattern::new(r"[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*");
static CHANGE_SET_NAME: Pattern = Pattern::new(r"[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/]*");

/// The stack of this name or ARN.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn stack(name: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Option<Stack>, Failure> {
    let scope = context.scope();
    let number = match uuid_of(name, context) {
        _ if !name.starts_with("arn:") => rows.row::<u64>(&keys::by_name(scope, name))?,
        Some((_, uuid)) => rows.row::<u64>(&keys::by_uuid(scope, &uuid))?,
        None => None,
    };
    let Some(number) = number else { return Ok(None) };
    let stack = Stack::load(number, rows)?;
    let is_meant = uuid_of(name, context).is_none_or(|(own_name, _)| own_name == stack.name);
    Ok(Some(stack).filter(|_| is_meant))
}

/// The name and the UUID of a stack's ARN in the caller's account and region.
fn uuid_of(arn: &str, context: &Context) -> Option<(String, String)> {
    let arn = Arn::parse(arn)?;
    let is_here = *arn.account == *context.account() && *arn.region == *context.region();
    let (name, uuid) = arn.resource.strip_prefix("stack/")?.split_once('/')?;
    (arn.service == "cloudformation" && is_here).then(|| (name.to_owned(), uuid.to_owned()))
}

#[must_use]
pub fn constraints() -> Constraints {
    Constraints::new(Service::CloudFormation)
}

/// Checks a name that may be an ARN.
///
/// # Errors
/// What the model demands.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    let mut constraints = constraints();
    constrain_name(&mut constraints, name);
    constraints.finish()
}

/// Adds what the model demands of a stack's name.
pub fn constrain_name(constraints: &mut Constraints, name: &str) {
    constraints.length("stackName", name, 1..=2048).pattern("stackName", name, &STACK_NAME);
}

/// Adds what the model demands of a change set's name.
pub fn constrain_change_set(constraints: &mut Constraints, name: &str) {
    constraints.length("changeSetName", name, 1..=1600).pattern("changeSetName", name, &CHANGE_SET_NAME);
}

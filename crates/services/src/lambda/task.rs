//! Invocations that a state machine's task asks for, as its customer: named like any caller's, run by an owed effect.

use crate::calls::TaskInvocation;
use crate::context::Context;
use crate::effect::InvokeFunction;
use crate::failure::Failure;
use crate::lambda::function_name::{FunctionName, Shape};
use crate::lambda::{asynchronous, spec};
use crate::rows::Rows;
use crate::tx::Tx;

/// The invocation that is owed for a task's attempt. A function that isn't there or isn't ready refuses at once.
///
/// # Errors
/// AWS's own.
pub fn invoke(
    invocation: TaskInvocation,
    rows: &dyn Rows,
    context: &mut Context,
) -> Result<InvokeFunction, Failure> {
    let name = name(&invocation, context)?;
    let request_id = context.entropy.uuid();
    spec::runnable(rows, &name.scope, &name.name, name.qualifier.as_deref(), &request_id)?;
    Ok(InvokeFunction {
        account: name.scope.account.to_string(),
        region: name.scope.region.to_string(),
        function: name.name,
        qualifier: name.qualifier,
        payload: invocation.payload,
        request_id,
        purpose: invocation.purpose,
        log_tail: invocation.log_tail,
        client_context: invocation.client_context,
    })
}

/// Accepts an invocation that the task doesn't wait for.
///
/// # Errors
/// AWS's own.
pub fn invoke_event(invocation: &TaskInvocation, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let name = name(invocation, context)?;
    spec::exists(tx, &name.scope, &name.name, name.qualifier.as_deref())?;
    let request_id = context.entropy.uuid();
    let (payload, client_context) = (invocation.payload.clone(), invocation.client_context.clone());
    asynchronous::begin(&name, payload, request_id, client_context, tx, context);
    Ok(())
}

/// Whether there is what a task would invoke.
///
/// # Errors
/// AWS's own.
pub fn find(invocation: &TaskInvocation, rows: &dyn Rows, context: &Context) -> Result<(), Failure> {
    let name = name(invocation, context)?;
    spec::exists(rows, &name.scope, &name.name, name.qualifier.as_deref())
}

/// Whether an ARN is that of a function, or of a version or alias of one.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn is_function(arn: &str, rows: &dyn Rows) -> Result<bool, Failure> {
    let Some(name) = FunctionName::of_arn(arn) else { return Ok(false) };
    Ok(spec::find(rows, &name.scope, &name.name, name.qualifier.as_deref())?.is_some())
}

fn name(invocation: &TaskInvocation, context: &Context) -> Result<FunctionName, Failure> {
    let qualifier = invocation.qualifier.as_deref();
    Ok(FunctionName::checked(&invocation.function, qualifier, Shape::Namespaced, "InvokeFunction", context)?)
}

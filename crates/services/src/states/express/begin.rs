//! What begins an EXPRESS execution: what was asked for, checked, and the machine's revision that it runs with.

use crate::context::Context;
use crate::failure::Failure;
use crate::rows::Rows;
use crate::states::execution_log::Logging;
use crate::states::express::ExpressExecution;
use crate::states::in_memory::Identity;
use crate::states::integrations::Actor;
use crate::states::model::Machine;
use crate::states::qualified::{Named, Route};
use crate::states::run::compiled;
use crate::states::{arn, errors, names, validation};
use crate::tx::Tx;

/// Checks a name and an input, and names the execution of this state machine after them, and after a text of its own, since
/// EXPRESS executions may share a name.
///
/// # Errors
/// `InvalidName`, `InvalidExecutionInput`, `ValidationException`.
pub fn identity(
    machine: &Machine,
    (role_arn, route): (&str, &Route),
    name: Option<&str>,
    input: Option<&str>,
    context: &mut Context,
) -> Result<(Identity, String), Failure> {
    let name = match name {
        Some(name) => {
            names::check(name)?;
            name.to_owned()
        }
        None => context.entropy.uuid(),
    };
    let input = input.unwrap_or("{}");
    validation::input(input)?;
    let scope = machine.scope();
    let run = context.entropy.uuid();
    let identity = Identity {
        actor: Actor {
            role_arn: role_arn.to_owned(),
            machine_arn: machine.arn(),
            execution_arn: arn::express(&scope, &machine.name, &name, &run),
            scope,
        },
        name,
        machine_name: machine.name.clone(),
        version_arn: route.version.map(|number| machine.version_arn(number)),
        alias_arn: route.alias.as_ref().map(|alias| machine.alias_arn(alias)),
        started_ms: context.steps_ms,
        input: input.to_owned(),
    };
    Ok((identity, run))
}

/// Starts an execution that nobody waits for, and says its ARN.
///
/// # Errors
/// As [`identity`].
pub fn start(
    named: &Named,
    name: Option<&str>,
    input: Option<&str>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<String, Failure> {
    let (machine, route) = (named.machine(), named.route(tx, &mut context.entropy)?);
    let definition = compiled(machine.id, route.revision, tx)?;
    let (identity, run) = identity(machine, (&definition.role_arn, &route), name, input, context)?;
    let arn = identity.actor.execution_arn.clone();
    let logging = Logging::of_execution(&definition, machine);
    ExpressExecution::owe(identity, (machine.id, route.revision), run, logging, tx);
    Ok(arn)
}

/// The EXPRESS state machine of an ARN, or a version or an alias of it.
///
/// # Errors
/// `StateMachineDoesNotExist`, `InvalidArn`; `StateMachineTypeNotSupported` for a STANDARD one (recorded).
pub fn express_machine(arn: &str, rows: &dyn Rows) -> Result<Named, Failure> {
    let named = Named::by_arn(arn, rows)?;
    if named.machine().is_express() {
        return Ok(named);
    }
    Err(errors::type_not_supported().into())
}

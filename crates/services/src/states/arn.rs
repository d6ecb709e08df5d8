//! ARNs of Step Functions: how they are put together, and AWS's words for those that are wrong.

use crate::keys::Scope;
use crate::states::errors;
use std::fmt::Display;
use stepwell_wire::ApiError;
use stepwell_wire::arn::partition;

#[must_use]
pub fn machine(scope: &Scope, name: &str) -> String {
    of(scope, "stateMachine", &[name])
}

/// Of a version or an alias.
#[must_use]
pub fn qualified(scope: &Scope, machine: &str, qualifier: impl Display) -> String {
    of(scope, "stateMachine", &[machine, ":", &qualifier.to_string()])
}

#[must_use]
pub fn execution(scope: &Scope, machine: &str, name: &str) -> String {
    of(scope, "execution", &[machine, ":", name])
}

#[must_use]
pub fn activity(scope: &Scope, name: &str) -> String {
    of(scope, "activity", &[name])
}

/// `machine` with its label: `machine/label`.
#[must_use]
pub fn map_run(scope: &Scope, machine: &str, name: &str) -> String {
    of(scope, "mapRun", &[machine, ":", name])
}

/// A child of a run of express executions.
#[must_use]
pub fn express(scope: &Scope, machine: &str, run: &str, name: &str) -> String {
    of(scope, "express", &[machine, ":", run, ":", name])
}

/// An execution that only tests a state: it has no part after its name (recorded).
#[must_use]
pub fn tested(scope: &Scope, machine: &str, name: &str) -> String {
    of(scope, "express", &[machine, ":", name])
}

/// Put together at once: each step of an execution begins with two of them.
fn of(scope: &Scope, kind: &str, name: &[&str]) -> String {
    let Scope { account, region } = scope;
    let place = ["arn:", partition(region), ":states:", region, ":", account, ":", kind, ":"];
    [&place, name].concat().concat()
}

/// The parts of an ARN.
#[derive(Debug, PartialEq, Eq)]
pub struct Parsed {
    pub scope: Scope,
    /// What follows the resource type.
    pub name: String,
}

/// Reads an ARN of this resource type.
///
/// # Errors
/// `InvalidArn`, recorded for texts that are no ARN and for other resource types.
pub fn parse(text: &str, kind: &str) -> Result<Parsed, ApiError> {
    let parts: Vec<_> = text.splitn(7, ':').collect();
    let ["arn", _, "states", region, account, found, name] = parts[..] else {
        return Err(errors::invalid_arn(&format!("Invalid ARN prefix: {text}")));
    };
    if found != kind {
        return Err(errors::invalid_arn(&format!("Resource type not valid in this context: {found}")));
    }
    Ok(Parsed { scope: Scope::new(account, region), name: name.to_owned() })
}

//! The routing configuration of an alias on its way in and out, with the checks that creating and updating share.

use super::model::{Alias, Route};
use crate::failure::Failure;
use crate::rows::Rows;
use crate::states::errors;
use crate::states::model::Machine;
use crate::states::qualified::{Qualified, Qualifier};
use crate::states::versions::model::Version;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use stepwell_wire::ApiError;
use stepwell_wire::constraints::Constraints;

/// Characters of an alias's name and of its description at most.
const LONGEST_NAME: usize = 80;
const LONGEST_DESCRIPTION: usize = 256;
/// What AWS calls the pattern of a name; that it isn't all digits is no part of a regular expression of ours.
const NAME: &str = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$";
/// Versions of an alias at most.
const MOST_VERSIONS: usize = 2;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutingConfigurationListItem {
    pub state_machine_version_arn: String,
    pub weight: i64,
}

/// Adds what the model demands of an alias's name.
pub fn constrain_name(constraints: &mut Constraints, name: &str) {
    constraints.length("name", name, 1..=LONGEST_NAME);
    let is_other = |byte: u8| byte.is_ascii_alphabetic() || b"_-.".contains(&byte);
    let is_allowed = name.bytes().all(|byte| is_other(byte) || byte.is_ascii_digit());
    if !is_allowed || !name.bytes().any(is_other) {
        let rule = format!("Member must satisfy regular expression pattern: {NAME}");
        constraints.violated("name", Some(name), &rule);
    }
}

/// Adds what the model demands of the members that both operations have.
pub fn constrain(
    constraints: &mut Constraints,
    description: Option<&str>,
    routing: Option<&[RoutingConfigurationListItem]>,
) {
    if let Some(description) = description {
        constraints.length("description", description, 0..=LONGEST_DESCRIPTION);
    }
    let Some(routing) = routing else { return };
    constraints.count("routingConfiguration", &shown(routing), routing.len(), 1..=MOST_VERSIONS);
    for (number, item) in (1..).zip(routing) {
        let member = format!("routingConfiguration.{number}.member");
        constraints.length(
            &format!("{member}.stateMachineVersionArn"),
            &item.state_machine_version_arn,
            1..=2000,
        );
        constraints.range(&format!("{member}.weight"), item.weight, 0..=100);
    }
}

/// As AWS's messages have a list of these.
fn shown(routing: &[RoutingConfigurationListItem]) -> String {
    let item = |item: &RoutingConfigurationListItem| {
        let RoutingConfigurationListItem { state_machine_version_arn: arn, weight } = item;
        format!("RoutingConfigurationListItem(stateMachineVersionArn={arn}, weight={weight})")
    };
    format!("[{}]", routing.iter().map(item).collect::<Vec<_>>().join(", "))
}

/// The state machine of a routing configuration, and the routes that it describes: versions of one state machine that are
/// there.
///
/// # Errors
/// `ValidationException`, `InvalidArn`; `ResourceNotFound` for what isn't there.
pub fn routes(
    routing: &[RoutingConfigurationListItem],
    rows: &(impl Rows + ?Sized),
) -> Result<(Arc<Machine>, Vec<Route>), Failure> {
    let received = || {
        let arns: Vec<_> = routing.iter().map(|item| item.state_machine_version_arn.as_str()).collect();
        format!("Received: [{}]", arns.join(", "))
    };
    let refused = |rule: &str| ApiError::validation(format!("Routing configuration must contain {rule}"));
    let mut named = Vec::new();
    for item in routing {
        let qualified = Qualified::parse(&item.state_machine_version_arn)?;
        let Qualifier::Version(number) = qualified.qualifier else {
            return Err(refused(&format!("state machine version ARNs. {}", received())).into());
        };
        named.push((qualified, number));
    }
    let is_twice = |at: usize| named.iter().take(at).any(|before| Some(before) == named.get(at));
    if (0..named.len()).any(is_twice) {
        return Err(refused(&format!("distinct state machine version ARNs. {}", received())).into());
    }
    let Some((first, _)) = named.first() else {
        return Err(refused(&format!("state machine version ARNs. {}", received())).into());
    };
    if named.iter().any(|(other, _)| (&other.scope, &other.name) != (&first.scope, &first.name)) {
        let rule = format!("version ARNs of the same state machine. {}", received());
        return Err(refused(&rule).into());
    }
    check_sum(routing)?;
    let machine = first.machine(rows)?.ok_or_else(errors::no_such_resource)?;
    let mut routes = Vec::new();
    for ((_, number), item) in named.iter().zip(routing) {
        Version::find(&machine, *number, rows)?.ok_or_else(errors::no_such_resource)?;
        let weight = u64::try_from(item.weight).unwrap_or(0);
        routes.push(Route { version: *number, weight });
    }
    Ok((machine, routes))
}

fn check_sum(routing: &[RoutingConfigurationListItem]) -> Result<(), ApiError> {
    if routing.iter().map(|item| item.weight).sum::<i64>() == 100 {
        return Ok(());
    }
    let weights: Vec<_> = routing.iter().map(|item| item.weight.to_string()).collect();
    let text = "Sum of routing configuration weights must equal 100. Received:";
    Err(ApiError::validation(format!("{text} [{}]", weights.join(", "))))
}

/// The routes of an alias as the API shows them.
#[must_use]
pub fn configuration(machine: &Machine, alias: &Alias) -> Vec<RoutingConfigurationListItem> {
    let item = |route: &Route| RoutingConfigurationListItem {
        state_machine_version_arn: machine.version_arn(route.version),
        weight: i64::try_from(route.weight).unwrap_or(i64::MAX),
    };
    alias.routes.iter().map(item).collect()
}

/// An alias with its state machine.
pub type Found = (Arc<Machine>, Arc<Alias>);

/// The alias of an ARN, with its state machine.
///
/// # Errors
/// `InvalidArn` for what is no alias's.
pub fn find(text: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Found>, Failure> {
    let qualified = Qualified::parse(text)?;
    let Some(machine) = qualified.machine(rows)? else { return Ok(None) };
    let Qualifier::Alias(name) = &qualified.qualifier else {
        return Err(errors::invalid_arn(&format!("Invalid ARN prefix: {text}")).into());
    };
    Ok(Alias::find(&machine, name, rows)?.map(|alias| (machine, alias)))
}

//! Aliases as callers see them, and the checks that creating and updating share.

use crate::failure::Failure;
use crate::lambda::model::{AdditionalVersion, Alias, Function};
use crate::lambda::{errors, qualifier};
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stepwell_wire::constraints::{Constraints, Pattern};

/// What AWS calls the pattern; that it isn't all digits is no part of a regular expression of ours.
const NAME: &str = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)";
static VERSION: Pattern = Pattern::new(r"(\$LATEST(\.PUBLISHED)?|[0-9]+)");

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AliasConfiguration {
    pub alias_arn: String,
    pub name: String,
    pub function_version: String,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_config: Option<RoutingConfig>,
    pub revision_id: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RoutingConfig {
    pub additional_version_weights: BTreeMap<String, f64>,
}

impl AliasConfiguration {
    #[must_use]
    pub fn new(function: &Function, alias: &Alias) -> Self {
        let routing = |additional: &AdditionalVersion| {
            let weight = (additional.version.to_string(), additional.weight);
            RoutingConfig { additional_version_weights: BTreeMap::from([weight]) }
        };
        Self {
            alias_arn: function.qualified_arn(&alias.name),
            name: alias.name.clone(),
            function_version: crate::lambda::model::version_name(alias.version),
            description: alias.description.clone(),
            routing_config: alias.additional.as_ref().map(routing),
            revision_id: alias.revision.clone(),
        }
    }
}

/// Adds what the model demands of an alias's name.
pub fn constrain_name(constraints: &mut Constraints, name: &str) {
    constraints.length("name", name, 1..=128);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !(name.bytes().all(allowed) && qualifier::is_alias(name)) {
        let rule = format!("Member must satisfy regular expression pattern: {NAME}");
        constraints.violated("name", Some(name), &rule);
    }
}

/// Adds what the model demands of the members that both operations have.
pub fn constrain(constraints: &mut Constraints, version: Option<&str>, description: Option<&str>) {
    if let Some(version) = version {
        constraints.length("functionVersion", version, 1..=1024);
        constraints.pattern("functionVersion", version, &VERSION);
    }
    if let Some(description) = description {
        constraints.length("description", description, 0..=256);
    }
}

/// The number of a version that is there.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn version(function: &Function, name: &str, rows: &dyn Rows) -> Result<u64, Failure> {
    let version = qualifier::version(function, Some(name), rows)?;
    version
        .map(|version| version.number)
        .ok_or_else(|| errors::function_not_found(&function.qualified_arn(name)).into())
}

/// The second version that a routing configuration asks for, beside the alias's own.
///
/// # Errors
/// `InvalidParameterValueException`, `ResourceNotFoundException`.
pub fn additional(
    function: &Function,
    own: u64,
    routing: &RoutingConfig,
    rows: &dyn Rows,
) -> Result<Option<AdditionalVersion>, Failure> {
    let weights = &routing.additional_version_weights;
    if weights.len() > 1 {
        return refuse("Number of items in AdditionalVersionWeights cannot be greater than 1");
    }
    let Some((name, weight)) = weights.iter().next() else { return Ok(None) };
    if own == 0 {
        return refuse("$LATEST is not supported for an alias pointing to more than 1 version");
    }
    if !(0.0..=1.0).contains(weight) {
        return refuse("Weight of an additional version must be between 0 and 1.");
    }
    let version = version(function, name, rows)?;
    if version == own {
        return refuse(&format!(
            "Invalid function version {name}. Function version {name} is already included in routing configuration."
        ));
    }
    Ok(Some(AdditionalVersion { version, weight: *weight }))
}

fn refuse<T>(text: &str) -> Result<T, Failure> {
    Err(errors::invalid_parameter(text).into())
}

//! Tags of functions and event source mappings: how a resource is named, and where its tags stand.

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::event_source::Mapping;
use crate::lambda::event_source::find_by_arn;
use crate::lambda::function_name::FunctionName;
use crate::lambda::model::Function;
use crate::lambda::{errors, keys};
use crate::rows::Rows;
use crate::tx::Tx;
use std::collections::BTreeMap;
use stepwell_wire::constraints::{Constraints, Pattern};

const MOST: usize = 50;

static RESOURCE: Pattern = Pattern::new(
    r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)",
);

/// Whether a resource may have so many tags.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn check_limit(count: usize) -> Result<(), Failure> {
    if count <= MOST {
        return Ok(());
    }
    Err(errors::invalid_parameter("Number of tags exceeds resource tag limit.").into())
}

/// Adds what the model demands of a resource.
pub fn constrain(constraints: &mut Constraints, resource: &str) {
    constraints.length("resource", resource, 1..=256).pattern("resource", resource, &RESOURCE);
}

/// What has tags.
#[derive(Debug)]
pub enum Tagged {
    Function(Function),
    Mapping(Mapping),
}

impl Tagged {
    /// The resource of an ARN that satisfies its constraints.
    ///
    /// # Errors
    /// `InvalidParameterValueException`, `ResourceNotFoundException`.
    pub fn find(arn: &str, rows: &dyn Rows, context: &Context) -> Result<Self, Failure> {
        if arn.contains(":event-source-mapping:") {
            let mapping = find_by_arn(arn, rows)?.filter(|mapping| mapping.scope() == *context.scope());
            return mapping
                .map(Self::Mapping)
                .ok_or_else(|| errors::not_found(format!("Event source mapping not found: {arn}")).into());
        }
        let name = FunctionName::of_arn(arn);
        if name.as_ref().is_some_and(|name| name.qualifier.is_some()) {
            return Err(errors::invalid_parameter(
                "Tags on function aliases and versions are not supported. Please specify a function ARN.",
            )
            .into());
        }
        let function = match name.filter(|name| name.scope == *context.scope()) {
            Some(name) => Function::by_name(&name.scope, &name.name, rows)?,
            None => None,
        };
        function.map(Self::Function).ok_or_else(|| errors::function_not_found(arn).into())
    }

    pub fn tags(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Self::Function(function) => &mut function.tags,
            Self::Mapping(mapping) => &mut mapping.tags,
        }
    }

    pub fn put(&self, tx: &mut Tx) {
        match self {
            Self::Function(function) => {
                tx.put(&keys::function(&function.scope(), &function.name), function);
            }
            Self::Mapping(mapping) => tx.put(&keys::mapping(&mapping.scope(), &mapping.uuid), mapping),
        }
    }
}

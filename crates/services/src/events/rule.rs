//! A rule with its targets, as it is stored: few of them, and read together whenever something happens.

use super::target::Target;
use super::{errors, keys};
use crate::context::Context;
use crate::event_pattern::EventPattern;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use std::sync::Arc;
use stepwell_store::Slice;
use stepwell_wire::arn::partition;
use stepwell_wire::{ApiError, Constraints, Service};

/// The one bus that is here.
pub const BUS: &str = "default";
/// Rules of an account in a region at most, and targets of a rule: AWS's quotas.
pub const MOST_RULES: usize = 300;
pub const MOST_TARGETS: usize = 5;
/// Characters of a name at most.
const LONGEST_NAME: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rule {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub region: String,
    #[n(2)]
    pub name: String,
    /// JSON text, as it was given.
    #[n(3)]
    pub pattern: String,
    #[n(4)]
    pub description: Option<String>,
    #[n(5)]
    pub role_arn: Option<String>,
    #[n(6)]
    pub is_disabled: bool,
    #[n(7)]
    pub targets: Vec<Target>,
}

impl Rule {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        let Self { account, region, name, .. } = self;
        format!("arn:{}:events:{region}:{account}:rule/{name}", partition(region))
    }

    #[must_use]
    pub fn state(&self) -> &'static str {
        if self.is_disabled { "DISABLED" } else { "ENABLED" }
    }

    /// Whether an event is for its targets.
    #[must_use]
    pub fn takes(&self, event: &serde_json::Value) -> bool {
        !self.is_disabled && EventPattern::parse(&self.pattern).is_some_and(|pattern| pattern.matches(event))
    }

    pub fn put(&self, tx: &mut Tx) {
        tx.put(&keys::rule(&self.scope(), &self.name), self);
    }

    /// The rule of this name on the default bus.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn by_name(
        name: &str,
        bus: Option<&str>,
        rows: &(impl Rows + ?Sized),
        context: &Context,
    ) -> Result<Self, Failure> {
        Self::find(name, bus, rows, context)?.ok_or_else(|| errors::rule_does_not_exist(name).into())
    }

    /// The same; nothing if there is none.
    ///
    /// # Errors
    /// `ResourceNotFoundException` for another bus, `ValidationException` for what can't be a name.
    pub fn find(
        name: &str,
        bus: Option<&str>,
        rows: &(impl Rows + ?Sized),
        context: &Context,
    ) -> Result<Option<Self>, Failure> {
        check_bus(bus)?;
        check_name(name)?;
        rows.row(&keys::rule(context.scope(), name))
    }

    /// All rules of an account in a region, by name.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn all(scope: &Scope, rows: &(impl Rows + ?Sized)) -> Result<Arc<Vec<(Slice, Self)>>, Failure> {
        rows.kept_rows(&keys::rules(scope), MOST_RULES + 1)
    }
}

/// Only the default bus is here, by its name or its ARN.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn check_bus(bus: Option<&str>) -> Result<(), ApiError> {
    match bus {
        None | Some(BUS) => Ok(()),
        Some(arn) if arn.ends_with(":event-bus/default") => Ok(()),
        Some(other) => Err(errors::bus_does_not_exist(other)),
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let mut constraints = Constraints::new(Service::Events);
    let is_of_alphabet = name.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-_".contains(letter));
    if !is_of_alphabet {
        let rule = r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+";
        constraints.violated("name", Some(name), rule);
    }
    constraints.length("name", name, 1..=LONGEST_NAME).finish()
}

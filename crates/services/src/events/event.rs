//! An event on the default bus: given to the targets of all rules that take it, in the commit in which it happens.
//!
//! A target that can't be reached loses it to its dead-letter queue, or altogether: nothing that could be reached later is
//! outside of this store. A state machine is started in a turn of its own, since its start is an event again.

use super::deliver;
use super::rule::Rule;
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::tx::Tx;
use serde_json::{Value, json};
use stepwell_wire::time::iso_seconds;

/// An event before it has an id.
#[derive(Debug, Clone)]
pub struct Event {
    pub source: String,
    pub detail_type: String,
    pub resources: Vec<String>,
    pub detail: Value,
    /// In ms since 1970.
    pub time_ms: u64,
}

/// Whether anybody could want an event: there is a rule.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn is_heard(scope: &Scope, tx: &Tx) -> Result<bool, Failure> {
    Ok(!Rule::all(scope, tx)?.is_empty())
}

/// Publishes an event; gives its id.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn publish(scope: &Scope, event: Event, tx: &mut Tx, context: &mut Context) -> Result<String, Failure> {
    let id = context.entropy.uuid();
    let time = iso_seconds(i64::try_from(event.time_ms).unwrap_or(i64::MAX));
    let shown = json!({
        "version": "0",
        "id": id,
        "detail-type": event.detail_type,
        "source": event.source,
        "account": &*scope.account,
        "time": time,
        "region": &*scope.region,
        "resources": event.resources,
        "detail": event.detail,
    });
    let rules = Rule::all(scope, tx)?;
    for (_, rule) in rules.iter().filter(|(_, rule)| rule.takes(&shown)) {
        for target in &rule.targets {
            deliver::deliver(rule, target, &shown, tx, context)?;
        }
    }
    Ok(id)
}

//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>
//!
//! A target with the id of another takes its place.

use super::errors;
use super::rule::{MOST_TARGETS, Rule};
use super::target::Target;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::{ApiError, Constraints, Service};

/// Targets of one call.
const MOST_AT_ONCE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutTargets {
    pub rule: String,
    pub event_bus_name: Option<String>,
    pub targets: Vec<Target>,
}

/// What changes of targets are answered with. A problem refuses the whole call here, as it mostly does on AWS.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsOutput {
    pub failed_entry_count: u32,
    pub failed_entries: Vec<()>,
}

impl Command for PutTargets {
    const NAME: &'static str = "PutTargets";
    type Output = TargetsOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<TargetsOutput, Failure> {
        let count = self.targets.len();
        Constraints::new(Service::Events).count("targets", "[]", count, 1..=MOST_AT_ONCE).finish()?;
        let mut rule = Rule::by_name(&self.rule, self.event_bus_name.as_deref(), tx, context)?;
        for target in &self.targets {
            if let Some((code, reason)) = target.problem() {
                return Err(ApiError::bad_request(code, reason).into());
            }
            rule.targets.retain(|other| other.id != target.id);
            rule.targets.push(target.clone());
        }
        if rule.targets.len() > MOST_TARGETS {
            return Err(errors::limit_exceeded().into());
        }
        rule.put(tx);
        Ok(TargetsOutput { failed_entry_count: 0, failed_entries: Vec::new() })
    }
}

//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html>

use super::put_targets::TargetsOutput;
use super::rule::Rule;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveTargets {
    pub rule: String,
    pub event_bus_name: Option<String>,
    pub ids: Vec<String>,
}

impl Command for RemoveTargets {
    const NAME: &'static str = "RemoveTargets";
    type Output = TargetsOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<TargetsOutput, Failure> {
        let mut rule = Rule::by_name(&self.rule, self.event_bus_name.as_deref(), tx, context)?;
        rule.targets.retain(|target| !self.ids.contains(&target.id));
        rule.put(tx);
        Ok(TargetsOutput { failed_entry_count: 0, failed_entries: Vec::new() })
    }
}

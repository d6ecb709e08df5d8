//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html>
//!
//! A rule that isn't there is deleted.

use super::keys;
use super::rule::Rule;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::ApiError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRule {
    pub name: String,
    pub event_bus_name: Option<String>,
}

impl Command for DeleteRule {
    const NAME: &'static str = "DeleteRule";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        if let Some(rule) = Rule::find(&self.name, self.event_bus_name.as_deref(), tx, context)? {
            if !rule.targets.is_empty() {
                return Err(ApiError::validation("Rule can't be deleted since it has targets.").into());
            }
            tx.remove(&keys::rule(&rule.scope(), &rule.name));
        }
        Ok(Nothing {})
    }
}

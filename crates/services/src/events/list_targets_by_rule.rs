//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html>
//!
//! A rule has so few targets that they are one page.

use super::rule::Rule;
use super::target::Target;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTargetsByRule {
    pub rule: String,
    pub event_bus_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTargetsByRuleOutput {
    pub targets: Vec<Target>,
}

impl Read for ListTargetsByRule {
    const NAME: &'static str = "ListTargetsByRule";
    type Output = ListTargetsByRuleOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListTargetsByRuleOutput, Failure> {
        let rule = Rule::by_name(&self.rule, self.event_bus_name.as_deref(), rows, context)?;
        Ok(ListTargetsByRuleOutput { targets: rule.targets })
    }
}

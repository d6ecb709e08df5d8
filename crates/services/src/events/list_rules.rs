//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html>

use super::describe_rule::ShownRule;
use super::rule::{Rule, check_bus};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_wire::{Constraints, Service};

/// Entries on a page, and at most.
const PAGE: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRules {
    pub name_prefix: Option<String>,
    pub event_bus_name: Option<String>,
    pub limit: Option<i64>,
    /// The name after which the page begins.
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRulesOutput {
    pub rules: Vec<ShownRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Read for ListRules {
    const NAME: &'static str = "ListRules";
    type Output = ListRulesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListRulesOutput, Failure> {
        check_bus(self.event_bus_name.as_deref())?;
        if let Some(limit) = self.limit {
            Constraints::new(Service::Events).range("limit", limit, 1..=100).finish()?;
        }
        let most = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(PAGE);
        let all = Rule::all(context.scope(), rows)?;
        let is_asked = |rule: &Rule| {
            self.name_prefix.as_ref().is_none_or(|prefix| rule.name.starts_with(prefix))
                && self.next_token.as_ref().is_none_or(|after| rule.name > *after)
        };
        let mut asked = all.iter().map(|(_, rule)| rule).filter(|rule| is_asked(rule)).peekable();
        let rules: Vec<_> = asked.by_ref().take(most).cloned().map(ShownRule::from).collect();
        let next_token = asked.peek().and(rules.last()).map(|last| last.name.clone());
        Ok(ListRulesOutput { rules, next_token })
    }
}

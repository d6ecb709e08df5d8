//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html>

use super::rule::{BUS, Rule};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRule {
    pub name: String,
    pub event_bus_name: Option<String>,
}

/// A rule as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ShownRule {
    pub name: String,
    pub arn: String,
    pub event_pattern: String,
    pub state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    pub event_bus_name: &'static str,
    /// The account that made it; lists have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}

impl From<Rule> for ShownRule {
    fn from(rule: Rule) -> Self {
        Self {
            arn: rule.arn(),
            state: rule.state(),
            name: rule.name,
            event_pattern: rule.pattern,
            description: rule.description,
            role_arn: rule.role_arn,
            event_bus_name: BUS,
            created_by: None,
        }
    }
}

impl Read for DescribeRule {
    const NAME: &'static str = "DescribeRule";
    type Output = ShownRule;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ShownRule, Failure> {
        let rule = Rule::by_name(&self.name, self.event_bus_name.as_deref(), rows, context)?;
        let created_by = Some(rule.account.clone());
        Ok(ShownRule { created_by, ..ShownRule::from(rule) })
    }
}

//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>
//!
//! Makes a rule or changes one; its targets stay. Rules on a schedule aren't here.

use super::errors;
use super::rule::{MOST_RULES, Rule};
use crate::context::Context;
use crate::event_pattern::EventPattern;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::{ApiError, Constraints, Service};

/// Characters of a pattern at most.
const LONGEST_PATTERN: usize = 4096;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRule {
    pub name: String,
    pub event_pattern: Option<String>,
    pub schedule_expression: Option<String>,
    pub state: Option<String>,
    pub description: Option<String>,
    pub role_arn: Option<String>,
    pub event_bus_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRuleOutput {
    pub rule_arn: String,
}

impl Command for PutRule {
    const NAME: &'static str = "PutRule";
    type Output = PutRuleOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PutRuleOutput, Failure> {
        let existing = Rule::find(&self.name, self.event_bus_name.as_deref(), tx, context)?;
        let is_disabled = self.is_disabled()?;
        let pattern = self.pattern()?.to_owned();
        if existing.is_none() && Rule::all(context.scope(), tx)?.len() >= MOST_RULES {
            return Err(errors::limit_exceeded().into());
        }
        let rule = Rule {
            account: context.account().to_owned(),
            region: context.region().to_owned(),
            name: self.name.clone(),
            pattern,
            description: self.description.clone(),
            role_arn: self.role_arn.clone(),
            is_disabled,
            targets: existing.map(|existing| existing.targets).unwrap_or_default(),
        };
        rule.put(tx);
        Ok(PutRuleOutput { rule_arn: rule.arn() })
    }
}

impl PutRule {
    fn is_disabled(&self) -> Result<bool, ApiError> {
        const STATES: [&str; 3] = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];
        let state = self.state.as_deref().unwrap_or("ENABLED");
        Constraints::new(Service::Events).one_of("state", state, &STATES).finish()?;
        Ok(state == "DISABLED")
    }

    fn pattern(&self) -> Result<&str, ApiError> {
        if self.schedule_expression.is_some() {
            return Err(ApiError::validation("Rules with a ScheduleExpression are not available here."));
        }
        let Some(pattern) = self.event_pattern.as_deref().filter(|pattern| !pattern.is_empty()) else {
            let text = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
            return Err(ApiError::validation(text));
        };
        Constraints::new(Service::Events).length("eventPattern", pattern, 0..=LONGEST_PATTERN).finish()?;
        match EventPattern::parse(pattern) {
            Some(_) => Ok(pattern),
            None => Err(errors::invalid_event_pattern(pattern)),
        }
    }
}

//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html>
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html>

use super::rule::Rule;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnableRule {
    pub name: String,
    pub event_bus_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisableRule {
    pub name: String,
    pub event_bus_name: Option<String>,
}

impl Command for EnableRule {
    const NAME: &'static str = "EnableRule";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let rule = Rule::by_name(&self.name, self.event_bus_name.as_deref(), tx, context)?;
        Rule { is_disabled: false, ..rule }.put(tx);
        Ok(Nothing {})
    }
}

impl Command for DisableRule {
    const NAME: &'static str = "DisableRule";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let rule = Rule::by_name(&self.name, self.event_bus_name.as_deref(), tx, context)?;
        Rule { is_disabled: true, ..rule }.put(tx);
        Ok(Nothing {})
    }
}

//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html>

use super::errors;
use crate::context::Context;
use crate::event_pattern::EventPattern;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::ApiError;

/// What an event has to have.
const MEMBERS: [&str; 7] = ["id", "account", "source", "time", "region", "resources", "detail-type"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TestEventPattern {
    pub event_pattern: String,
    pub event: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TestEventPatternOutput {
    pub result: bool,
}

impl Read for TestEventPattern {
    const NAME: &'static str = "TestEventPattern";
    type Output = TestEventPatternOutput;

    fn read(&self, _: &dyn Rows, _: &mut Context) -> Result<TestEventPatternOutput, Failure> {
        let pattern = EventPattern::parse(&self.event_pattern).filter(|_| !self.event_pattern.is_empty());
        let pattern = pattern.ok_or_else(|| errors::invalid_event_pattern(&self.event_pattern))?;
        let event: Value = serde_json::from_str(&self.event)
            .map_err(|_| ApiError::validation("Parameter Event is not valid."))?;
        if let Some(missing) = MEMBERS.iter().find(|name| event.get(**name).is_none()) {
            return Err(ApiError::validation(format!("Event is missing the field `{missing}`.")).into());
        }
        Ok(TestEventPatternOutput { result: pattern.matches(&event) })
    }
}

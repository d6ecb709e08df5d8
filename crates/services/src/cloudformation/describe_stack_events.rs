//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html>
//!
//! The newest first.

use super::events::Event;
use super::model::timestamp;
use super::{errors, find, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::page;
use crate::row;
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;
use stepwell_wire::Timestamp;

/// As many as AWS lists on a page.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackEvents {
    pub stack_name: Option<String>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStackEventsOutput {
    pub stack_events: Vec<StackEvent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackEvent {
    pub stack_id: String,
    pub event_id: String,
    pub stack_name: String,
    pub logical_resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_resource_id: Option<String>,
    pub resource_type: String,
    pub timestamp: Timestamp,
    pub resource_status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_properties: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
}

impl Read for DescribeStackEvents {
    const NAME: &'static str = "DescribeStackEvents";
    type Output = DescribeStackEventsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeStackEventsOutput, Failure> {
        let name = self.stack_name.as_deref();
        let name = name.ok_or_else(|| errors::validation("StackName is a required parameter."))?;
        find::check_name(name)?;
        let stack = find::stack(name, rows, context)?.ok_or_else(|| errors::no_stack(name))?;
        let all = keys::events(stack.id);
        let end = match &self.next_token {
            None => all.end(),
            Some(token) => {
                let last = page::last(context.secrets, &stack.uuid, token).and_then(|last| last.parse().ok());
                keys::event(stack.id, last.ok_or_else(errors::invalid_token)?).into_bytes()
            }
        };
        let found = rows.scan(all.as_bytes(), &end, Direction::Backward, PAGE + 1)?;
        let mut stack_events = Vec::new();
        let (stack_id, stack_name) = (stack.arn(), stack.name);
        for (_, event) in found.iter().take(PAGE) {
            let event: Event = row::decode(event)?;
            let resource_properties = match event.properties_event {
                Some(number) => {
                    let told: Option<Event> = rows.row(&keys::event(stack.id, number))?;
                    told.and_then(|told| told.properties)
                }
                None => event.properties,
            };
            stack_events.push(StackEvent {
                stack_id: stack_id.clone(),
                event_id: event.id,
                stack_name: stack_name.clone(),
                logical_resource_id: event.logical_id,
                physical_resource_id: event.physical_id,
                resource_type: event.resource_type,
                timestamp: timestamp(event.at_ms),
                resource_status: event.status,
                resource_status_reason: event.reason,
                resource_properties,
                client_request_token: event.request_token,
            });
        }
        let last = found.get(PAGE.saturating_sub(1)).filter(|_| found.len() > PAGE);
        let next_token = match last {
            Some((key, _)) => {
                let last = keys::read_event(key)?.to_string();
                Some(page::token(context.secrets, &stack.uuid, &last))
            }
            None => None,
        };
        Ok(DescribeStackEventsOutput { stack_events, next_token })
    }
}

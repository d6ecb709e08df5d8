//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html>
//!
//! The newest first, deleted ones included for ninety days.

use super::model::{Stack, timestamp};
use super::stack_shape::StackDrift;
use super::{errors, find, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::page;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;
use stepwell_wire::Timestamp;

/// As many as AWS lists on a page.
const PAGE: usize = 100;
/// Stacks that one request looks at, whatever their status.
const LOOKED_AT: usize = 1000;
const LIST: &str = "all stacks";

const STATUSES: [&str; 23] = [
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "CREATE_COMPLETE",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
    "DELETE_COMPLETE",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListStacks {
    #[serde(default)]
    pub stack_status_filter: Vec<String>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListStacksOutput {
    pub stack_summaries: Vec<StackSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackSummary {
    pub stack_id: String,
    pub stack_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_description: Option<String>,
    pub creation_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_time: Option<Timestamp>,
    pub stack_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_status_reason: Option<String>,
    pub drift_information: StackDrift,
}

impl Read for ListStacks {
    const NAME: &'static str = "ListStacks";
    type Output = ListStacksOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListStacksOutput, Failure> {
        let mut constraints = find::constraints();
        for (index, status) in self.stack_status_filter.iter().enumerate() {
            constraints.one_of(&format!("stackStatusFilter.{}.member", index + 1), status, &STATUSES);
        }
        constraints.finish()?;
        let all = keys::numbers(context.scope());
        let end = match &self.next_token {
            None => all.end(),
            Some(token) => {
                let last = page::last(context.secrets, LIST, token).and_then(|last| last.parse().ok());
                let last = last.ok_or_else(errors::invalid_token)?;
                keys::by_number(context.scope(), last).into_bytes()
            }
        };
        let found = rows.scan(all.as_bytes(), &end, Direction::Backward, LOOKED_AT)?;
        let mut stack_summaries = Vec::new();
        let mut next = None;
        for (key, _) in &found {
            let number = keys::read_number(key)?;
            if stack_summaries.len() == PAGE {
                break;
            }
            next = Some(number);
            let stack = Stack::load(number, rows)?;
            let status = stack.status.as_str();
            if self.stack_status_filter.is_empty() || self.stack_status_filter.iter().any(|one| one == status)
            {
                stack_summaries.push(StackSummary::new(stack));
            }
        }
        let has_more = stack_summaries.len() == PAGE || found.len() == LOOKED_AT;
        let next = next.filter(|_| has_more);
        let next_token = next.map(|last| page::token(context.secrets, LIST, &last.to_string()));
        Ok(ListStacksOutput { stack_summaries, next_token })
    }
}

impl StackSummary {
    fn new(stack: Stack) -> Self {
        Self {
            stack_id: stack.arn(),
            template_description: stack.configuration.description,
            creation_time: timestamp(stack.created_ms),
            last_updated_time: stack.updated_ms.map(timestamp),
            deletion_time: stack.deleted_ms.map(timestamp),
            stack_status: stack.status.as_str(),
            stack_status_reason: stack.status_reason,
            drift_information: StackDrift::NOT_CHECKED,
            stack_name: stack.name,
        }
    }
}

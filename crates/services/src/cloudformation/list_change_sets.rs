//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html>
//!
//! Those that were not executed yet, on one page: a stack has few.

use super::change_set::{self, ChangeSet};
use super::model::{Stack, timestamp};
use super::{errors, find};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListChangeSets {
    pub stack_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListChangeSetsOutput {
    pub summaries: Vec<ChangeSetSummary>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeSetSummary {
    pub stack_id: String,
    pub stack_name: String,
    pub change_set_id: String,
    pub change_set_name: String,
    pub execution_status: &'static str,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    pub creation_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub include_nested_stacks: bool,
}

impl Read for ListChangeSets {
    const NAME: &'static str = "ListChangeSets";
    type Output = ListChangeSetsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListChangeSetsOutput, Failure> {
        find::check_name(&self.stack_name)?;
        let stack = find::stack(&self.stack_name, rows, context)?;
        let stack = stack.ok_or_else(|| errors::no_stack(&self.stack_name))?;
        let all = change_set::all(stack.id, rows)?;
        let open = all.into_iter().filter(|change_set| !change_set.is_executed());
        Ok(ListChangeSetsOutput { summaries: open.map(|change_set| summary(&stack, change_set)).collect() })
    }
}

fn summary(stack: &Stack, change_set: ChangeSet) -> ChangeSetSummary {
    ChangeSetSummary {
        stack_id: stack.arn(),
        stack_name: stack.name.clone(),
        change_set_id: change_set.arn(stack),
        change_set_name: change_set.name,
        execution_status: change_set.execution.as_str(),
        status: change_set.status.as_str(),
        status_reason: change_set.status_reason,
        creation_time: timestamp(change_set.created_ms),
        description: change_set.description,
        include_nested_stacks: change_set.includes_nested_stacks,
    }
}

//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html>

use super::resource::Resource;
use super::resource_shape::StackResourceSummary;
use super::{errors, find, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::page;
use crate::row;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// As many as AWS lists on a page.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListStackResources {
    pub stack_name: String,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListStackResourcesOutput {
    pub stack_resource_summaries: Vec<StackResourceSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Read for ListStackResources {
    const NAME: &'static str = "ListStackResources";
    type Output = ListStackResourcesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListStackResourcesOutput, Failure> {
        find::check_name(&self.stack_name)?;
        let stack = find::stack(&self.stack_name, rows, context)?;
        let stack = stack.ok_or_else(|| errors::no_stack_with_id(&self.stack_name))?;
        // Tokens of this list don't fit the list of events.
        let list = format!("resources of {}", stack.uuid);
        let all = keys::resources(stack.id);
        let start = match &self.next_token {
            None => all.as_bytes().to_vec(),
            Some(token) => {
                let last = page::last(context.secrets, &list, token).ok_or_else(errors::invalid_token)?;
                Key::after(keys::resource(stack.id, &last).as_bytes())
            }
        };
        let found = rows.scan(&start, &all.end(), Direction::Forward, PAGE + 1)?;
        let resources: Vec<Resource> =
            found.iter().take(PAGE).map(|(_, value)| row::decode(value)).collect::<Result<_, _>>()?;
        let last = resources.last().filter(|_| found.len() > PAGE);
        Ok(ListStackResourcesOutput {
            next_token: last.map(|last| page::token(context.secrets, &list, &last.logical_id)),
            stack_resource_summaries: resources
                .iter()
                .filter_map(|resource| Some(StackResourceSummary::new(resource, resource.status?)))
                .collect(),
        })
    }
}

//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>
//!
//! Without a name: all stacks that aren't deleted. A deleted one is found by its ARN.

use super::model::Stack;
use super::stack_shape::StackShape;
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
const LIST: &str = "stacks";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStacks {
    pub stack_name: Option<String>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStacksOutput {
    pub stacks: Vec<StackShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Read for DescribeStacks {
    const NAME: &'static str = "DescribeStacks";
    type Output = DescribeStacksOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeStacksOutput, Failure> {
        let Some(name) = self.stack_name.as_deref().filter(|name| !name.is_empty()) else {
            return self.all(rows, context);
        };
        find::check_name(name)?;
        let stack = find::stack(name, rows, context)?;
        let stack = stack.ok_or_else(|| errors::no_stack_with_id(name))?;
        Ok(DescribeStacksOutput { stacks: vec![StackShape::new(stack)], next_token: None })
    }
}

impl DescribeStacks {
    fn all(&self, rows: &dyn Rows, context: &Context) -> Result<DescribeStacksOutput, Failure> {
        let all = keys::names(context.scope());
        let start = match &self.next_token {
            None => all.as_bytes().to_vec(),
            Some(token) => {
                let last = page::last(context.secrets, LIST, token).ok_or_else(errors::invalid_token)?;
                Key::after(keys::by_name(context.scope(), &last).as_bytes())
            }
        };
        let found = rows.scan(&start, &all.end(), Direction::Forward, PAGE + 1)?;
        let mut stacks = Vec::new();
        for (_, number) in found.iter().take(PAGE) {
            stacks.push(Stack::load(row::decode(number)?, rows)?);
        }
        let last = stacks.last().filter(|_| found.len() > PAGE);
        let next_token = last.map(|stack| page::token(context.secrets, LIST, &stack.name));
        Ok(DescribeStacksOutput { stacks: stacks.into_iter().map(StackShape::new).collect(), next_token })
    }
}

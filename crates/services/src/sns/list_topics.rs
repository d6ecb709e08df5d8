//! <https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::page;
use crate::row;
use crate::rows::Rows;
use crate::sns::model::Topic;
use crate::sns::{errors, keys};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// As many as AWS lists on a page.
pub const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTopics {
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTopicsOutput {
    pub topics: Vec<ListedTopic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedTopic {
    pub topic_arn: String,
}

impl Read for ListTopics {
    const NAME: &'static str = "ListTopics";
    type Output = ListTopicsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListTopicsOutput, Failure> {
        let after = match &self.next_token {
            None => None,
            Some(token) => Some(page::last(context.secrets, "topics", token).ok_or_else(invalid_token)?),
        };
        let mut topics = topics_after(after.as_deref(), PAGE + 1, rows, context)?;
        let has_more = topics.len() > PAGE;
        topics.truncate(PAGE);
        let last = topics.last().filter(|_| has_more);
        Ok(ListTopicsOutput {
            next_token: last.map(|topic| page::token(context.secrets, "topics", &topic.name)),
            topics: topics.iter().map(|topic| ListedTopic { topic_arn: topic.arn() }).collect(),
        })
    }
}

/// At most `most` topics of the caller's scope, by name, after this one.
pub fn topics_after(
    name: Option<&str>,
    most: usize,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Vec<Topic>, Failure> {
    let all = keys::topics(context.scope());
    let start = match name {
        None => all.as_bytes().to_vec(),
        Some(name) => Key::after(keys::topic(context.scope(), name).as_bytes()),
    };
    let found = rows.scan(&start, &all.end(), Direction::Forward, most)?;
    found.iter().map(|(_, value)| row::decode(value)).collect()
}

/// A token that isn't one of this list.
pub fn invalid_token() -> Failure {
    errors::invalid_parameter("NextToken").into()
}

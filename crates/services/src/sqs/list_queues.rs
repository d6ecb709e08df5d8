//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::page;
use crate::row;
use crate::rows::Rows;
use crate::sqs::model::Queue;
use crate::sqs::{errors, keys};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// As many as AWS lists where no page size is given.
const MOST: usize = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueues {
    pub queue_name_prefix: Option<String>,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueuesOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Read for ListQueues {
    const NAME: &'static str = "ListQueues";
    type Output = ListQueuesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListQueuesOutput, Failure> {
        let most = page_size(self.max_results)?;
        let prefix = self.queue_name_prefix.as_deref().unwrap_or_default();
        let list = format!("queues {prefix}");
        let range = keys::queues_named(context.scope(), prefix);
        let start = match &self.next_token {
            None => range.as_bytes().to_vec(),
            Some(token) => {
                let last = page::last(context.secrets, &list, token).ok_or_else(|| invalid_token(token))?;
                Key::after(keys::queue(context.scope(), &last).as_bytes())
            }
        };
        let found = rows.scan(&start, &range.end(), Direction::Forward, most + 1)?;
        let mut queues =
            found.iter().map(|(_, value)| row::decode(value)).collect::<Result<Vec<Queue>, _>>()?;
        let has_more = queues.len() > most;
        queues.truncate(most);
        // Without a page size there is one page only.
        let last = queues.last().filter(|_| has_more && self.max_results.is_some());
        Ok(ListQueuesOutput {
            next_token: last.map(|queue| page::token(context.secrets, &list, &queue.name)),
            queue_urls: queues.iter().map(|queue| queue.url(&context.request.base_url)).collect(),
        })
    }
}

/// The size of a page.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn page_size(max_results: Option<i64>) -> Result<usize, Failure> {
    match max_results.map(usize::try_from) {
        None => Ok(MOST),
        Some(Ok(size)) if (1..=MOST).contains(&size) => Ok(size),
        _ => {
            let value = max_results.unwrap_or_default();
            let reason = "MaxResults must be an integer between 1 and 1000.";
            Err(errors::invalid_value("MaxResults", value, reason).into())
        }
    }
}

/// A token that isn't one of this list.
pub fn invalid_token(token: &str) -> Failure {
    errors::invalid_value("NextToken", token, "The token is not valid for this request.").into()
}

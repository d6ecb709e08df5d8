//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html>
//!
//! Looks at every queue of the account in the region: no one keeps a list of who points where.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::{Key, Scope};
use crate::operation::Read;
use crate::page;
use crate::rows::{Rows, RowsExt};
use crate::sqs::keys;
use crate::sqs::list_queues::{invalid_token, page_size};
use crate::sqs::model::Queue;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDeadLetterSourceQueues {
    #[serde(default)]
    pub queue_url: String,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct ListDeadLetterSourceQueuesOutput {
    #[serde(rename = "queueUrls")]
    pub queue_urls: Vec<String>,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Read for ListDeadLetterSourceQueues {
    const NAME: &'static str = "ListDeadLetterSourceQueues";
    type Output = ListDeadLetterSourceQueuesOutput;

    fn read(
        &self,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<ListDeadLetterSourceQueuesOutput, Failure> {
        let queue = Queue::by_url(&self.queue_url, rows, context)?;
        let most = page_size(self.max_results)?;
        let list = format!("sources of {}", queue.id);
        let after = match &self.next_token {
            None => None,
            Some(token) => {
                Some(page::last(context.secrets, &list, token).ok_or_else(|| invalid_token(token))?)
            }
        };
        let mut sources = sources(&queue, rows)?;
        sources.retain(|source| after.as_ref().is_none_or(|after| source.name > *after));
        let has_more = sources.len() > most;
        sources.truncate(most);
        let last = sources.last().filter(|_| has_more && self.max_results.is_some());
        Ok(ListDeadLetterSourceQueuesOutput {
            next_token: last.map(|queue| page::token(context.secrets, &list, &queue.name)),
            queue_urls: sources.iter().map(|queue| queue.url(&context.request.base_url)).collect(),
        })
    }
}

/// The queues whose dead letters go to this one, by name.
pub fn sources(queue: &Queue, rows: &(impl Rows + ?Sized)) -> Result<Vec<Queue>, Failure> {
    let arn = queue.arn();
    let all: Key = keys::queues(&Scope::new(&queue.account, &queue.region));
    let queues = rows.rows::<Queue>(&all, usize::MAX)?.into_iter().map(|(_, queue)| queue);
    Ok(queues.filter(|other| other.redrive().is_some_and(|it| it.dead_letter_queue_arn == arn)).collect())
}

//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::sqs::errors;
use crate::sqs::move_tasks::{self, MoveTask, REMEMBERED, Status};
use crate::sqs::start_message_move_task::find;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMessageMoveTasks {
    pub source_arn: String,
    pub max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMessageMoveTasksOutput {
    pub results: Vec<ListMessageMoveTasksResultEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMessageMoveTasksResultEntry {
    /// Of a task that can be cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_handle: Option<String>,
    pub status: &'static str,
    pub source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_number_of_messages_per_second: Option<u32>,
    pub approximate_number_of_messages_moved: u64,
    pub approximate_number_of_messages_to_move: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    pub started_timestamp: u64,
}

impl Read for ListMessageMoveTasks {
    const NAME: &'static str = "ListMessageMoveTasks";
    type Output = ListMessageMoveTasksOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<Self::Output, Failure> {
        let most = match self.max_results.map(usize::try_from) {
            // AWS shows the latest unless more are asked for.
            None => 1,
            Some(Ok(most)) if (1..=REMEMBERED).contains(&most) => most,
            _ => {
                let value = self.max_results.unwrap_or_default();
                let reason = "Must be between 1 and 10, if provided.";
                return Err(errors::invalid_value("MaxResults", value, reason).into());
            }
        };
        let source = find(&self.source_arn, "SourceArn", rows)?;
        let mut results = Vec::new();
        for (_, task) in move_tasks::of_queue(source.id, rows)?.into_iter().take(most) {
            let to_move = match task.to_move {
                Some(to_move) => to_move,
                None => {
                    let now_ms = context.now_ms;
                    let left = move_tasks::count(source.id, task.before, now_ms, usize::MAX, rows)?;
                    task.moved + left.unwrap_or_default()
                }
            };
            results.push(entry(task, to_move));
        }
        Ok(ListMessageMoveTasksOutput { results })
    }
}

fn entry(task: MoveTask, to_move: u64) -> ListMessageMoveTasksResultEntry {
    ListMessageMoveTasksResultEntry {
        task_handle: (task.status == Status::Running).then(|| task.handle()),
        status: task.status.name(),
        source_arn: task.source_arn,
        destination_arn: task.destination_arn,
        max_number_of_messages_per_second: task.most_per_second,
        approximate_number_of_messages_moved: task.moved,
        approximate_number_of_messages_to_move: to_move,
        failure_reason: task.failure_reason,
        started_timestamp: task.started_ms,
    }
}

//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html>
//!
//! A task is cancelled at once: its next turn finds that it is.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::move_tasks::{self, Status};
use crate::sqs::start_message_move_task::find;
use crate::sqs::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelMessageMoveTask {
    pub task_handle: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelMessageMoveTaskOutput {
    pub approximate_number_of_messages_moved: u64,
}

impl Command for CancelMessageMoveTask {
    const NAME: &'static str = "CancelMessageMoveTask";
    type Output = CancelMessageMoveTaskOutput;

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<Self::Output, Failure> {
        let handle = move_tasks::read_handle(&self.task_handle);
        let (id, source_arn) =
            handle.ok_or_else(|| errors::invalid_parameter("Value for parameter TaskHandle is invalid."))?;
        let source = find(&source_arn, "SourceArn", tx)?;
        let tasks = move_tasks::of_queue(source.id, tx)?;
        let found = tasks.into_iter().find(|(_, task)| task.id == id);
        let (number, mut task) = found.ok_or_else(|| errors::resource_not_found("Task does not exist."))?;
        if task.status != Status::Running {
            return Err(errors::invalid_parameter("Only active tasks can be cancelled.").into());
        }
        task.status = Status::Cancelled;
        tx.put(&keys::move_task(source.id, number), &task);
        Ok(CancelMessageMoveTaskOutput { approximate_number_of_messages_moved: task.moved })
    }
}

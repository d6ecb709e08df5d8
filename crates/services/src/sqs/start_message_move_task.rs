//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::list_dead_letter_source_queues::sources;
use crate::sqs::model::Queue;
use crate::sqs::move_tasks::{self, MoveTask, REMEMBERED, Status};
use crate::sqs::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartMessageMoveTask {
    pub source_arn: String,
    pub destination_arn: Option<String>,
    pub max_number_of_messages_per_second: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartMessageMoveTaskOutput {
    pub task_handle: String,
}

impl Command for StartMessageMoveTask {
    const NAME: &'static str = "StartMessageMoveTask";
    type Output = StartMessageMoveTaskOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Self::Output, Failure> {
        let source = find(&self.source_arn, "SourceArn", tx)?;
        if let Some(arn) = &self.destination_arn {
            let destination = find(arn, "DestinationArn", tx)?;
            if destination.is_fifo() != source.is_fifo() {
                let text = "Source queue and destination queue must be of the same type.";
                return Err(errors::invalid_parameter(text).into());
            }
        }
        let most_per_second = self.most_per_second()?;
        if sources(&source, tx)?.is_empty() {
            let text = "Source queue must be configured as a Dead Letter Queue.";
            return Err(errors::invalid_parameter(text).into());
        }
        let former = move_tasks::of_queue(source.id, tx)?;
        if former.iter().any(|(_, task)| task.status == Status::Running) {
            let text = "There is already a task running. Only one active task is allowed for a source queue arn at a given time.";
            return Err(errors::invalid_parameter(text).into());
        }
        for (number, _) in former.iter().skip(REMEMBERED - 1) {
            tx.remove(&keys::move_task(source.id, *number));
        }
        let number = tx.next_sequence();
        let most = context.settings.rows_per_command;
        let task = MoveTask {
            id: context.entropy.uuid(),
            source_arn: self.source_arn.clone(),
            destination_arn: self.destination_arn.clone(),
            most_per_second,
            started_ms: context.now_ms,
            status: Status::Running,
            moved: 0,
            to_move: move_tasks::count(source.id, number, context.now_ms, most, tx)?,
            failure_reason: None,
            before: number,
        };
        tx.put(&keys::move_task(source.id, number), &task);
        move_tasks::go_on(source.id, number, tx, context)?;
        Ok(StartMessageMoveTaskOutput { task_handle: task.handle() })
    }
}

impl StartMessageMoveTask {
    fn most_per_second(&self) -> Result<Option<u32>, Failure> {
        let Some(given) = self.max_number_of_messages_per_second else { return Ok(None) };
        match u32::try_from(given) {
            Ok(most @ 1..=500) => Ok(Some(most)),
            _ => {
                let parameter = "MaxNumberOfMessagesPerSecond";
                Err(errors::invalid_value(parameter, given, "Must be between 1 and 500, if provided.").into())
            }
        }
    }
}

/// The queue of an ARN that stands in the parameter of this name.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn find(
    arn: &str,
    parameter: &str,
    rows: &(impl crate::rows::Rows + ?Sized),
) -> Result<Arc<Queue>, Failure> {
    Queue::by_arn(arn, rows)?.ok_or_else(|| {
        let text = format!("The resource that you specified for the {parameter} parameter doesn't exist.");
        errors::resource_not_found(text).into()
    })
}

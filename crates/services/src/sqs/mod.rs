//! SQS: standard and FIFO queues, their messages, visibility, and dead-letter queues.
//!
//! A message is two rows: what was sent (never changed) and a `Ready` row ordered by the time from which it can be received.
//! Receiving moves the `Ready` row to the end of the visibility timeout, so a message is never in two states, and what is
//! in flight needs no timer: it is simply not ready yet.

mod add_permission;
mod attributes;
mod batch;
mod cancel_message_move_task;
mod change_message_visibility;
mod change_message_visibility_batch;
pub(crate) mod check;
mod create_queue;
pub(crate) mod delete_message;
mod delete_message_batch;
pub(crate) mod delete_queue;
pub mod depths;
pub(crate) mod digest;
mod errors;
mod get_queue_attributes;
mod get_queue_url;
mod groups;
pub(crate) mod hidden;
pub(crate) mod keys;
mod list_dead_letter_source_queues;
mod list_message_move_tasks;
mod list_queue_tags;
mod list_queues;
mod message_attributes;
pub mod model;
pub(crate) mod move_tasks;
mod permissions;
mod placement;
pub(crate) mod purge_queue;
pub(crate) mod receipt;
pub(crate) mod receive_message;
mod redrive;
mod remove_permission;
pub(crate) mod retention;
mod send_message;
mod send_message_batch;
mod set_queue_attributes;
mod start_message_move_task;
mod tag_queue;
mod tags;
pub(crate) mod take;
mod take_fifo;
mod untag_queue;

#[cfg(test)]
mod tests;

pub use add_permission::AddPermission;
pub use cancel_message_move_task::CancelMessageMoveTask;
pub use change_message_visibility::ChangeMessageVisibility;
pub use change_message_visibility_batch::ChangeMessageVisibilityBatch;
pub use create_queue::CreateQueue;
pub use delete_message::DeleteMessage;
pub use delete_message_batch::DeleteMessageBatch;
pub use delete_queue::DeleteQueue;
pub use get_queue_attributes::GetQueueAttributes;
pub use get_queue_url::GetQueueUrl;
pub use list_dead_letter_source_queues::ListDeadLetterSourceQueues;
pub use list_message_move_tasks::ListMessageMoveTasks;
pub use list_queue_tags::ListQueueTags;
pub use list_queues::ListQueues;
pub use purge_queue::PurgeQueue;
pub use receive_message::ReceiveMessage;
pub use remove_permission::RemovePermission;
pub use send_message::{SendMessage, SendMessageOutput};
pub use send_message_batch::SendMessageBatch;
pub use set_queue_attributes::SetQueueAttributes;
pub use start_message_move_task::StartMessageMoveTask;
pub use tag_queue::TagQueue;
pub use untag_queue::UntagQueue;

use crate::operation::Operation;
use crate::operation::json_or_query::{command, read};
use stepwell_wire::xml::Flattened;

const FAILED: Flattened = Flattened::list("Failed", "BatchResultErrorEntry");
const ATTRIBUTES: Flattened = Flattened::map("Attributes", "Attribute", "Name", "Value");

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<AddPermission>(),
    command::<CancelMessageMoveTask>(),
    command::<ChangeMessageVisibility>(),
    command::<ChangeMessageVisibilityBatch>()
        .flattened(&[Flattened::list("Successful", "ChangeMessageVisibilityBatchResultEntry"), FAILED]),
    command::<CreateQueue>(),
    command::<DeleteMessage>(),
    command::<DeleteMessageBatch>()
        .flattened(&[Flattened::list("Successful", "DeleteMessageBatchResultEntry"), FAILED]),
    command::<DeleteQueue>(),
    read::<GetQueueAttributes>().flattened(&[ATTRIBUTES]),
    read::<GetQueueUrl>(),
    read::<ListDeadLetterSourceQueues>().flattened(&[Flattened::list("queueUrls", "QueueUrl")]),
    read::<ListMessageMoveTasks>()
        .flattened(&[Flattened::list("Results", "ListMessageMoveTasksResultEntry")]),
    read::<ListQueueTags>().flattened(&[Flattened::map("Tags", "Tag", "Key", "Value")]),
    read::<ListQueues>().flattened(&[Flattened::list("QueueUrls", "QueueUrl")]),
    command::<PurgeQueue>(),
    command::<ReceiveMessage>().flattened(&[
        Flattened::list("Messages", "Message"),
        ATTRIBUTES,
        Flattened::map("MessageAttributes", "MessageAttribute", "Name", "Value"),
    ]),
    command::<RemovePermission>(),
    command::<SendMessage>(),
    command::<SendMessageBatch>()
        .flattened(&[Flattened::list("Successful", "SendMessageBatchResultEntry"), FAILED]),
    command::<SetQueueAttributes>(),
    command::<StartMessageMoveTask>(),
    command::<TagQueue>(),
    command::<UntagQueue>(),
];

//! SQS: standard queues, their messages, visibility, and dead-letter queues.
//!
//! A message is two rows: what was sent (never changed) and a `Ready` row ordered by the time from which it can be received.
//! Receiving moves the `Ready` row to the end of the visibility timeout, so a message is never in two states, and what is
//! in flight needs no timer: it is simply not ready yet.

mod change_message_visibility;
mod create_queue;
mod delete_message;
mod digest;
mod errors;
mod get_queue_url;
mod keys;
pub(crate) mod model;
pub(crate) mod purge_queue;
mod receipt;
mod receive_message;
mod send_message;

pub use change_message_visibility::ChangeMessageVisibility;
pub use create_queue::CreateQueue;
pub use delete_message::DeleteMessage;
pub use get_queue_url::GetQueueUrl;
pub use purge_queue::PurgeQueue;
pub use receive_message::ReceiveMessage;
pub use send_message::{SendMessage, SendMessageOutput};

use crate::operation::{Operation, command, read};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<ChangeMessageVisibility>(),
    command::<CreateQueue>(),
    command::<DeleteMessage>(),
    read::<GetQueueUrl>(),
    command::<PurgeQueue>(),
    command::<ReceiveMessage>(),
    command::<SendMessage>(),
];

#[cfg(test)]
mod tests;

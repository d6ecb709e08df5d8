//! Event source mappings: queues whose messages are handed to a function in batches, as soon as they are there.
//!
//! A mapping has as many pollers as it may have batches at once. A poller is a command of our own: it waits on the queue like a
//! long poll, takes a batch, has the function invoked without owing it, and polls again when the answer comes. A crash
//! loses only that: the messages come back when their visibility timeout ends. Pollers are told apart by a generation: those
//! of an older one, from before a change of the mapping, end and pass on what woke them.

mod completed;
mod configuration;
mod filter;
mod mapping;
mod poll;
mod record;
mod report;
mod source;
mod start;

#[cfg(test)]
mod tests;

mod create;
mod delete;
mod get;
mod list;
mod update;

pub use completed::completed;
pub use create::CreateEventSourceMapping;
pub use delete::DeleteEventSourceMapping;
pub use get::GetEventSourceMapping;
pub use list::ListEventSourceMappings;
pub use mapping::{Mapping, find_by_arn};
pub use start::{resumed, start_where};
pub use update::UpdateEventSourceMapping;

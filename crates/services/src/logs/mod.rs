//! CloudWatch Logs: groups, streams and their events; what functions print goes through here.
//!
//! Events stand in rows of up to a minute and 256 KiB of one stream, so a batch that is put is about one row. Rows may
//! overlap in time by less than that minute, which is what reading them in order relies on (see [`reading`]).
//! Expired events are never shown; a daily, bounded sweep removes them.

mod append;
pub(crate) mod check;
mod errors;
mod filter;
mod forget;
mod keys;
mod model;
mod names;
mod reading;
pub(crate) mod retention;

mod create_log_group;
mod create_log_stream;
mod delete_log_group;
mod delete_log_stream;
mod describe_log_groups;
mod describe_log_streams;
mod filter_log_events;
mod get_log_events;
mod put_log_events;
mod put_retention_policy;
mod tags;

pub use append::Line;
pub(crate) use append::{write, write_if_there};
pub use create_log_group::CreateLogGroup;
pub use create_log_stream::CreateLogStream;
pub use delete_log_group::DeleteLogGroup;
pub use delete_log_stream::DeleteLogStream;
pub use describe_log_groups::DescribeLogGroups;
pub use describe_log_streams::DescribeLogStreams;
pub use filter_log_events::FilterLogEvents;
pub(crate) use forget::go_on as forget;
pub use get_log_events::GetLogEvents;
pub(crate) use names::by_arn as group_by_arn;
pub use put_log_events::PutLogEvents;
pub use put_retention_policy::{DeleteRetentionPolicy, PutRetentionPolicy};
pub use tags::{
    ListTagsForResource, ListTagsLogGroup, TagLogGroup, TagResource, UntagLogGroup, UntagResource,
};

use crate::operation::Operation;
use crate::operation::json::{command, read};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<CreateLogGroup>(),
    command::<CreateLogStream>(),
    command::<DeleteLogGroup>(),
    command::<DeleteLogStream>(),
    command::<DeleteRetentionPolicy>(),
    read::<DescribeLogGroups>(),
    read::<DescribeLogStreams>(),
    read::<FilterLogEvents>(),
    read::<GetLogEvents>(),
    read::<ListTagsForResource>(),
    read::<ListTagsLogGroup>(),
    command::<PutLogEvents>(),
    command::<PutRetentionPolicy>(),
    command::<TagLogGroup>(),
    command::<TagResource>(),
    command::<UntagLogGroup>(),
    command::<UntagResource>(),
];

#[cfg(test)]
mod tests;

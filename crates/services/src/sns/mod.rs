//! SNS: topics, subscriptions with their filters, and what is published to them.
//!
//! A message to queues and functions is delivered in the commit that takes it, as far as one turn reaches; to web endpoints
//! it is owed. Nothing carries e-mail, text messages and mobile push here: the first two can be subscribed, the last can't.

mod add_permission;
mod arn;
pub(crate) mod check;
mod confirm_subscription;
pub(crate) mod confirmation;
mod create_topic;
pub(crate) mod delete_topic;
pub(crate) mod deliver;
mod delivery_policy;
mod endpoint;
mod envelope;
mod errors;
pub(crate) mod fan_out;
mod filter;
mod get_subscription_attributes;
mod get_topic_attributes;
mod keys;
mod list_subscriptions;
mod list_subscriptions_by_topic;
mod list_tags_for_resource;
mod list_topics;
mod message_attributes;
pub(crate) mod model;
mod permissions;
mod publish;
mod publish_batch;
mod remove_permission;
mod set_subscription_attributes;
mod set_topic_attributes;
mod subscribe;
mod subscription_attributes;
mod tag_resource;
mod tags;
pub(crate) mod topic_attributes;
mod unsubscribe;
mod untag_resource;

#[cfg(test)]
mod tests;

pub use add_permission::AddPermission;
pub use confirm_subscription::ConfirmSubscription;
pub use create_topic::CreateTopic;
pub use delete_topic::DeleteTopic;
pub use get_subscription_attributes::GetSubscriptionAttributes;
pub use get_topic_attributes::GetTopicAttributes;
pub use list_subscriptions::ListSubscriptions;
pub use list_subscriptions_by_topic::ListSubscriptionsByTopic;
pub use list_tags_for_resource::ListTagsForResource;
pub use list_topics::ListTopics;
pub use publish::Publish;
pub use publish_batch::PublishBatch;
pub use remove_permission::RemovePermission;
pub use set_subscription_attributes::SetSubscriptionAttributes;
pub use set_topic_attributes::SetTopicAttributes;
pub use subscribe::Subscribe;
pub use tag_resource::TagResource;
pub use unsubscribe::Unsubscribe;
pub use untag_resource::UntagResource;

use crate::operation::Operation;
use crate::operation::query::{command, read};
use stepwell_asl::jackson::JsonError;

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<AddPermission>(),
    command::<ConfirmSubscription>().link(),
    command::<CreateTopic>(),
    command::<DeleteTopic>(),
    read::<GetSubscriptionAttributes>(),
    read::<GetTopicAttributes>(),
    read::<ListSubscriptions>(),
    read::<ListSubscriptionsByTopic>(),
    read::<ListTagsForResource>(),
    read::<ListTopics>(),
    command::<Publish>(),
    command::<PublishBatch>(),
    command::<RemovePermission>(),
    command::<SetSubscriptionAttributes>(),
    command::<SetTopicAttributes>(),
    command::<Subscribe>(),
    command::<TagResource>(),
    command::<Unsubscribe>().link(),
    command::<UntagResource>(),
];

/// What AWS says of an attribute that should be JSON and isn't.
fn json_error(error: &JsonError) -> String {
    let place = error.source.rsplit_once("; line: ").map_or("", |(_, place)| place.trim_end_matches(']'));
    let (line, column) = place.split_once(", column: ").unwrap_or(("1", "1"));
    // SNS has a newer reader than other services: it names the place of a character itself, not the one after it.
    let back = usize::from(error.message.starts_with("Unexpected character"));
    let column = column.parse::<usize>().map_or(1, |column| column.saturating_sub(back));
    let source = "Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
    format!("failed to parse JSON. {}\n at [{source}; line: {line}, column: {column}]", error.message)
}

//! <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
//!
//! Subscriptions are counted as they stand, when it is asked for them.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::sns::keys;
use crate::sns::model::{Subscription, Topic};
use crate::sns::topic_attributes::{self, Attributes};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// Rows that are held at once while they are counted.
const CHUNK: usize = 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTopicAttributes {
    pub topic_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributesOutput {
    pub attributes: Attributes,
}

impl Read for GetTopicAttributes {
    const NAME: &'static str = "GetTopicAttributes";
    type Output = AttributesOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<AttributesOutput, Failure> {
        let topic = Topic::by_arn(&self.topic_arn, rows)?;
        let (confirmed, pending) = count(topic.id, rows)?;
        let mut attributes = topic_attributes::shown(&topic);
        let mut add = |name: &str, count: u64| attributes.insert(name.to_owned(), count.to_string());
        add("SubscriptionsConfirmed", confirmed);
        add("SubscriptionsPending", pending);
        add("SubscriptionsDeleted", topic.subscriptions_deleted);
        Ok(AttributesOutput { attributes })
    }
}

/// The subscriptions that are confirmed, and those that aren't yet.
fn count(topic: u64, rows: &dyn Rows) -> Result<(u64, u64), Failure> {
    let (mut confirmed, mut pending) = (0, 0);
    let all = keys::subscriptions(topic);
    let (mut start, end) = (all.as_bytes().to_vec(), all.end());
    loop {
        let chunk = rows.scan(&start, &end, Direction::Forward, CHUNK)?;
        for (_, value) in &chunk {
            let subscription: Subscription = row::decode(value)?;
            *if subscription.is_pending { &mut pending } else { &mut confirmed } += 1;
        }
        match chunk.last() {
            Some((key, _)) if chunk.len() == CHUNK => start = Key::after(key),
            _ => return Ok((confirmed, pending)),
        }
    }
}

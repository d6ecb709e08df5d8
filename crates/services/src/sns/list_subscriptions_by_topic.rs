//! <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::page;
use crate::rows::Rows;
use crate::sns::list_subscriptions::{ListSubscriptionsOutput, ListedSubscription, subscriptions_after};
use crate::sns::list_topics::{PAGE, invalid_token};
use crate::sns::model::Topic;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSubscriptionsByTopic {
    pub topic_arn: String,
    pub next_token: Option<String>,
}

impl Read for ListSubscriptionsByTopic {
    const NAME: &'static str = "ListSubscriptionsByTopic";
    type Output = ListSubscriptionsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListSubscriptionsOutput, Failure> {
        let topic = Topic::by_arn(&self.topic_arn, rows)?;
        let list = format!("subscriptions of {}", topic.id);
        let after = match &self.next_token {
            None => None,
            Some(token) => Some(page::last(context.secrets, &list, token).ok_or_else(invalid_token)?),
        };
        let mut found = subscriptions_after(topic.id, after.as_deref(), PAGE + 1, rows)?;
        let has_more = found.len() > PAGE;
        found.truncate(PAGE);
        let last = found.last().filter(|_| has_more);
        Ok(ListSubscriptionsOutput {
            next_token: last.map(|subscription| page::token(context.secrets, &list, &subscription.id)),
            subscriptions: found.iter().map(ListedSubscription::of).collect(),
        })
    }
}

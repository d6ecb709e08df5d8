//! <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::page;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::sns::keys;
use crate::sns::list_topics::{PAGE, invalid_token, topics_after};
use crate::sns::model::{Subscription, Topic};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSubscriptions {
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSubscriptionsOutput {
    pub subscriptions: Vec<ListedSubscription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedSubscription {
    pub subscription_arn: String,
    pub owner: String,
    pub protocol: String,
    pub endpoint: String,
    pub topic_arn: String,
}

impl ListedSubscription {
    #[must_use]
    pub fn of(subscription: &Subscription) -> Self {
        let pending = || "PendingConfirmation".to_owned();
        Self {
            subscription_arn: if subscription.is_pending { pending() } else { subscription.arn() },
            owner: subscription.owner.clone(),
            protocol: subscription.protocol.clone(),
            endpoint: subscription.endpoint.clone(),
            topic_arn: subscription.topic_arn.clone(),
        }
    }
}

impl Read for ListSubscriptions {
    const NAME: &'static str = "ListSubscriptions";
    type Output = ListSubscriptionsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListSubscriptionsOutput, Failure> {
        let mut found: Vec<(Topic, Subscription)> = Vec::new();
        let mut after = None;
        if let Some(token) = &self.next_token {
            let last = page::last(context.secrets, "subscriptions", token).ok_or_else(invalid_token)?;
            let (name, id) = last.split_once('\0').ok_or_else(invalid_token)?;
            if let Some(topic) = rows.row::<Topic>(&keys::topic(context.scope(), name))? {
                let rest = subscriptions_after(topic.id, Some(id), PAGE + 1, rows)?;
                found.extend(rest.into_iter().map(|subscription| (topic.clone(), subscription)));
            }
            after = Some(name.to_owned());
        }
        while found.len() <= PAGE {
            let topics = topics_after(after.as_deref(), PAGE, rows, context)?;
            let Some(last) = topics.last() else { break };
            after = Some(last.name.clone());
            for topic in topics {
                let most = (PAGE + 1).saturating_sub(found.len());
                let next = subscriptions_after(topic.id, None, most, rows)?;
                found.extend(next.into_iter().map(|subscription| (topic.clone(), subscription)));
            }
        }
        let has_more = found.len() > PAGE;
        found.truncate(PAGE);
        let last = found.last().filter(|_| has_more);
        Ok(ListSubscriptionsOutput {
            next_token: last.map(|(topic, subscription)| {
                page::token(context.secrets, "subscriptions", &format!("{}\0{}", topic.name, subscription.id))
            }),
            subscriptions: found.iter().map(|(_, it)| ListedSubscription::of(it)).collect(),
        })
    }
}

/// At most `most` subscriptions of a topic, after this one.
pub fn subscriptions_after(
    topic: u64,
    id: Option<&str>,
    most: usize,
    rows: &dyn Rows,
) -> Result<Vec<Subscription>, Failure> {
    let all = keys::subscriptions(topic);
    let start = match id {
        None => all.as_bytes().to_vec(),
        Some(id) => Key::after(keys::subscription(topic, id).as_bytes()),
    };
    let found = rows.scan(&start, &all.end(), Direction::Forward, most)?;
    found.iter().map(|(_, value)| row::decode(value)).collect()
}

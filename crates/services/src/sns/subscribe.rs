//! <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>
//!
//! Queues and functions are subscribed at once. A web endpoint is sent a token and subscribed when it gives it back, which
//! an e-mail address, to which nothing is ever sent here, never does: its subscription stays pending until it expires.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::sns::model::{Subscription, Topic};
use crate::sns::topic_attributes::Attributes;
use crate::sns::{confirmation, endpoint, errors, keys, subscription_attributes};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};

const PREFIX: &str = "Attributes Reason: ";
/// Subscriptions that a FIFO topic can have: a message is given to all of them in one turn, in order.
pub const MOST_OF_FIFO: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subscribe {
    pub topic_arn: String,
    pub protocol: String,
    pub endpoint: Option<String>,
    #[serde(default)]
    pub attributes: Attributes,
    #[serde(default)]
    pub return_subscription_arn: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscribeOutput {
    pub subscription_arn: String,
}

impl Command for Subscribe {
    const NAME: &'static str = "Subscribe";
    type Output = SubscribeOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<SubscribeOutput, Failure> {
        let topic = Topic::by_arn(&self.topic_arn, tx)?;
        let endpoint = self.endpoint.as_deref().unwrap_or_default();
        endpoint::check(&self.protocol, endpoint, &topic)?;
        let attributes = self.checked_attributes(&topic)?;
        let by_endpoint = keys::endpoint(topic.id, &self.protocol, endpoint);
        if let Some(id) = tx.row::<String>(&by_endpoint)? {
            let existing: Option<Subscription> = tx.row(&keys::subscription(topic.id, &id))?;
            let existing =
                existing.ok_or_else(|| Failure::broken(format!("subscription {id} isn't there")))?;
            self.check_same(&attributes, &existing)?;
            return Ok(self.output(&existing));
        }
        if topic.is_fifo()
            && tx.rows::<Subscription>(&keys::subscriptions(topic.id), MOST_OF_FIFO)?.len() == MOST_OF_FIFO
        {
            return Err(errors::subscription_limit_exceeded().into());
        }
        let subscription = self.subscription(&topic, endpoint, attributes, context)?;
        tx.put(&keys::subscription(topic.id, &subscription.id), &subscription);
        tx.put(&by_endpoint, &subscription.id);
        if subscription.is_pending {
            confirmation::ask(&topic, &subscription, tx, context);
        }
        Ok(self.output(&subscription))
    }
}

impl Subscribe {
    fn checked_attributes(&self, topic: &Topic) -> Result<Attributes, Failure> {
        let checked = self.attributes.iter().map(|(name, value)| {
            Ok((name.clone(), subscription_attributes::check(name, value, topic, PREFIX)?))
        });
        checked.collect()
    }

    fn subscription(
        &self,
        topic: &Topic,
        endpoint: &str,
        given: Attributes,
        context: &mut Context,
    ) -> Result<Subscription, Failure> {
        let mut attributes = Attributes::new();
        // The scope comes before the policy that is checked against it.
        for name in ["FilterPolicyScope"].into_iter().chain(given.keys().map(String::as_str)) {
            if let Some(value) = given.get(name) {
                subscription_attributes::set(&mut attributes, name, value.clone(), PREFIX)?;
            }
        }
        let is_pending = endpoint::needs_confirmation(&self.protocol);
        Ok(Subscription {
            id: context.entropy.uuid(),
            topic_arn: topic.arn(),
            owner: context.account().to_owned(),
            protocol: self.protocol.clone(),
            endpoint: endpoint.to_owned(),
            attributes,
            is_pending,
            was_authenticated: !is_pending,
            principal: context.request.caller.arn.to_string(),
            base_url: context.request.base_url.to_string(),
        })
    }

    /// Who subscribes again gets the same subscription, unless something that is given has another value there.
    fn check_same(&self, given: &Attributes, existing: &Subscription) -> Result<(), Failure> {
        let default = |name: &str| match name {
            "RawMessageDelivery" => "false",
            "FilterPolicyScope" => "MessageAttributes",
            _ => "",
        };
        let has = |name: &str| existing.attributes.get(name).map_or(default(name), String::as_str);
        if given.iter().all(|(name, value)| same(value, has(name))) {
            return Ok(());
        }
        let text = "Attributes Reason: Subscription already exists with different attributes";
        Err(errors::invalid_parameter(text).into())
    }

    fn output(&self, subscription: &Subscription) -> SubscribeOutput {
        let shows_arn = !subscription.is_pending || self.return_subscription_arn;
        let pending = || "pending confirmation".to_owned();
        SubscribeOutput { subscription_arn: if shows_arn { subscription.arn() } else { pending() } }
    }
}

/// Whether two values are the same, as JSON if they are.
fn same(left: &str, right: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    left == right || json(left).is_some_and(|left| json(right) == Some(left))
}

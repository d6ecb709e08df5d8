//! <https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html>
//!
//! Also what the link in every notification asks for, without a signature. Unsubscribing twice succeeds.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::sns::arn::SubscriptionArn;
use crate::sns::keys;
use crate::sns::model::{Subscription, Topic};
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::{ApiError, Service};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Unsubscribe {
    pub subscription_arn: Option<String>,
}

impl Command for Unsubscribe {
    const NAME: &'static str = "Unsubscribe";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let arn = SubscriptionArn::parse(self.subscription_arn.as_deref())?;
        let topic: Option<Topic> = tx.row(&keys::topic(&arn.topic.scope, &arn.topic.name))?;
        let Some(mut topic) = topic else { return Ok(()) };
        let subscription: Option<Subscription> = tx.row(&keys::subscription(topic.id, &arn.id))?;
        if let Some(subscription) = subscription {
            // Who confirmed with a name has to leave with one.
            if subscription.was_authenticated && context.request.caller.is_anonymous() {
                let text = "User: anonymous is not authorized to perform: SNS:Unsubscribe";
                return Err(ApiError::access_denied(Service::Sns, text).into());
            }
            forget(topic.id, &subscription, tx);
            if !subscription.is_pending {
                topic.subscriptions_deleted += 1;
                topic.put(tx);
            }
        }
        Ok(())
    }
}

/// Removes the rows of a subscription.
pub fn forget(topic: u64, subscription: &Subscription, tx: &mut Tx) {
    tx.remove(&keys::subscription(topic, &subscription.id));
    tx.remove(&keys::endpoint(topic, &subscription.protocol, &subscription.endpoint));
}

//! <https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html>
//!
//! Also what the link in a confirmation message asks for, without a signature: the token is what counts.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::sns::arn::TopicArn;
use crate::sns::model::{Subscription, Topic};
use crate::sns::subscribe::SubscribeOutput;
use crate::sns::{confirmation, errors, keys};
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::ApiError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfirmSubscription {
    pub topic_arn: String,
    pub token: String,
    pub authenticate_on_unsubscribe: Option<String>,
}

impl Command for ConfirmSubscription {
    const NAME: &'static str = "ConfirmSubscription";
    type Output = SubscribeOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<SubscribeOutput, Failure> {
        let arn = TopicArn::parse("TopicArn", &self.topic_arn)?;
        let invalid = || Failure::from(errors::invalid_parameter("Token"));
        if !confirmation::is_token(&self.token) {
            return Err(ApiError::bad_request("InvalidParameter", "Invalid token").into());
        }
        let (topic_id, id) = confirmation::read(&self.token, context).ok_or_else(invalid)?;
        let topic: Option<Topic> = tx.row(&keys::topic(&arn.scope, &arn.name))?;
        topic.filter(|topic| topic.id == topic_id).ok_or_else(invalid)?;
        let key = keys::subscription(topic_id, &id);
        let mut subscription: Subscription = tx.row(&key)?.ok_or_else(invalid)?;
        subscription.is_pending = false;
        // Only who signs can ask for unsubscribing to be signed, too.
        let asks = self.authenticate_on_unsubscribe.as_deref();
        let asks = asks.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        subscription.was_authenticated |= asks && !context.request.caller.is_anonymous();
        tx.put(&key, &subscription);
        Ok(SubscribeOutput { subscription_arn: subscription.arn() })
    }
}

//! <https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sns::arn::SubscriptionArn;
use crate::sns::keys;
use crate::sns::model::Subscription;
use crate::sns::subscription_attributes;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetSubscriptionAttributes {
    pub subscription_arn: Option<String>,
    pub attribute_name: String,
    pub attribute_value: Option<String>,
}

impl Command for SetSubscriptionAttributes {
    const NAME: &'static str = "SetSubscriptionAttributes";
    type Output = ();

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<(), Failure> {
        let arn = SubscriptionArn::parse(self.subscription_arn.as_deref())?;
        let (topic, mut subscription) = Subscription::find(&arn, tx)?;
        let name = &self.attribute_name;
        let value = self.attribute_value.as_deref().unwrap_or_default();
        let value = subscription_attributes::check(name, value, &topic, "")?;
        subscription_attributes::set(&mut subscription.attributes, name, value, "")?;
        tx.put(&keys::subscription(topic.id, &subscription.id), &subscription);
        Ok(())
    }
}

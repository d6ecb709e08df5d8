//! <https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::sns::arn::SubscriptionArn;
use crate::sns::get_topic_attributes::AttributesOutput;
use crate::sns::model::Subscription;
use crate::sns::subscription_attributes;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSubscriptionAttributes {
    pub subscription_arn: Option<String>,
}

impl Read for GetSubscriptionAttributes {
    const NAME: &'static str = "GetSubscriptionAttributes";
    type Output = AttributesOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<AttributesOutput, Failure> {
        let arn = SubscriptionArn::parse(self.subscription_arn.as_deref())?;
        let (_, subscription) = Subscription::find(&arn, rows)?;
        Ok(AttributesOutput { attributes: subscription_attributes::shown(&subscription) })
    }
}

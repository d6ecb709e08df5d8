//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html>

use super::model::Activity;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::definition;
use crate::states::model::timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeActivity {
    pub activity_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeActivityOutput {
    pub activity_arn: String,
    pub name: String,
    pub creation_date: Timestamp,
    pub encryption_configuration: Value,
}

impl Read for DescribeActivity {
    const NAME: &'static str = "DescribeActivity";
    type Output = DescribeActivityOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<DescribeActivityOutput, Failure> {
        let activity = Activity::by_arn(&self.activity_arn, rows)?;
        Ok(DescribeActivityOutput {
            activity_arn: activity.arn(),
            name: activity.name.clone(),
            creation_date: timestamp(activity.created_ms),
            encryption_configuration: definition::encryption(activity.encryption.as_deref()),
        })
    }
}

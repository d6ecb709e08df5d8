//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::logs::model::LogGroup;
use crate::logs::{names, retention};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

/// The numbers of days that AWS takes, in the order of its message.
const DAYS: [i64; 23] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    0,
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutRetentionPolicy {
    pub log_group_name: String,
    pub retention_in_days: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteRetentionPolicy {
    pub log_group_name: String,
}

impl Command for PutRetentionPolicy {
    const NAME: &'static str = "PutRetentionPolicy";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_group(&self.log_group_name)?;
        let days = u64::try_from(self.retention_in_days).unwrap_or(0);
        if days == 0 || !DAYS.contains(&self.retention_in_days) {
            let allowed: Vec<_> = DAYS.iter().map(ToString::to_string).collect();
            let allowed: Vec<_> = allowed.iter().map(String::as_str).collect();
            let value = self.retention_in_days.to_string();
            let rule = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
            names::constraints().violated("retentionInDays", Some(&value), &rule).finish()?;
        }
        let mut group = LogGroup::by_name(context.scope(), &self.log_group_name, tx)?;
        group.retention_days = Some(days);
        retention::plan(&mut group, tx, context);
        tx.put(&group.key(), &group);
        Ok(())
    }
}

impl Command for DeleteRetentionPolicy {
    const NAME: &'static str = "DeleteRetentionPolicy";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_group(&self.log_group_name)?;
        let mut group = LogGroup::by_name(context.scope(), &self.log_group_name, tx)?;
        group.retention_days = None;
        retention::plan(&mut group, tx, context);
        tx.put(&group.key(), &group);
        Ok(())
    }
}

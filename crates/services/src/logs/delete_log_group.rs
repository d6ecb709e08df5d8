//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html>
//!
//! The group is gone at once; its streams and events go a bounded number a turn.

use crate::context::Context;
use crate::effect::ForgetLogs;
use crate::failure::Failure;
use crate::logs::model::LogGroup;
use crate::logs::{forget, names};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteLogGroup {
    pub log_group_name: String,
}

impl Command for DeleteLogGroup {
    const NAME: &'static str = "DeleteLogGroup";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_group(&self.log_group_name)?;
        let group = LogGroup::by_name(context.scope(), &self.log_group_name, tx)?;
        if let Some(due_ms) = group.sweep_due_ms {
            tx.disarm(due_ms, &group.sweep());
        }
        tx.remove(&group.key());
        forget::go_on(&ForgetLogs::Group(group.id), tx, context)
    }
}

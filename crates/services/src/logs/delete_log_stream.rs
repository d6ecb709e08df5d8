//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html>
//!
//! The stream is gone at once; its events go a bounded number a turn.

use crate::context::Context;
use crate::effect::ForgetLogs;
use crate::failure::Failure;
use crate::logs::model::{LogGroup, LogStream};
use crate::logs::{forget, keys, names};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteLogStream {
    pub log_group_name: String,
    pub log_stream_name: String,
}

impl Command for DeleteLogStream {
    const NAME: &'static str = "DeleteLogStream";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_group(&self.log_group_name)?;
        names::check_stream(&self.log_stream_name)?;
        let mut group = LogGroup::by_name(context.scope(), &self.log_group_name, tx)?;
        let stream = LogStream::by_name(group.id, &self.log_stream_name, tx)?;
        let reported = stream.stored_bytes.saturating_sub(stream.unreported_bytes);
        if reported > 0 {
            group.stored_bytes = group.stored_bytes.saturating_sub(reported);
            tx.put(&group.key(), &group);
        }
        tx.remove(&keys::stream(group.id, &stream.name));
        forget::go_on(&ForgetLogs::Stream(stream.id), tx, context)
    }
}

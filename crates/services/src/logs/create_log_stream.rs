//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::logs::model::{LogGroup, LogStream};
use crate::logs::{errors, keys, names};
use crate::operation::Command;
use crate::rows::Rows;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateLogStream {
    pub log_group_name: String,
    pub log_stream_name: String,
}

impl Command for CreateLogStream {
    const NAME: &'static str = "CreateLogStream";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::check_group(&self.log_group_name)?;
        names::check_stream(&self.log_stream_name)?;
        let group = LogGroup::by_name(context.scope(), &self.log_group_name, tx)?;
        let key = keys::stream(group.id, &self.log_stream_name);
        if tx.bytes(key.as_bytes())?.is_some() {
            return Err(errors::log_stream_exists().into());
        }
        let stream = LogStream::new(tx.next_sequence(), &self.log_stream_name, context);
        tx.put(&key, &stream);
        Ok(())
    }
}

//! What functions printed, on its way into CloudWatch Logs: a command of our own that no route reaches.

use crate::calls::{self, Line};
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::operation::{AnyCommand, Reply};
use crate::tx::Tx;
use std::sync::Arc;

/// Lines of one stream.
#[derive(Debug)]
pub struct LogBatch {
    pub account: Arc<str>,
    pub region: Arc<str>,
    pub group: Arc<str>,
    pub stream: Arc<str>,
    /// When each was printed (ms), and what.
    pub lines: Vec<(u64, String)>,
}

/// Writes lines of functions; groups and streams are made if they aren't there.
#[derive(Debug)]
pub struct WriteFunctionLogs {
    pub batches: Vec<LogBatch>,
}

impl AnyCommand for WriteFunctionLogs {
    fn name(&self) -> &'static str {
        "WriteFunctionLogs"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        for batch in &self.batches {
            let scope = Scope { account: batch.account.clone(), region: batch.region.clone() };
            let line = |(timestamp_ms, message): &(u64, String)| Line {
                timestamp_ms: *timestamp_ms,
                message: message.clone(),
            };
            let lines = batch.lines.iter().map(line).collect();
            calls::write_log(&scope, &batch.group, &batch.stream, lines, tx, context)?;
        }
        Ok(Box::new(()))
    }
}

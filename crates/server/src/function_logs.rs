//! Log lines of functions on their way to CloudWatch Logs: gathered while a commit is under way, handed in as batches.
//!
//! Bounded: a function that prints faster than lines are written is held back, and nobody else.

use crate::entropy;
use crate::inbox::Inbox;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use stepwell_runner::{FunctionLog, LogSink};
use stepwell_services::context::Request;
use stepwell_services::logs::WriteLines;
use stepwell_services::operation::Answer;
use stepwell_services::shard::{ReplyTo, Submission};

/// Lines that may wait at a time.
const MOST_LINES: usize = 10_000;

/// Lines by account, region, group and stream.
type Lines = BTreeMap<(Arc<str>, Arc<str>, Arc<str>, Arc<str>), Vec<(u64, String)>>;

#[derive(Default)]
struct Waiting {
    lines: Lines,
    count: usize,
    /// A batch is on its way: the next one goes when it has come back.
    is_writing: bool,
}

/// The sink that the runner writes to.
pub struct FunctionLogs {
    waiting: Mutex<Waiting>,
    written: Condvar,
    inbox: Arc<Inbox>,
    me: std::sync::Weak<Self>,
}

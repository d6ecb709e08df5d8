//! Log lines of functions on their way to CloudWatch Logs: gathered while a batch is being written, handed in as the next.
//!
//! Bounded: when too many lines wait, the function that prints more is held back, and nobody else.

use crate::entropy;
use crate::inbox::Inbox;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use stepwell_runner::{FunctionLog, LogSink};
use stepwell_services::context::Request;
use stepwell_services::lambda::{LogBatch, WriteFunctionLogs};
use stepwell_services::operation::Answer;
use stepwell_services::shard::{ReplyTo, Submission};

/// Lines that may wait at a time.
const MOST_WAITING: usize = 10_000;
/// Lines in one command.
const MOST_WRITTEN: usize = 1_000;
/// How long a printing function is held back at most; then its line is dropped, and said so.
const PATIENCE: Duration = Duration::from_secs(5);

/// Account, region, group, stream.
type Place = (Arc<str>, Arc<str>, Arc<str>, Arc<str>);

#[derive(Default)]
struct Waiting {
    lines: BTreeMap<Place, Vec<(u64, String)>>,
    count: usize,
    /// A batch is on its way: the next one goes when that is durable.
    is_writing: bool,
    dropped: u64,
}

/// The sink that the runner writes to.
pub struct FunctionLogs {
    waiting: Mutex<Waiting>,
    taken: Condvar,
    inbox: Arc<Inbox>,
    me: Weak<Self>,
}

impl FunctionLogs {
    #[must_use]
    pub fn new(inbox: Arc<Inbox>) -> Arc<Self> {
        Arc::new_cyclic(|me| Self { waiting: Mutex::default(), taken: Condvar::new(), inbox, me: me.clone() })
    }

    /// Waits until all lines that came so far are written, or `patience` ends.
    pub fn flush(&self, patience: Duration) {
        let waiting = self.lock();
        let unwritten = |waiting: &mut Waiting| waiting.count > 0 || waiting.is_writing;
        let result = self.taken.wait_timeout_while(waiting, patience, unwritten);
        if result.is_ok_and(|(_, timeout)| timeout.timed_out()) {
            tracing::warn!("the last log lines of functions were not written in time");
        }
    }

    /// Hands the next batch in, unless one is on its way.
    fn write_next(&self, mut waiting: MutexGuard<'_, Waiting>) {
        if waiting.is_writing || waiting.count == 0 {
            return;
        }
        let batches = waiting.take(MOST_WRITTEN);
        waiting.is_writing = true;
        drop(waiting);
        self.taken.notify_all();
        let submission = Submission {
            command: Box::new(WriteFunctionLogs { batches }),
            action: None,
            request: Request::own(),
            seed: entropy::seed(),
            reply: Some(Box::new(Written(self.me.clone()))),
        };
        if self.inbox.submit(submission).is_err() {
            // The writer is overwhelmed or gone: log lines are the first to give way.
            tracing::warn!("log lines of functions were dropped: the writer takes no more");
            self.lock().is_writing = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogSink for FunctionLogs {
    fn line(&self, log: FunctionLog) {
        let mut waiting = self.lock();
        if waiting.count >= MOST_WAITING {
            let full = |waiting: &mut Waiting| waiting.count >= MOST_WAITING;
            let result = self.taken.wait_timeout_while(waiting, PATIENCE, full);
            waiting = result.unwrap_or_else(PoisonError::into_inner).0;
            if waiting.count >= MOST_WAITING {
                waiting.dropped += 1;
                if waiting.dropped.is_power_of_two() {
                    tracing::warn!(dropped = waiting.dropped, "log lines of functions are dropped");
                }
                return;
            }
        }
        waiting.count += 1;
        let place = (log.account, log.region, log.group, log.stream);
        waiting.lines.entry(place).or_default().push((log.timestamp_ms, log.message));
        self.write_next(waiting);
    }
}

impl Waiting {
    /// Takes about `most` lines out, stream by stream.
    fn take(&mut self, most: usize) -> Vec<LogBatch> {
        let mut batches = Vec::new();
        let mut taken = 0;
        while taken < most
            && let Some((place, mut lines)) = self.lines.pop_first()
        {
            if lines.len() > most - taken {
                let rest = lines.split_off(most - taken);
                self.lines.insert(place.clone(), rest);
            }
            taken += lines.len();
            let (account, region, group, stream) = place;
            batches.push(LogBatch { account, region, group, stream, lines });
        }
        self.count -= taken;
        batches
    }
}

/// A batch came back.
struct Written(Weak<FunctionLogs>);

impl ReplyTo for Written {
    fn is_gone(&self) -> bool {
        false
    }

    fn answer(self: Box<Self>, answer: Answer) {
        if let Err(error) = answer {
            tracing::error!("log lines of functions were not written: {error}");
        }
        if let Some(logs) = self.0.upgrade() {
            let mut waiting = logs.lock();
            waiting.is_writing = false;
            logs.taken.notify_all();
            logs.write_next(waiting);
        }
    }
}

//! What waits for a shard's writer: one lock for all that came since it last looked, instead of one for each.
//!
//! Requests are bounded: a request that finds no room is told to slow down. Results of effects are not refused here, since
//! there are never more of them than effects were given out.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use stepwell_services::effect::{Completion, Effect, EffectResult};
use stepwell_services::shard::Submission;

/// Requests that may wait for the writer at a time.
const MOST_REQUESTS: usize = 16_384;

/// A request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom;

/// What a writer finds.
#[derive(Default)]
pub struct Mail {
    pub requests: VecDeque<Submission>,
    pub completions: VecDeque<Completion>,
    pub performed: VecDeque<(Effect, EffectResult)>,
    /// The batch that was on its way to the disk is durable.
    pub settled: bool,
    /// The server shuts down, or the disk failed.
    pub stop: bool,
    /// Whoever waits is to be answered now: the server shuts down.
    pub release_waiters: bool,
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.requests.is_empty()
            && self.completions.is_empty()
            && self.performed.is_empty()
            && !(self.settled || self.stop || self.release_waiters)
    }
}

/// The writer's letter box.
#[derive(Default)]
pub struct Inbox {
    mail: Mutex<Mail>,
    arrived: Condvar,
}

impl Inbox {
    /// Hands a request in.
    ///
    /// # Errors
    /// If there is no room, or nobody is let in any more: then the request is dropped, and with it the caller's line.
    pub fn submit(&self, submission: Submission) -> Result<(), NoRoom> {
        let mut mail = self.lock();
        if mail.stop || mail.requests.len() >= MOST_REQUESTS {
            return Err(NoRoom);
        }
        mail.requests.push_back(submission);
        drop(mail);
        self.arrived.notify_one();
        Ok(())
    }

    pub fn complete(&self, completion: Completion) {
        self.put(|mail| mail.completions.push_back(completion));
    }

    pub fn complete_performed(&self, effect: Effect, result: EffectResult) {
        self.put(|mail| mail.performed.push_back((effect, result)));
    }

    pub fn settled(&self) {
        self.put(|mail| mail.settled = true);
    }

    pub fn release_waiters(&self) {
        self.put(|mail| mail.release_waiters = true);
    }

    /// Nobody is let in any more.
    pub fn stop(&self) {
        self.put(|mail| mail.stop = true);
    }

    /// Takes all that is there into `mail`; waits for something until `until`, or for ever.
    pub fn take(&self, mail: &mut Mail, until: Option<Instant>) {
        let mut waiting = self.lock();
        while waiting.is_empty() {
            match until {
                None => waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left == Duration::ZERO {
                        return;
                    }
                    let result = self.arrived.wait_timeout(waiting, left);
                    waiting = result.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
        mail.requests.append(&mut waiting.requests);
        mail.completions.append(&mut waiting.completions);
        mail.performed.append(&mut waiting.performed);
        mail.settled |= std::mem::take(&mut waiting.settled);
        mail.release_waiters |= std::mem::take(&mut waiting.release_waiters);
        mail.stop |= waiting.stop;
    }

    fn put(&self, change: impl FnOnce(&mut Mail)) {
        change(&mut self.lock());
        self.arrived.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

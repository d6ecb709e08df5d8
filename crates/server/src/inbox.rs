//! What waits for a shard's writer: one lock for all that came since it last looked, instead of one for each.
//!
//! Requests are bounded: a request that finds no room is told to slow down. Results of effects are not refused here, since
//! there are never more of them than effects were given out.

use crate::writer::Mail;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use stepwell_asl::jsonata::Verdict;
use stepwell_services::effect::{Completion, Effect, EffectResult};
use stepwell_services::observed::Observed;
use stepwell_services::shard::Submission;
use tokio::sync::oneshot;

/// Requests that may wait for the writer at a time.
const MOST_REQUESTS: usize = 16_384;

/// A request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom;

/// The writer's letter box.
#[derive(Default)]
pub struct Inbox {
    letters: Mutex<Letters>,
    arrived: Condvar,
}

#[derive(Default)]
struct Letters {
    mail: Mail,
    /// The writer sleeps and was not woken yet: waking it is a call of the system, needed once and not for each letter.
    sleeping: bool,
}

impl Inbox {
    /// Hands a request in.
    ///
    /// # Errors
    /// If there is no room, or nobody is let in any more: then the request is dropped, and with it the caller's line.
    pub fn submit(&self, submission: Submission) -> Result<(), NoRoom> {
        let mut letters = self.lock();
        if letters.mail.stop || letters.mail.requests.len() >= MOST_REQUESTS {
            return Err(NoRoom);
        }
        letters.mail.requests.push_back(submission);
        self.wake(letters);
        Ok(())
    }

    pub fn complete(&self, completion: Completion) {
        self.put(|mail| mail.completions.push_back(completion));
    }

    pub fn complete_performed(&self, effect: Effect, result: EffectResult) {
        self.put(|mail| mail.performed.push_back((effect, result)));
    }

    /// Asks the writer how the shard does; it answers between two commands.
    pub fn observe(&self) -> oneshot::Receiver<Observed> {
        let (observer, observed) = oneshot::channel();
        self.put(|mail| mail.observers.push(observer));
        observed
    }

    /// How many requests wait to be taken.
    pub fn requests(&self) -> usize {
        self.lock().mail.requests.len()
    }

    /// Whether anything waits to be taken.
    pub fn has_mail(&self) -> bool {
        !self.lock().mail.is_empty()
    }

    pub fn settled(&self) {
        self.put(|mail| mail.settled = true);
    }

    /// The rows that the writer asked for are there.
    pub fn loaded(&self) {
        self.put(|mail| mail.loaded = true);
    }

    /// What an evaluation came to that the writer asked for.
    pub fn evaluated(&self, id: u64, verdict: Verdict) {
        self.put(|mail| mail.verdicts.push((id, verdict)));
    }

    pub fn release_waiters(&self) {
        self.put(|mail| mail.release_waiters = true);
    }

    /// Whether nobody is let in any more.
    pub fn is_stopped(&self) -> bool {
        self.lock().mail.stop
    }

    /// Nobody is let in any more.
    pub fn stop(&self) {
        self.put(|mail| mail.stop = true);
    }

    /// Takes all that is there into `mail`; waits for something until `until`, or for ever.
    pub fn take(&self, mail: &mut Mail, until: Option<Instant>) {
        let mut letters = self.lock();
        while letters.mail.is_empty() {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                break;
            }
            letters.sleeping = true;
            letters = match left {
                None => self.arrived.wait(letters).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let result = self.arrived.wait_timeout(letters, left);
                    result.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        letters.sleeping = false;
        let waiting = &mut letters.mail;
        mail.requests.append(&mut waiting.requests);
        mail.completions.append(&mut waiting.completions);
        mail.performed.append(&mut waiting.performed);
        mail.observers.append(&mut waiting.observers);
        mail.verdicts.append(&mut waiting.verdicts);
        mail.settled |= std::mem::take(&mut waiting.settled);
        mail.loaded |= std::mem::take(&mut waiting.loaded);
        mail.release_waiters |= std::mem::take(&mut waiting.release_waiters);
        mail.stop |= waiting.stop;
    }

    fn put(&self, change: impl FnOnce(&mut Mail)) {
        let mut letters = self.lock();
        change(&mut letters.mail);
        self.wake(letters);
    }

    /// Wakes the writer, if it sleeps, after the lock is given back.
    fn wake(&self, mut letters: MutexGuard<'_, Letters>) {
        let is_asleep = std::mem::take(&mut letters.sleeping);
        drop(letters);
        if is_asleep {
            self.arrived.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, mpsc};

    #[test]
    fn a_sleeping_writer_is_woken_by_each_letter() {
        let inbox = Arc::new(Inbox::default());
        let (tell, told) = mpsc::channel();
        let writer = {
            let inbox = inbox.clone();
            std::thread::spawn(move || {
                let mut mail = Mail::default();
                while !mail.stop {
                    inbox.take(&mut mail, None);
                    if std::mem::take(&mut mail.settled) {
                        tell.send(()).unwrap();
                    }
                }
            })
        };
        for _ in 0..1000 {
            inbox.settled();
            told.recv_timeout(Duration::from_secs(10)).expect("the writer was woken");
        }
        inbox.stop();
        writer.join().unwrap();
    }

    #[test]
    fn a_writer_that_may_not_wait_finds_what_is_there() {
        let inbox = Inbox::default();
        let mut mail = Mail::default();
        inbox.take(&mut mail, Some(Instant::now()));
        assert!(!mail.settled);
        inbox.settled();
        inbox.take(&mut mail, Some(Instant::now()));
        assert!(mail.settled);
    }
}

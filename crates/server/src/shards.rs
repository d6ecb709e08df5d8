//! A shard's two threads: the writer applies commands, the committer syncs batches and releases what they promised.
//!
//! While one batch is on its way to the disk the next is filled by whoever comes, so that under load all who wait share a
//! sync; idle, a command waits for no one. If a commit fails nothing is known of it any more: the process stops.

use crate::clock;
use crate::effects::Effects;
use crate::entropy;
use crate::inbox::{Inbox, Mail, NoRoom};
use crate::metrics::Metrics;
use crate::pulse::Pulse;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use stepwell_services::effect::{Completion, Effect, EffectResult, Owed};
use stepwell_services::failure::Failure;
use stepwell_services::secrets::Secrets;
use stepwell_services::settings::Settings;
use stepwell_services::shard::{Sealed, Shard, Submission};
use stepwell_store::Store;

/// A shard that runs.
pub struct ShardThreads {
    inbox: Arc<Inbox>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Where the threads leave how they do.
#[derive(Clone)]
pub struct Watch {
    pub metrics: Arc<Metrics>,
    pub pulse: Arc<Pulse>,
}

/// A shard that is opened and not running yet, with what it owes from before.
pub struct Opened {
    shard: Shard,
    owed: Vec<Owed>,
}

impl Opened {
    /// Opens the shard over a store.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn new(store: Store, settings: Arc<Settings>, secrets: Arc<Secrets>) -> Result<Self, Failure> {
        let (shard, owed) = Shard::open(store, settings, secrets, Box::new(entropy::seed))?;
        Ok(Self { shard, owed })
    }

    /// Starts the threads, and with them what is owed.
    ///
    /// # Errors
    /// If the host gives no threads.
    pub fn run(
        self,
        store: Store,
        inbox: Arc<Inbox>,
        effects: Effects,
        watch: Watch,
    ) -> std::io::Result<ShardThreads> {
        let (to_committer, batches) = sync_channel(1);
        release_effects(&inbox, &effects, &watch.metrics, self.owed, Vec::new());
        let committer = {
            let (inbox, watch) = (inbox.clone(), watch.clone());
            std::thread::Builder::new()
                .name("committer".to_owned())
                .spawn(move || commit_batches(&store, &batches, &inbox, &effects, &watch))?
        };
        let writer = {
            let inbox = inbox.clone();
            let shard = self.shard;
            std::thread::Builder::new()
                .name("writer".to_owned())
                .spawn(move || Writer { shard, inbox, to_committer, in_flight: false, watch }.run())?
        };
        Ok(ShardThreads { inbox, threads: Mutex::new(vec![writer, committer]) })
    }
}

impl ShardThreads {
    /// Hands a request in.
    ///
    /// # Errors
    /// If too many wait already.
    pub fn submit(&self, submission: Submission) -> Result<(), NoRoom> {
        self.inbox.submit(submission)
    }

    /// Has whoever waits in the shard answered now, with nothing if there is nothing.
    pub fn release_waiters(&self) {
        self.inbox.release_waiters();
    }

    /// Commits what was taken, answers, and ends the threads.
    pub fn stop(&self) {
        self.inbox.stop();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a shard's thread had panicked");
            }
        }
    }
}

struct Writer {
    shard: Shard,
    inbox: Arc<Inbox>,
    to_committer: SyncSender<Sealed>,
    in_flight: bool,
    watch: Watch,
}

impl Writer {
    fn run(mut self) {
        let mut mail = Mail::default();
        loop {
            let until = self.next_look(&mail);
            self.inbox.take(&mut mail, until);
            if std::mem::take(&mut mail.settled) {
                self.shard.settled();
                self.in_flight = false;
            }
            if std::mem::take(&mut mail.release_waiters) {
                self.shard.release_waiters();
            }
            for observer in mail.observers.drain(..) {
                // Who lost patience meanwhile asks again.
                drop(observer.send(self.shard.observed(clock::now())));
            }
            self.apply(&mut mail);
            if let Err(failure) = self.shard.take_turns(clock::now()) {
                stop_process(&format!("the store can't be read: {failure:?}"));
            }
            self.watch.pulse.turned();
            if !self.in_flight && !self.seal() && mail.stop && mail.requests.is_empty() {
                return;
            }
        }
    }

    /// Applies what came, as far as the open batch has room.
    fn apply(&mut self, mail: &mut Mail) {
        let clock = clock::now();
        while !self.shard.is_full() {
            if let Some(completion) = mail.completions.pop_front() {
                self.watch.metrics.settles(&completion.result);
                self.shard.complete(completion, clock);
            } else if let Some((effect, result)) = mail.performed.pop_front() {
                self.shard.complete_performed(effect, result, clock);
            } else if let Some(submission) = mail.requests.pop_front() {
                self.shard.apply(submission, clock);
            } else {
                return;
            }
        }
    }

    /// Sends the open batch to the disk, if there is one.
    fn seal(&mut self) -> bool {
        let Some(sealed) = self.shard.seal() else { return false };
        self.in_flight = true;
        if self.to_committer.send(sealed).is_err() {
            stop_process("the committer is gone");
        }
        true
    }

    /// When to look again although nothing comes.
    fn next_look(&self, mail: &Mail) -> Option<Instant> {
        let now = Instant::now();
        let more_mail =
            !(mail.requests.is_empty() && mail.completions.is_empty() && mail.performed.is_empty());
        let stopping = mail.stop && !self.in_flight;
        if stopping || (!self.shard.is_full() && (more_mail || self.shard.has_turns())) {
            return Some(now);
        }
        if self.shard.is_full() {
            // Nothing can be done before the batch on its way is settled.
            return None;
        }
        let clock = clock::now();
        let (stored, wall) = self.shard.next_look();
        let stored = stored.map(|at| at.saturating_sub(clock.stored_ms));
        let wall = wall.map(|at| at.saturating_sub(clock.wall_ms));
        let wait = [stored, wall].into_iter().flatten().min()?;
        Some(now + Duration::from_millis(wait))
    }
}

/// Commits each batch, and only then answers and releases effects.
fn commit_batches(
    store: &Store,
    batches: &Receiver<Sealed>,
    inbox: &Arc<Inbox>,
    effects: &Effects,
    watch: &Watch,
) {
    while let Ok(sealed) = batches.recv() {
        let began = Instant::now();
        watch.pulse.commits();
        if !sealed.batch.is_empty()
            && let Err(error) = store.commit(&sealed.batch)
        {
            stop_process(&format!("a commit failed: {error}"));
        }
        watch.pulse.committed();
        inbox.settled();
        if !sealed.batch.is_empty() {
            watch.metrics.committed(&sealed, began.elapsed());
        }
        effects.answer(sealed.replies);
        release_effects(inbox, effects, &watch.metrics, sealed.owed, sealed.performed);
    }
}

fn release_effects(
    inbox: &Arc<Inbox>,
    effects: &Effects,
    metrics: &Metrics,
    owed: Vec<Owed>,
    performed: Vec<Effect>,
) {
    for owed in owed {
        metrics.owes(&owed.effect);
        match owed.effect {
            // Its turn at the end of the queue is all that a continuation asks for.
            Effect::Continue(_) => {
                inbox.complete(Completion { id: owed.id, result: EffectResult::Continued });
            }
            effect => effects.perform_owed(Owed { id: owed.id, effect }, inbox.clone()),
        }
    }
    for effect in performed {
        effects.perform(effect, inbox.clone());
    }
}

/// After a failed commit nothing may be written: whoever starts us again finds what is durable.
fn stop_process(reason: &str) -> ! {
    tracing::error!("{reason}; the process stops, and goes on from what is durable when it is started again");
    std::process::abort()
}

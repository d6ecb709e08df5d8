//! A shard's threads: the writer applies commands, the committer syncs batches and releases what they promised, and the
//! evaluator has the expressions that take longer than a command may.
//!
//! While one batch is on its way to the disk the next is filled by whoever comes, so that under load all who wait share a
//! sync; idle, a command waits for no one. If a commit fails nothing is known of it any more: the process stops.

use crate::clock;
use crate::config::StartError;
use crate::effects::Effects;
use crate::entropy;
use crate::evaluator::{self, Numbered};
use crate::inbox::{Inbox, NoRoom};
use crate::metrics::Metrics;
use crate::pulse::Pulse;
use crate::writer::{Mail, NextTurn, Outside, Writer, after_commit, release};
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use stepwell_services::effect::{Completion, Effect, Owed};
use stepwell_services::failure::Failure;
use stepwell_services::operation::Answer;
use stepwell_services::secrets::Secrets;
use stepwell_services::settings::Settings;
use stepwell_services::shard::{self, ReplyTo, Sealed, Shard, Submission};
use stepwell_store::Store;

/// Where the threads leave how they do.
#[derive(Clone)]
pub struct Watch {
    pub metrics: Arc<Metrics>,
    pub pulse: Arc<Pulse>,
}

/// A shard that runs.
pub struct ShardThreads {
    inbox: Arc<Inbox>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Owed effects that are read at a time at the start.
const OWED_READ: usize = 256;

/// A shard that is opened and not running yet.
pub struct Opened {
    shard: Shard,
}

impl Opened {
    /// Opens the shard over a store.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn new(store: Store, settings: Arc<Settings>, secrets: Arc<Secrets>) -> Result<Self, Failure> {
        Ok(Self { shard: Shard::open(store, settings, secrets, Box::new(entropy::seed))? })
    }

    /// Starts the threads, and with them what is owed from before.
    ///
    /// # Errors
    /// If the store can't be read, or the host gives no threads.
    pub fn run(
        self,
        store: Store,
        inbox: Arc<Inbox>,
        effects: Effects,
        watch: Watch,
    ) -> Result<ShardThreads, StartError> {
        let (to_committer, batches) = sync_channel(1);
        let mut outside = Released { inbox: inbox.clone(), effects, watch: watch.clone() };
        release_owed(&store, &mut outside)?;
        let (to_evaluator, evaluator) = evaluator::start(inbox.clone())?;
        let writer = WriterThread {
            writer: Writer::telling(self.shard, {
                let metrics = watch.metrics.clone();
                Box::new(move |result| metrics.settles(result))
            }),
            pulse: watch.pulse.clone(),
            store: store.clone(),
            inbox: inbox.clone(),
            to_committer,
            to_evaluator,
        };
        let committer = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || commit_batches(&store, &batches, outside))?;
        let writer = std::thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run())?;
        Ok(ShardThreads { inbox, threads: Mutex::new(vec![writer, committer, evaluator]) })
    }
}

/// Releases what is owed from before, a bounded number at a time: there may be more than the memory holds.
fn release_owed(store: &Store, outside: &mut Released) -> Result<(), Failure> {
    let (snapshot, mut from) = (store.snapshot(), 0);
    loop {
        let owed = shard::owed(&snapshot, from, OWED_READ)?;
        let Some(last) = owed.last() else { return Ok(()) };
        from = last.id + 1;
        release(owed, outside);
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

/// The thread that decides: takes what came, gives the writer a turn, and sends its batch to the disk.
struct WriterThread {
    writer: Writer,
    store: Store,
    inbox: Arc<Inbox>,
    to_committer: SyncSender<Sealed>,
    to_evaluator: Sender<Numbered>,
    pulse: Arc<Pulse>,
}

impl WriterThread {
    fn run(mut self) {
        let mut mail = Mail::default();
        loop {
            let until = self.next_turn(&mail);
            self.inbox.take(&mut mail, until);
            for observer in mail.observers.drain(..) {
                // Who lost patience meanwhile asks again.
                drop(observer.send(self.writer.observed(clock::now())));
            }
            let turn = match self.writer.turn(&mut mail, clock::now()) {
                Ok(turn) => turn,
                Err(failure) => stop_process(&format!("the store can't be read: {failure:?}")),
            };
            self.pulse.turned();
            if let Some(sealed) = turn.sealed
                && self.to_committer.send(sealed).is_err()
            {
                stop_process("the committer is gone");
            }
            if let Some(keys) = turn.rows_to_load {
                self.load(&keys);
            }
            for evaluation in turn.evaluations {
                if self.to_evaluator.send(evaluation).is_err() {
                    stop_process("the evaluator is gone");
                }
            }
            if turn.is_over {
                return;
            }
        }
    }

    /// The embedded store has all rows at hand: nothing is waited for here.
    fn load(&self, keys: &[Vec<u8>]) {
        if let Err(error) = self.store.load(keys) {
            stop_process(&format!("the store can't be read: {error}"));
        }
        self.inbox.loaded();
    }

    /// When to look again although nothing comes.
    fn next_turn(&self, mail: &Mail) -> Option<Instant> {
        let now = Instant::now();
        match self.writer.next_turn(mail, clock::now()) {
            NextTurn::Now => Some(now),
            NextTurn::After(ms) => Some(now + Duration::from_millis(ms)),
            NextTurn::WithMail => None,
        }
    }
}

/// Commits each batch, and only then answers and releases effects.
fn commit_batches(store: &Store, batches: &Receiver<Sealed>, mut outside: Released) {
    while let Ok(sealed) = batches.recv() {
        let began = Instant::now();
        outside.watch.pulse.commits();
        if !sealed.batch.is_empty()
            && let Err(error) = store.commit(&sealed.batch)
        {
            stop_process(&format!("a commit failed: {error}"));
        }
        outside.watch.pulse.committed();
        if !sealed.batch.is_empty() {
            outside.watch.metrics.committed(&sealed, began.elapsed());
        }
        after_commit(sealed.replies, sealed.owed, sealed.performed, &mut outside);
    }
}

/// Where answers and effects go.
struct Released {
    inbox: Arc<Inbox>,
    effects: Effects,
    watch: Watch,
}

impl Outside for Released {
    fn settled(&mut self) {
        self.inbox.settled();
    }

    fn answer(&mut self, replies: Vec<(Box<dyn ReplyTo>, Answer)>) {
        self.effects.answer(replies);
    }

    fn complete(&mut self, completion: Completion) {
        self.inbox.complete(completion);
    }

    fn owes(&mut self, effect: &Effect) {
        self.watch.metrics.owes(effect);
    }

    fn perform_owed(&mut self, owed: Owed) {
        self.effects.perform_owed(owed, self.inbox.clone());
    }

    fn perform(&mut self, effect: Effect) {
        self.effects.perform(effect, self.inbox.clone());
    }
}

/// After a failed commit nothing may be written: whoever starts us again finds what is durable.
pub fn stop_process(reason: &str) -> ! {
    tracing::error!("{reason}; the process stops, and goes on from what is durable when it is started again");
    std::process::abort()
}

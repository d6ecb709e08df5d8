//! The machine on which the server runs: its process, which dies and is started again, and its disk, which stays.
//!
//! The process is the server's own writer and what it does after a commit; only its threads are missing, since the world
//! says when each of them gets its turn.

use crate::line::Answers;
use crate::random::Random;
use std::collections::BTreeSet;
use std::sync::Arc;
use stepwell_asl::jsonata::{Evaluation, Verdict};
use stepwell_server::writer::{Mail, NextTurn, Outside, Turn, Writer, after_commit, release};
use stepwell_services::effect::{Completion, Effect, EffectId, EffectResult, Owed};
use stepwell_services::failure::Failure;
use stepwell_services::operation::Answer;
use stepwell_services::secrets::Secrets;
use stepwell_services::settings::Settings;
use stepwell_services::shard::{Clock, ReplyTo, Sealed, Shard, Submission, owed};
use stepwell_store::{Batch, Crash, Disk, Recovery, Snapshot, Store};

/// Something that has to be done outside.
#[derive(Debug, Clone)]
pub enum Deed {
    Owed(Owed),
    Performed(Effect),
}

impl Deed {
    #[must_use]
    pub fn effect(&self) -> &Effect {
        match self {
            Self::Owed(owed) => &owed.effect,
            Self::Performed(effect) => effect,
        }
    }
}

/// The machine.
pub struct Host {
    disk: Disk,
    settings: Arc<Settings>,
    secrets: Arc<Secrets>,
    /// Grows with each start: what was set for an earlier life finds nobody.
    pub life: u64,
    process: Option<Process>,
    pub answers: Answers,
}

struct Process {
    writer: Writer,
    mail: Mail,
    /// On its way to the disk.
    committing: Option<Sealed>,
    /// Owed effects that this process knows of.
    known: BTreeSet<EffectId>,
    store: Store,
    /// Deeds that the world hasn't taken up yet.
    deeds: Vec<Deed>,
}

impl Host {
    /// A machine with an empty disk, on which nothing runs yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            disk: Disk::new(),
            settings: Arc::new(settings),
            secrets: Arc::new(Secrets::new([7; 32])),
            life: 0,
            process: None,
            answers: Answers::default(),
        }
    }

    #[must_use]
    pub fn is_up(&self) -> bool {
        self.process.is_some()
    }

    /// Starts the process over what the disk holds.
    ///
    /// # Errors
    /// If the shard can't be opened: that is a finding.
    pub fn start(&mut self, not_loaded: u32, mut random: Random) -> Result<(), Failure> {
        self.life += 1;
        let store = self.disk.store();
        self.disk.miss_reads(0, 0);
        let misses = random.draw();
        let draw = Box::new(move || random.seed());
        let shard = Shard::open(store.clone(), self.settings.clone(), self.secrets.clone(), draw)?;
        let owed = owed(&store.snapshot(), 0, usize::MAX)?;
        self.disk.miss_reads(not_loaded, misses);
        let mut process = Process {
            writer: Writer::new(shard),
            mail: Mail::default(),
            committing: None,
            known: BTreeSet::new(),
            store,
            deeds: Vec::new(),
        };
        release(owed, &mut process);
        self.process = Some(process);
        Ok(())
    }

    /// The process dies; of what was not synced the disk keeps what the crash says.
    pub fn crash(&mut self, crash: Crash) -> (Recovery, Option<Batch>) {
        let process = self.process.take();
        let (disk, recovery) = self.disk.crash(crash);
        self.disk = disk;
        // INVARIANT: one batch at a time is on its way, so at most this one can have survived unnoticed.
        let survived = process.and_then(|process| process.committing).map(|sealed| sealed.batch);
        (recovery, survived.filter(|_| recovery.unsynced_batches > 0))
    }

    /// Hands a request in; `false` if nobody listens.
    pub fn submit(&mut self, submission: Submission) -> bool {
        let Some(process) = &mut self.process else { return false };
        process.mail.requests.push_back(submission);
        true
    }

    /// Hands in what came of a deed.
    pub fn bring_back(&mut self, deed: Deed, result: EffectResult) {
        let Some(process) = &mut self.process else { return };
        match deed {
            Deed::Owed(Owed { id, .. }) => process.mail.completions.push_back(Completion { id, result }),
            Deed::Performed(effect) => process.mail.performed.push_back((effect, result)),
        }
    }

    /// The writer's turn. A sealed batch is written, and synced when [`Host::synced`] says so.
    ///
    /// # Errors
    /// If the store can't be read, which the simulated one never says.
    pub fn turn(&mut self, clock: Clock, tamper: impl FnOnce(&mut Batch) -> bool) -> Result<Turned, Failure> {
        let Some(process) = &mut self.process else { return Ok(Turned::default()) };
        let Turn { sealed, rows_to_load, evaluations, .. } = process.writer.turn(&mut process.mail, clock)?;
        let has_batch = sealed.is_some();
        if let Some(mut sealed) = sealed {
            tamper(&mut sealed.batch);
            self.disk.write(&sealed.batch);
            process.committing = Some(sealed);
        }
        let next = process.writer.next_turn(&process.mail, clock);
        Ok(Turned { has_batch, rows_to_load, evaluations, next: Some(next) })
    }

    /// The rows that a turn asked for are there.
    pub fn loaded(&mut self, keys: &[Vec<u8>]) {
        let Some(process) = &mut self.process else { return };
        process.store.load(keys).expect("a simulated disk loads");
        process.mail.loaded = true;
    }

    /// An evaluation that a turn asked for came to its verdict.
    pub fn evaluated(&mut self, id: u64, verdict: Verdict) {
        let Some(process) = &mut self.process else { return };
        process.mail.verdicts.push((id, verdict));
    }

    /// The disk is done: the batch is durable, but nobody knows yet.
    pub fn synced(&mut self) -> Option<Batch> {
        let process = self.process.as_mut()?;
        self.disk.sync();
        process.committing.as_ref().map(|sealed| sealed.batch.clone())
    }

    /// What follows from the durable batch: answers, effects; or, where the world is broken on purpose, not all of it.
    pub fn tell(&mut self, overlooks_effects: bool) {
        let Some(process) = &mut self.process else { return };
        let Some(Sealed { replies, mut owed, performed, .. }) = process.committing.take() else { return };
        if overlooks_effects {
            owed.clear();
        }
        after_commit(replies, owed, performed, process);
    }

    /// What is to be done outside.
    pub fn take_deeds(&mut self) -> Vec<Deed> {
        self.process.as_mut().map(|process| std::mem::take(&mut process.deeds)).unwrap_or_default()
    }

    /// Breaks the disk on purpose: a row that was synced is gone.
    pub fn lose_row(&mut self, key: Vec<u8>) {
        let mut batch = Batch::default();
        batch.remove(key);
        self.disk.store().commit(&batch).expect("a simulated disk writes");
    }

    /// Whether this process knows that it owes an effect.
    #[must_use]
    pub fn knows(&self, effect: EffectId) -> bool {
        self.process.as_ref().is_some_and(|process| process.known.contains(&effect))
    }

    /// Whether a batch is on its way, or durable and not told yet.
    #[must_use]
    pub fn has_untold(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.committing.is_some())
    }

    /// Bytes on their way to the disk.
    #[must_use]
    pub fn unsynced_bytes(&self) -> usize {
        self.disk.unsynced_bytes()
    }

    /// What is durable.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.disk.store().snapshot()
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

/// What came of a turn.
#[derive(Debug, Default)]
pub struct Turned {
    pub has_batch: bool,
    pub rows_to_load: Option<Vec<Vec<u8>>>,
    /// Evaluations to be performed out of the writer's way.
    pub evaluations: Vec<(u64, Box<Evaluation>)>,
    /// Nothing if nothing runs.
    pub next: Option<NextTurn>,
}

impl Outside for Process {
    fn settled(&mut self) {
        self.mail.settled = true;
    }

    fn answer(&mut self, replies: Vec<(Box<dyn ReplyTo>, Answer)>) {
        replies.into_iter().for_each(|(reply, answer)| reply.answer(answer));
    }

    fn complete(&mut self, completion: Completion) {
        self.known.insert(completion.id);
        self.mail.completions.push_back(completion);
    }

    fn perform_owed(&mut self, owed: Owed) {
        self.known.insert(owed.id);
        self.deeds.push(Deed::Owed(owed));
    }

    fn perform(&mut self, effect: Effect) {
        self.deeds.push(Deed::Performed(effect));
    }
}

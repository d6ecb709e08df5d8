//! The shard: applies commands in order to one open batch, keeps who waits, and fires what is due. Pure.
//!
//! The server drives it: it gives commands and the time, takes the sealed batch to the disk while the next one is filled,
//! and releases answers and effects when the batch is durable. Nothing of a batch leaves before that, refusals included,
//! since a refusal may reveal what isn't durable yet.

use crate::context::{Context, Request};
use crate::effect::{self, Effect, EffectId, Owed};
use crate::entropy::Seed;
use crate::evaluations::Evaluations;
use crate::failure::{Failure, Wait};
use crate::iam::authorize::{Action, authorize};
use crate::keys::{Family, Key};
use crate::observed::{self, Observed};
use crate::operation::{Answer, AnyCommand, Reply};
use crate::rows::{Rows, RowsExt};
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::timer::{self, Timer};
use crate::tx::{Hints, Open, Tx, Wake};
use crate::waiters::{Waiter, Waiters};
use crate::{counts, dispatch, row, states};
use minicbor::{Decode, Encode};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use stepwell_asl::jsonata::{Allowance, Evaluation, Verdict};
use stepwell_store::{Batch, Direction, Slice, Store};
use stepwell_wire::ApiError;

/// A batch that reaches this size is sealed before the next command.
const BATCH_BYTES: usize = 1 << 20;
/// A batch that has this many answers is sealed before the next command.
const BATCH_ANSWERS: usize = 4096;
/// And one whose large answers, those of received messages, take so many bytes.
const BATCH_ANSWER_BYTES: usize = 16 << 20;
/// Due timers that are fired in one go before commands get their turn again: about what the commands of a turn take.
const TIMERS_PER_TURN: usize = 16;
/// Commands that follow from others, and as many that waited and were woken, before commands from outside get their turn again.
const OWN_PER_TURN: usize = 64;
/// A command that nobody waits for and that fails this often is put aside.
const TRIES: u32 = 3;

/// Who gets an answer. The server implements it over its connections.
pub trait ReplyTo: Send {
    /// Nobody listens any more: the command is dropped before it takes anything.
    fn is_gone(&self) -> bool;
    /// Gives the answer, once, after its batch is durable.
    fn answer(self: Box<Self>, answer: Answer);
}

/// A command on its way into the shard.
pub struct Submission {
    pub command: Box<dyn AnyCommand>,
    /// What the caller does in IAM's words; nothing for our own commands.
    pub action: Option<Action>,
    pub request: Request,
    pub seed: Seed,
    pub reply: Option<Box<dyn ReplyTo>>,
}

/// The times: what is stored follows `stored_ms`, what touches the outside `wall_ms` (both ms since 1970), and how long
/// someone waits `steady_ms`, which is never set, neither forwards nor backwards (ms since any moment before).
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub stored_ms: u64,
    pub wall_ms: u64,
    pub steady_ms: u64,
}

/// A batch on its way to the disk.
pub struct Sealed {
    pub batch: Batch,
    pub replies: Vec<(Box<dyn ReplyTo>, Answer)>,
    pub owed: Vec<Owed>,
    pub performed: Vec<Effect>,
    /// Commands that were applied, those that nobody waits for included, and about how many bytes they wrote.
    pub commands: u32,
    pub bytes: usize,
}

/// What the shard stores of itself, once a batch.
#[derive(Debug, Default, Clone, Encode, Decode)]
pub(crate) struct Meta {
    #[n(0)]
    pub(crate) last_time_ms: u64,
    #[n(1)]
    pub(crate) next_sequence: u64,
    /// The sweep of closed executions that was armed last.
    #[n(2)]
    retention_due_ms: Option<u64>,
}

/// What became of a command.
enum Decision {
    Output(Box<dyn Reply>),
    Wait(Wait),
    Refused(Box<ApiError>),
    /// Rows have to be fetched first; then it runs again.
    NotLoaded(Vec<Vec<u8>>),
    /// An expression has to be evaluated first; then it runs again.
    Evaluate(Box<Evaluation>),
    /// Ours, and for the log.
    Failed(String),
}

/// Where a command of our own came from, for when it fails for good.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Origin {
    Timer(Vec<u8>),
    Effect(u64),
    FollowUp(&'static str),
}

/// A command that was undone because something of it isn't there yet: rows, or the verdict on an expression.
pub(crate) struct Postponed {
    pub waiter: Waiter,
    manner: Manner,
}

/// How a command is applied.
enum Manner {
    /// For a caller; with their last chance to be answered.
    Asked {
        last_chance: bool,
    },
    Own(Origin),
}

pub struct Shard {
    store: Store,
    settings: Arc<Settings>,
    secrets: Arc<Secrets>,
    meta: Meta,
    open: Open,
    replies: Vec<(Box<dyn ReplyTo>, Answer)>,
    /// Commands that were applied to the open batch.
    commands: u32,
    in_flight: Option<Batch>,
    hints: Hints,
    waiters: Waiters,
    /// Commands of our own that take their turn next.
    follow_ups: VecDeque<Box<dyn AnyCommand>>,
    /// Nothing is due before; `None`: nothing at all. A bound, not a promise that something is.
    next_due_ms: Option<u64>,
    /// Behind the timer that was fired last, as long as none was armed before it: a million that are due at the same time
    /// leave as many tombstones, and no look begins before them.
    fired_to: Option<Vec<u8>>,
    failures: HashMap<Origin, u32>,
    /// Commands that run again when their rows are loaded, in the order in which they came.
    postponed: Vec<Postponed>,
    /// The keys of those rows, as long as nobody fetches them.
    not_loaded: Vec<Vec<u8>>,
    /// How many of the postponed, from the first on, are being fetched for; `None` while nothing is fetched.
    loading: Option<usize>,
    /// The nearest timers can't be read before something is loaded.
    timers_not_loaded: bool,
    evaluations: Evaluations,
    /// Draws a seed for commands of our own.
    draw: Box<dyn FnMut() -> Seed + Send>,
}

impl Shard {
    /// Opens the shard: reads its own row and the nearest timer; nothing else. What it owes from before says [`owed`].
    ///
    /// # Errors
    /// [`Failure::Broken`] if the store can't be read.
    pub fn open(
        store: Store,
        settings: Arc<Settings>,
        secrets: Arc<Secrets>,
        draw: Box<dyn FnMut() -> Seed + Send>,
    ) -> Result<Self, Failure> {
        let snapshot = store.snapshot();
        let meta: Meta = snapshot.row(&Key::new(Family::Meta))?.unwrap_or_default();
        let open = Open::after(meta.next_sequence);
        Ok(Self {
            store,
            settings,
            secrets,
            meta,
            open,
            replies: Vec::new(),
            commands: 0,
            in_flight: None,
            hints: Hints::of_a_start(),
            waiters: Waiters::default(),
            follow_ups: dispatch::resumed(&snapshot)?.into(),
            next_due_ms: Some(0),
            fired_to: None,
            failures: HashMap::new(),
            postponed: Vec::new(),
            not_loaded: Vec::new(),
            loading: None,
            timers_not_loaded: false,
            evaluations: Evaluations::default(),
            draw,
        })
    }

    /// The key material of the installation, made here if there is none.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the store can't be read or written.
    pub fn secrets(store: &Store, seed: Seed) -> Result<Secrets, Failure> {
        let key = Key::new(Family::Secret).text("master");
        if let Some(bytes) = store.get(key.as_bytes())? {
            let master: minicbor::bytes::ByteArray<32> = row::decode(&bytes)?;
            return Ok(Secrets::new(master.into()));
        }
        let mut batch = Batch::default();
        batch.put(key.into_bytes(), row::encode(&minicbor::bytes::ByteArray::from(seed)));
        store.commit(&batch)?;
        Ok(Secrets::new(seed))
    }

    /// Whether the open batch takes no more commands before it is sealed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.open.bytes >= BATCH_BYTES
            || self.open.answer_bytes >= BATCH_ANSWER_BYTES
            || self.replies.len() >= BATCH_ANSWERS
    }

    /// Whether the disk doesn't keep up: then nothing is begun that nobody waits for, neither what is due nor continuations.
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        self.store.is_behind()
    }

    /// Whether there is something to do now without being asked.
    #[must_use]
    pub fn has_turns(&self) -> bool {
        !self.follow_ups.is_empty() || self.waiters.has_woken()
    }

    /// How the shard does now.
    pub fn observed(&mut self, clock: Clock) -> Observed {
        let now_ms = self.now(clock);
        let hidden = observed::hidden(&mut self.hints, now_ms);
        Observed { next_due_ms: self.next_due_ms, waiters: self.waiters.len(), hidden }
    }

    /// The latest time that was stored: it stands still while the host's clock is behind it.
    #[must_use]
    pub fn last_time_ms(&self) -> u64 {
        self.meta.last_time_ms
    }

    /// When to look again although nobody asks: stored and steady time.
    #[must_use]
    pub fn next_look(&self) -> (Option<u64>, Option<u64>) {
        let (look_again, patience) = self.waiters.next_look();
        let due = self.next_due_ms.filter(|_| !self.timers_not_loaded);
        let stored = [due, look_again].into_iter().flatten().min();
        (stored, patience)
    }

    /// Applies one command.
    pub fn apply(&mut self, submission: Submission, clock: Clock) {
        let Submission { command, action, request, seed, reply } = submission;
        let waiter = Waiter {
            command: command.into(),
            action,
            request,
            seed,
            reply,
            arrived_ms: clock.steady_ms,
            woken: None,
            place: None,
            verdicts: Vec::new(),
            steps_ms: None,
        };
        self.attempt(waiter, clock, false);
    }

    /// Takes the shard's own turns: what is due, what was woken, what follows; a bounded number of each.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the store can't be read.
    pub fn take_turns(&mut self, clock: Clock) -> Result<(), Failure> {
        self.fire_due(clock)?;
        for _ in 0..self.follow_ups.len().min(OWN_PER_TURN) {
            if self.is_full() {
                return Ok(());
            }
            let Some(command) = self.follow_ups.pop_front() else { break };
            let origin = Origin::FollowUp(command.name());
            self.run_own(origin, command, clock);
        }
        let now = self.now(clock);
        for (waiter, last_chance) in self.waiters.take_ready(OWN_PER_TURN, now, clock.steady_ms) {
            if waiter.reply.is_some() {
                self.attempt(waiter, clock, last_chance);
            } else {
                self.attempt_own_or_put_aside(Origin::FollowUp(waiter.command.name()), waiter, clock);
            }
        }
        Ok(())
    }

    /// Has whoever waits looked at once more, for the last time.
    pub fn release_waiters(&mut self) {
        self.waiters.end_patience();
    }

    /// Takes an effect's result in.
    pub fn complete(&mut self, completion: effect::Completion, clock: Clock) {
        let origin = Origin::Effect(completion.id);
        self.run_own(origin, Box::new(completion), clock);
    }

    /// Takes in the result of an effect that was performed without being owed.
    pub fn complete_performed(&mut self, effect: Effect, result: effect::EffectResult, clock: Clock) {
        let command = PerformedEffect { effect, result };
        self.run_own(Origin::FollowUp(command.name()), Box::new(command), clock);
    }

    /// The rows that have to be fetched, once: then [`Shard::loaded`] is called. Nothing while others are being fetched.
    pub fn rows_to_load(&mut self) -> Option<Vec<Vec<u8>>> {
        if self.not_loaded.is_empty() || self.loading.is_some() {
            return None;
        }
        self.loading = Some(self.postponed.len());
        Some(std::mem::take(&mut self.not_loaded))
    }

    /// Whether commands wait for rows or verdicts.
    #[must_use]
    pub fn has_postponed(&self) -> bool {
        !self.postponed.is_empty() || !self.evaluations.is_empty()
    }

    /// The evaluations that have to be performed, each handed out once: then [`Shard::evaluated`] is called for it.
    pub fn evaluations(&mut self) -> Vec<(u64, Box<Evaluation>)> {
        self.evaluations.take()
    }

    /// A verdict is there: what waited for it runs again.
    ///
    /// # Errors
    /// [`Failure::Broken`] if a timer can't be read.
    pub fn evaluated(&mut self, id: u64, verdict: Verdict, clock: Clock) -> Result<(), Failure> {
        let commands = self.evaluations.perform(id, verdict);
        commands.into_iter().try_for_each(|command| self.try_again(command, clock))
    }

    /// The rows are there: what waits for them runs again, in the order in which it came.
    ///
    /// # Errors
    /// [`Failure::Broken`] if a timer can't be read.
    pub fn loaded(&mut self, clock: Clock) -> Result<(), Failure> {
        let Some(count) = self.loading.take() else { return Ok(()) };
        self.timers_not_loaded = false;
        let later = self.postponed.split_off(count);
        let commands = std::mem::replace(&mut self.postponed, later);
        commands.into_iter().try_for_each(|command| self.try_again(command, clock))
    }

    fn try_again(&mut self, Postponed { waiter, manner }: Postponed, clock: Clock) -> Result<(), Failure> {
        match manner {
            Manner::Asked { last_chance } => self.attempt(waiter, clock, last_chance),
            Manner::Own(origin) => {
                if let Origin::Timer(key) = &origin {
                    // It may fail, and was passed over meanwhile.
                    self.look_at_timers(timer::read(&Slice::from(key.as_slice()))?.0);
                }
                self.attempt_own_or_put_aside(origin, waiter, clock);
            }
        }
        Ok(())
    }

    /// Closes the open batch, if there is something in it. The caller commits it and then calls [`Shard::settled`].
    pub fn seal(&mut self) -> Option<Sealed> {
        debug_assert!(self.in_flight.is_none(), "one batch at a time is on its way to the disk");
        if self.open.writes.is_empty() && self.replies.is_empty() && self.open.performed.is_empty() {
            return None;
        }
        self.list_closed();
        if !self.open.writes.is_empty() {
            self.fold_counts();
            self.meta.next_sequence = self.open.next_sequence;
            self.open
                .writes
                .insert(Key::new(Family::Meta).into_bytes().into(), Some(row::encode(&self.meta)));
        }
        let mut next = Open::after(self.open.next_sequence);
        // Those that could not be folded in yet.
        next.counts = std::mem::take(&mut self.open.counts);
        let open = std::mem::replace(&mut self.open, next);
        let batch = Batch::from(open.writes);
        self.in_flight = Some(batch.clone());
        Some(Sealed {
            batch,
            replies: std::mem::take(&mut self.replies),
            owed: open.owed,
            performed: open.performed,
            commands: std::mem::take(&mut self.commands),
            bytes: open.bytes,
        })
    }

    /// Lists the executions that ended in this batch, for their retention: a row for all of them together.
    fn list_closed(&mut self) {
        let closed = std::mem::take(&mut self.open.closed);
        if closed.is_empty() {
            return;
        }
        let (at_ms, kept_ms) = (self.meta.last_time_ms, self.settings.execution_retention_ms);
        let mut tx =
            Tx::new(&self.store, self.in_flight.as_ref().map(Batch::writes), &mut self.open, &mut self.hints);
        let armed_ms = states::retention::list(at_ms, &closed, self.meta.retention_due_ms, kept_ms, &mut tx);
        self.meta.retention_due_ms = Some(armed_ms);
        tx.release();
        self.gather();
    }

    /// Writes the counts that the batch changes; where their rows aren't loaded yet, a later batch does.
    fn fold_counts(&mut self) {
        let changes = std::mem::take(&mut self.open.counts);
        let tx =
            Tx::new(&self.store, self.in_flight.as_ref().map(Batch::writes), &mut self.open, &mut self.hints);
        match counts::fold(&changes, &tx) {
            Ok(rows) => {
                let rows = rows.into_iter().map(|(key, value)| (key.into_bytes().into(), value));
                self.open.writes.extend(rows);
            }
            Err(Failure::NotLoaded(keys)) => {
                self.not_loaded.extend(keys);
                self.open.counts = changes;
            }
            // A store that can't be read ends the process at the shard's next turn; a count is not worth more than that.
            Err(failure) => tracing::error!("counts can't be kept: {failure:?}"),
        }
    }

    /// The sealed batch is durable.
    pub fn settled(&mut self) {
        self.in_flight = None;
        self.hints.keep_within_bounds();
    }

    /// Time never goes backwards, neither with the host's clock nor after a restart.
    fn now(&mut self, clock: Clock) -> u64 {
        self.meta.last_time_ms = self.meta.last_time_ms.max(clock.stored_ms);
        self.meta.last_time_ms
    }

    /// Applies a command that somebody waits for.
    fn attempt(&mut self, waiter: Waiter, clock: Clock, last_chance: bool) {
        if waiter.reply.as_ref().is_some_and(|reply| reply.is_gone()) {
            // What woke it is there for the next one.
            return waiter.woken.into_iter().for_each(|woken| self.waiters.pass_on(woken));
        }
        let answer = match self.decide(&waiter, clock, last_chance) {
            Decision::Wait(wait) => match self.waiters.refusal(&waiter, &wait) {
                Some(refusal) => Err(refusal),
                None => return self.waiters.add(waiter, wait),
            },
            Decision::NotLoaded(keys) => {
                return self.postpone(waiter, Manner::Asked { last_chance }, keys);
            }
            Decision::Evaluate(evaluation) => {
                return self.put_aside_for(*evaluation, waiter, Manner::Asked { last_chance });
            }
            Decision::Output(output) => {
                self.pass_on_what_is_left(&waiter);
                Ok(output)
            }
            Decision::Refused(error) => Err(*error),
            Decision::Failed(reason) => {
                tracing::error!(
                    command = waiter.command.name(),
                    request_id = &*waiter.request.request_id,
                    "{reason}"
                );
                Err(ApiError::internal_failure())
            }
        };
        if let Some(reply) = waiter.reply {
            self.replies.push((reply, answer));
        }
    }

    /// Someone who was woken by a time got something: there may be more.
    fn pass_on_what_is_left(&mut self, waiter: &Waiter) {
        if let Some(woken) = waiter.woken.filter(|woken| woken.by_time) {
            self.waiters.pass_on(woken);
        }
    }

    /// Applies a command under a savepoint: unless it gives an output, nothing of it is left.
    fn decide(&mut self, waiter: &Waiter, clock: Clock, last_chance: bool) -> Decision {
        let mut context =
            Context::new(self.now(clock), waiter.request.clone(), waiter.seed, &self.settings, &self.secrets);
        context.last_chance = last_chance;
        context.steps_ms = waiter.steps_ms.unwrap_or(context.now_ms);
        context.allowance = Allowance::new(waiter.verdicts.clone());
        context.wall_ms = clock.wall_ms;
        let mut tx =
            Tx::new(&self.store, self.in_flight.as_ref().map(Batch::writes), &mut self.open, &mut self.hints);
        let savepoint = tx.savepoint();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if let Some(action) = &waiter.action {
                authorize(&context.request.caller, action)?;
            }
            waiter.command.apply_any(&mut tx, &mut context)
        }));
        let decision = match outcome {
            Ok(Ok(output)) => Decision::Output(output),
            Ok(Err(Failure::Refused(error))) => Decision::Refused(error),
            Ok(Err(Failure::Wait(wait))) => Decision::Wait(wait),
            Ok(Err(Failure::NotLoaded(keys))) => Decision::NotLoaded(keys),
            Ok(Err(Failure::Evaluate(evaluation))) => Decision::Evaluate(evaluation),
            Ok(Err(Failure::Broken(reason))) => Decision::Failed(reason),
            Err(panic) => Decision::Failed(panic_text(&*panic)),
        };
        if !matches!(decision, Decision::Output(_)) {
            tx.roll_back(savepoint);
        }
        tx.release();
        self.commands += 1;
        self.gather();
        decision
    }

    /// Takes over what the last command asked for inside the shard.
    fn gather(&mut self) {
        for wake in self.open.wakes.drain(..) {
            match wake {
                Wake::One(on) => self.waiters.wake(on),
                Wake::All(on) => self.waiters.wake_all(on),
                Wake::At(on, at_ms) => self.waiters.gains_at(on, at_ms),
            }
        }
        self.follow_ups.extend(self.open.follow_ups.drain(..));
        if let Some(armed) = self.open.armed_ms.take() {
            self.look_at_timers(armed);
        }
    }

    /// Something may be due then.
    fn look_at_timers(&mut self, at_ms: u64) {
        let first = Key::new(Family::Timer).number(at_ms);
        self.fired_to = self.fired_to.take().filter(|fired| fired.as_slice() < first.as_bytes());
        self.look_from_there_on(at_ms);
    }

    /// Looks at the timers again, from the last one that was fired or from that time on, whichever is later.
    fn look_from_there_on(&mut self, at_ms: u64) {
        self.next_due_ms = Some(self.next_due_ms.map_or(at_ms, |due| due.min(at_ms)));
    }

    /// Has a command run again when its rows are loaded. Nothing of it is left, and it keeps its seed.
    fn postpone(&mut self, waiter: Waiter, manner: Manner, keys: Vec<Vec<u8>>) {
        self.not_loaded.extend(keys);
        self.postponed.push(Postponed { waiter, manner });
    }

    /// Has a command run again when an expression is evaluated: with its seed, and at the time of now, so that it asks for the
    /// same again.
    fn put_aside_for(&mut self, evaluation: Evaluation, mut waiter: Waiter, manner: Manner) {
        waiter.steps_ms.get_or_insert(self.meta.last_time_ms);
        self.evaluations.add(Postponed { waiter, manner }, Box::new(evaluation));
    }

    fn is_postponed(&self, timer: &[u8]) -> bool {
        let is_it = |origin: &Origin| matches!(origin, Origin::Timer(key) if key == timer);
        self.postponed
            .iter()
            .chain(self.evaluations.commands())
            .any(|other| matches!(&other.manner, Manner::Own(origin) if is_it(origin)))
    }

    fn fire_due(&mut self, clock: Clock) -> Result<(), Failure> {
        let now = self.now(clock);
        if self.timers_not_loaded || self.is_held_back() || self.next_due_ms.is_none_or(|due| due > now) {
            return Ok(());
        }
        // Nothing stands before the time that was last looked at: timers are armed for now or later.
        let start = Key::new(Family::Timer).number(self.next_due_ms.unwrap_or(0)).into_bytes();
        let start = self.fired_to.clone().map_or(start.clone(), |fired| fired.max(start));
        let tx =
            Tx::new(&self.store, self.in_flight.as_ref().map(Batch::writes), &mut self.open, &mut self.hints);
        let end = Key::new(Family::Timer).end();
        let nearest = match tx.scan(&start, &end, Direction::Forward, TIMERS_PER_TURN) {
            Err(Failure::NotLoaded(keys)) => {
                self.not_loaded.extend(keys);
                self.timers_not_loaded = true;
                return Ok(());
            }
            nearest => nearest?,
        };
        self.next_due_ms = None;
        for (key, _) in nearest {
            let (due_ms, timer) = timer::read(&key)?;
            if due_ms > now || self.is_full() {
                self.look_at_timers(due_ms);
                break;
            }
            if self.is_postponed(&key) {
                continue;
            }
            // There may be more than one turn's worth: look again from here.
            self.fired_to = Some([&key, [0].as_slice()].concat());
            self.look_from_there_on(due_ms);
            let origin = Origin::Timer(key.to_vec());
            self.run_own(origin.clone(), Box::new(Fire { key: key.clone(), timer }), clock);
            if self.failures.contains_key(&origin) {
                self.look_at_timers(due_ms);
            }
        }
        Ok(())
    }

    /// Runs a command of our own; one that keeps failing is put aside instead of being tried for ever.
    fn run_own(&mut self, origin: Origin, command: Box<dyn AnyCommand>, clock: Clock) {
        let request = Request { base_url: self.settings.base_url.clone(), ..Request::own() };
        let seed = (self.draw)();
        let waiter = Waiter {
            command: command.into(),
            action: None,
            request,
            seed,
            reply: None,
            arrived_ms: clock.steady_ms,
            woken: None,
            place: None,
            verdicts: Vec::new(),
            steps_ms: None,
        };
        self.attempt_own_or_put_aside(origin, waiter, clock);
    }

    fn attempt_own_or_put_aside(&mut self, origin: Origin, waiter: Waiter, clock: Clock) {
        let reason = match self.decide(&waiter, clock, false) {
            Decision::NotLoaded(keys) => return self.postpone(waiter, Manner::Own(origin), keys),
            Decision::Evaluate(evaluation) => {
                return self.put_aside_for(*evaluation, waiter, Manner::Own(origin));
            }
            Decision::Output(_) => {
                self.failures.remove(&origin);
                return self.pass_on_what_is_left(&waiter);
            }
            Decision::Wait(wait) => {
                self.failures.remove(&origin);
                return self.waiters.add(waiter, wait);
            }
            Decision::Refused(error) => error.to_string(),
            Decision::Failed(reason) => reason,
        };
        let failures = self.failures.entry(origin.clone()).or_default();
        *failures += 1;
        tracing::error!(command = waiter.command.name(), tries = *failures, "{reason}");
        if *failures >= TRIES {
            self.failures.remove(&origin);
            self.quarantine(&origin, waiter.command.name(), &reason, clock);
        } else if let Origin::Effect(_) | Origin::FollowUp(_) = origin {
            self.follow_ups.push_back(Box::new(Again(waiter.command)));
        }
    }

    /// Keeps what can't be done where an operator finds it, and takes it out of the way.
    fn quarantine(&mut self, origin: &Origin, name: &str, reason: &str, clock: Clock) {
        let now = self.now(clock);
        let mut tx =
            Tx::new(&self.store, self.in_flight.as_ref().map(Batch::writes), &mut self.open, &mut self.hints);
        let trigger = match origin {
            Origin::Timer(key) => Some(key.clone()),
            Origin::Effect(id) => Some(effect::key(*id).into_bytes()),
            Origin::FollowUp(_) => None,
        };
        let number = tx.next_sequence();
        let row = Quarantined {
            at_ms: now,
            name: name.to_owned(),
            reason: reason.to_owned(),
            trigger: trigger.clone(),
        };
        tx.put(&Key::new(Family::Quarantine).number(number), &row);
        if let Some(key) = trigger {
            tx.remove_bytes(&key);
        }
        tx.release();
        tracing::error!(command = name, "put aside after {TRIES} failures");
    }
}

/// A command of ours that failed for good.
#[derive(Debug, Encode, Decode)]
pub struct Quarantined {
    #[n(0)]
    pub at_ms: u64,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub reason: String,
    /// The key of the timer or effect that asked for it.
    #[n(3)]
    pub trigger: Option<Vec<u8>>,
}

/// Fires a timer: its row goes, and its service does what is due.
struct Fire {
    key: Slice,
    timer: Timer,
}

impl AnyCommand for Fire {
    fn name(&self) -> &'static str {
        "Fire"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        if tx.bytes(&self.key)?.is_some() {
            tx.remove_bytes(&self.key);
            dispatch::due(&self.timer, tx, context)?;
        }
        Ok(Box::new(()))
    }
}

/// The result of an effect that was performed without being owed.
struct PerformedEffect {
    effect: Effect,
    result: effect::EffectResult,
}

impl AnyCommand for PerformedEffect {
    fn name(&self) -> &'static str {
        "PerformedEffect"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        dispatch::completed(self.effect.clone(), &self.result, tx, context)?;
        Ok(Box::new(()))
    }
}

/// A command that gets another try.
struct Again(Arc<dyn AnyCommand>);

impl AnyCommand for Again {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        self.0.apply_any(tx, context)
    }
}

/// How many commands were put aside; counted up to `most`.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn quarantined(most: usize, rows: &dyn Rows) -> Result<usize, Failure> {
    let all = Key::new(Family::Quarantine);
    Ok(rows.scan(all.as_bytes(), &all.end(), Direction::Forward, most)?.len())
}

/// What is owed from this number on, in order; up to `most`.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn owed(rows: &dyn Rows, from: EffectId, most: usize) -> Result<Vec<Owed>, Failure> {
    let (first, end) = (effect::key(from), Key::new(Family::Effect).end());
    rows.scan(first.as_bytes(), &end, Direction::Forward, most)?
        .into_iter()
        .map(|(key, value)| {
            let id = crate::keys::KeyReader::new(&key, Family::Effect)?.number()?;
            Ok(Owed { id, effect: row::decode(&value)? })
        })
        .collect()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a broken invariant: {}", text.as_deref().unwrap_or("no text"))
}

#[cfg(test)]
mod tests;

//! A world for the tests of rules: a shard over a store in memory, a clock moved by hand, a seed that counts up.
//!
//! Commands go through the shard as they do in the server: batches are sealed and settled, timers fire, waiters wait.

use crate::context::{Caller, Request};
use crate::effect::{Completion, Effect, EffectResult, Owed};
use crate::kept::Definitions;
use crate::keys::Scope;
use crate::operation::{Answer, AnyCommand, Command, Execute, Read};
use crate::rows::RowsExt;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::shard::{Clock, ReplyTo, Shard, Submission};
use crate::states::in_memory::{InMemory, PerformTask, Performance};
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use stepwell_asl::jsonata::Evaluation;
use stepwell_store::{Batch, Store};
use stepwell_wire::{ApiError, Envelope, Protocol, Service};

pub const ACCOUNT: &str = "000000000000";
pub const REGION: &str = "us-east-1";

pub struct World {
    pub store: Store,
    pub now_ms: u64,
    secrets: Arc<Secrets>,
    shard: Shard,
    seeds: u64,
    /// Effects that wait for the test to say what came of them.
    pub owed: Vec<Owed>,
    pub performed: Vec<Effect>,
    /// Commands that were applied so far, the shard's own included.
    pub commands: u32,
    /// All that was committed since this world began.
    pub log: Vec<Batch>,
    /// Long evaluations wait until [`World::evaluate`].
    pub evaluator_is_busy: bool,
    evaluations: Vec<(u64, Box<Evaluation>)>,
}

/// An answer that may still be on its way.
pub struct Pending(Receiver<Result<Value, ApiError>>);

impl Pending {
    /// The answer, if it was given.
    pub fn answer(&self) -> Option<Result<Value, ApiError>> {
        self.0.try_recv().ok()
    }
}

struct Line(Sender<Result<Value, ApiError>>);

impl ReplyTo for Line {
    fn is_gone(&self) -> bool {
        false
    }

    fn answer(self: Box<Self>, answer: Answer) {
        let envelope = Envelope::new(Service::Sqs, Protocol::AwsJson10, "Test", "request");
        let value = answer.map(|reply| {
            let response = reply.render(&envelope).expect("an output that can be written");
            serde_json::from_slice(&response.body).unwrap_or(Value::Null)
        });
        // A test that dropped its end isn't interested.
        drop(self.0.send(value));
    }
}

/// Takes an answer as it is.
struct RawLine(Sender<Answer>);

impl ReplyTo for RawLine {
    fn is_gone(&self) -> bool {
        false
    }

    fn answer(self: Box<Self>, answer: Answer) {
        drop(self.0.send(answer));
    }
}

impl World {
    pub fn new() -> Self {
        Self::over(Store::in_memory(), 1_700_000_000_000)
    }

    /// An empty world with other limits.
    pub fn with_settings(settings: Settings) -> Self {
        Self::of(Store::in_memory(), 1_700_000_000_000, settings)
    }

    /// A shard over what a store holds: what a restart finds.
    pub fn over(store: Store, now_ms: u64) -> Self {
        Self::of(store, now_ms, Settings::default())
    }

    /// A shard over a store that has its own secrets, at a time after its last commit.
    pub fn over_kept(store: Store) -> Self {
        let secrets = Shard::secrets(&store, [7; 32]).expect("secrets that can be read");
        let meta: crate::shard::Meta = store
            .snapshot()
            .row(&crate::keys::Key::new(crate::keys::Family::Meta))
            .expect("a row that can be read")
            .expect("a store that was used");
        Self::with_secrets(store, meta.last_time_ms + 1000, Settings::default(), secrets)
    }

    fn of(store: Store, now_ms: u64, settings: Settings) -> Self {
        Self::with_secrets(store, now_ms, settings, Secrets::new([7; 32]))
    }

    fn with_secrets(store: Store, now_ms: u64, settings: Settings, secrets: Secrets) -> Self {
        let (settings, secrets) = (Arc::new(settings), Arc::new(secrets));
        let kept_secrets = secrets.clone();
        // Nothing is drawn again after a restart: names that were drawn before are taken.
        let meta: Option<crate::shard::Meta> = store
            .snapshot()
            .row(&crate::keys::Key::new(crate::keys::Family::Meta))
            .expect("a row that can be read");
        let begun = meta.unwrap_or_default().next_sequence;
        let drawn = Mutex::new(begun << 33);
        let draw = Box::new(move || {
            let mut drawn = drawn.lock().unwrap();
            *drawn += 1;
            seed(1 << 32 | *drawn)
        });
        let shard = Shard::open(store.clone(), settings, secrets, draw).unwrap();
        let owed = crate::shard::owed(&store.snapshot(), 0, usize::MAX).unwrap();
        let (performed, log) = (Vec::new(), Vec::new());
        let mut world = Self {
            store,
            now_ms,
            secrets: kept_secrets,
            shard,
            seeds: 0,
            owed: Vec::new(),
            performed,
            commands: 0,
            log,
            evaluator_is_busy: false,
            evaluations: Vec::new(),
        };
        world.release(owed);
        world.turn();
        world
    }

    /// Everything in memory is lost; what was committed stays.
    pub fn restart(self) -> Self {
        Self::over(self.store.clone(), self.now_ms)
    }

    /// The same, under other limits.
    pub fn restart_with(self, settings: Settings) -> Self {
        Self::of(self.store.clone(), self.now_ms, settings)
    }

    /// What the shard knows of how it does.
    pub fn observed(&mut self) -> crate::observed::Observed {
        self.shard.observed(self.clock())
    }

    /// Has a command applied and gives its answer.
    pub fn call<C: Command>(&mut self, command: C) -> Result<Value, ApiError> {
        let pending = self.send(command);
        pending.answer().expect("a command that answers at once")
    }

    /// Has a command applied, which may wait.
    pub fn send(&mut self, command: impl AnyCommand + 'static) -> Pending {
        let (sender, receiver) = channel();
        self.seeds += 1;
        let submission = Submission {
            command: Box::new(command),
            action: None,
            request: request(),
            seed: seed(self.seeds),
            reply: Some(Box::new(Line(sender))),
        };
        self.shard.apply(submission, self.clock());
        self.turn();
        Pending(receiver)
    }

    /// Begins an execution in memory, from what is durable.
    pub fn begin<E: Execute>(&self, start: &E, definitions: &Definitions) -> Result<InMemory, ApiError> {
        let settings = Settings::default();
        let mut context =
            crate::context::Context::new(self.now_ms, request(), seed(0), &settings, &self.secrets);
        match start.begin(definitions, &self.store.snapshot(), &mut context) {
            Ok(execution) => Ok(execution),
            Err(crate::failure::Failure::Refused(error)) => Err(*error),
            Err(failure) => panic!("{failure:?}"),
        }
    }

    /// Has a task of such an execution performed.
    pub fn perform(&mut self, task: PerformTask) -> Performance {
        let (sender, receiver) = channel();
        self.seeds += 1;
        let submission = Submission {
            command: Box::new(task),
            action: None,
            request: Request::own(),
            seed: seed(self.seeds),
            reply: Some(Box::new(RawLine(sender))),
        };
        self.shard.apply(submission, self.clock());
        self.turn();
        let answer = receiver.try_recv().expect("a task that is performed at once");
        *answer.expect("a performance").into_any().downcast().expect("a performance")
    }

    /// Makes a role that a service may take on.
    pub fn create_role(&mut self, name: &str, service: &str) {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        ]});
        let role = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
        self.call(input::<crate::iam::CreateRole>(role)).expect("a role");
    }

    /// Reads from what is durable.
    pub fn read<R: Read>(&self, read: &R) -> Result<Value, ApiError> {
        let settings = Settings::default();
        let mut context =
            crate::context::Context::new(self.now_ms, request(), seed(0), &settings, &self.secrets);
        match read.read(&self.store.snapshot(), &mut context) {
            Ok(output) => Ok(serde_json::to_value(output).unwrap()),
            Err(crate::failure::Failure::Refused(error)) => Err(*error),
            Err(failure) => panic!("{failure:?}"),
        }
    }

    /// Says what came of an owed effect.
    pub fn complete(&mut self, id: u64, result: EffectResult) {
        self.owed.retain(|owed| owed.id != id);
        self.shard.complete(Completion { id, result }, self.clock());
        self.turn();
    }

    /// Says what came of an effect that was performed without being owed.
    pub fn complete_performed(&mut self, effect: Effect, result: EffectResult) {
        self.shard.complete_performed(effect, result, self.clock());
        self.turn();
    }

    /// Performs the evaluations that wait; says how many.
    pub fn evaluate(&mut self) -> usize {
        let count = self.perform_evaluations();
        self.turn();
        count
    }

    fn perform_evaluations(&mut self) -> usize {
        let evaluations = std::mem::take(&mut self.evaluations);
        let count = evaluations.len();
        for (id, evaluation) in evaluations {
            self.shard.evaluated(id, evaluation.perform(), self.clock()).unwrap();
        }
        count
    }

    /// Lets time pass, in steps as the timers ask for.
    pub fn pass(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        loop {
            let (stored, wall) = self.shard.next_look();
            match [stored, wall].into_iter().flatten().min().filter(|next| *next <= until) {
                Some(next) => self.now_ms = self.now_ms.max(next),
                None => break,
            }
            self.turn();
        }
        self.now_ms = until;
        self.turn();
    }

    fn clock(&self) -> Clock {
        Clock { stored_ms: self.now_ms, wall_ms: self.now_ms, steady_ms: self.now_ms }
    }

    /// Commits, releases, and takes the shard's own turns until nothing is left to do at this time.
    fn turn(&mut self) {
        loop {
            self.shard.take_turns(self.clock()).unwrap();
            if let Some(keys) = self.shard.rows_to_load() {
                self.store.load(&keys).unwrap();
                self.shard.loaded(self.clock()).unwrap();
            }
            self.evaluations.extend(self.shard.evaluations());
            if !self.evaluator_is_busy {
                self.perform_evaluations();
            }
            let Some(sealed) = self.shard.seal() else {
                let waits = self.shard.has_postponed() && self.evaluations.is_empty();
                if self.shard.has_turns() || waits {
                    continue;
                }
                return;
            };
            self.commands += sealed.commands;
            self.store.commit(&sealed.batch).unwrap();
            self.shard.settled();
            for (reply, answer) in sealed.replies {
                reply.answer(answer);
            }
            self.performed.extend(sealed.performed);
            self.log.push(sealed.batch);
            self.release(sealed.owed);
        }
    }

    /// Takes the shard's own turns, and leaves to the test what has to be done outside.
    fn release(&mut self, owed: Vec<Owed>) {
        for owed in owed {
            match owed.effect {
                Effect::Continue(_) => {
                    let completion = Completion { id: owed.id, result: EffectResult::Continued };
                    self.shard.complete(completion, self.clock());
                }
                _ => self.owed.push(owed),
            }
        }
    }
}

/// What a test leaves behind is a whole store, whatever it was about.
impl Drop for World {
    fn drop(&mut self) {
        let report = crate::check::run_counted(&self.store.snapshot(), true);
        if !std::thread::panicking() {
            assert!(report.is_whole(), "{:#?}", report.violations);
        }
    }
}

pub fn request() -> Request {
    Request {
        caller: Caller::root(ACCOUNT),
        scope: Scope::new(ACCOUNT, REGION),
        request_id: "request".into(),
        base_url: "http://localhost:4566".into(),
    }
}

fn seed(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    seed
}

/// An input as a client would write it.
pub fn input<C: serde::de::DeserializeOwned>(value: Value) -> C {
    serde_json::from_value(value).expect("an input of this operation")
}

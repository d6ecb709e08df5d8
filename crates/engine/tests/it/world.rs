//! One execution with its surroundings, as the states service would hold it: between any two steps the record is
//! encoded and decoded again, so that what is stored is shown to be enough.

use std::path::PathBuf;

use serde_json::Value;
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_asl::diagnostic::invalid_definition;
use stepwell_asl::scope::Entropy;
use stepwell_engine::{
    Accepted, Attempt, Environment, Event, Execution, Facts, FrameId, HistoryEvent, Limits, Step,
    TaskRequest, step,
};

pub const EXECUTION_ARN: &str = "arn:aws:states:us-east-1:111111111111:execution:m:e";
pub const MACHINE_ARN: &str = "arn:aws:states:us-east-1:111111111111:stateMachine:m";
pub const ROLE_ARN: &str = "arn:aws:iam::111111111111:role/r";
/// 2026-01-02T03:04:05.678Z
pub const START_MS: u64 = 1_767_323_045_678;

pub struct World {
    machine: StateMachine,
    input: String,
    pub limits: Limits,
    pub budget: u32,
    pub now_ms: u64,
    entropy: Counter,
    stored: Vec<u8>,
    pub history: Vec<HistoryEvent>,
    pub tasks: Vec<TaskRequest>,
    /// The size of the largest record stored so far.
    pub largest_record: usize,
    /// The most events that one step has brought forth.
    pub largest_step: usize,
}

impl World {
    pub fn new(definition: &str, input: &str) -> World {
        let machine = StateMachine::compile(definition, MachineType::Standard)
            .unwrap_or_else(|diagnostics| panic!("{}", invalid_definition(&diagnostics)));
        World {
            machine,
            input: input.to_owned(),
            limits: Limits { duration_ms: None, ..Limits::default() },
            budget: 200,
            now_ms: START_MS,
            entropy: Counter(0),
            stored: Execution::new().encode(),
            history: Vec::new(),
            tasks: Vec::new(),
            largest_record: 0,
            largest_step: 0,
        }
    }

    pub fn execution(&self) -> Execution {
        Execution::decode(&self.stored).unwrap()
    }

    pub fn machine(&self) -> &StateMachine {
        &self.machine
    }

    pub fn stored(&self) -> &[u8] {
        &self.stored
    }

    pub fn step(&mut self, event: Event) -> Accepted {
        let mut execution = self.execution();
        assert_eq!(execution.encode(), self.stored, "decoding and encoding changes nothing");
        let facts = Facts {
            execution_arn: EXECUTION_ARN,
            execution_name: "e",
            state_machine_arn: MACHINE_ARN,
            state_machine_name: "m",
            state_machine_version_arn: None,
            state_machine_alias_arn: None,
            role_arn: ROLE_ARN,
            region: "us-east-1",
            start_time_ms: START_MS,
            input: &self.input,
            limits: self.limits,
        };
        let mut environment = Environment {
            has_activity: &|arn| !arn.ends_with(":gone"),
            now_ms: self.now_ms,
            entropy: &mut self.entropy,
            token: &|frame: FrameId, attempt: Attempt| format!("token-{}-{}", frame.0, attempt.0),
            budget: self.budget,
            allowance: None,
        };
        let before = execution.next_event_id();
        let Step { history, tasks, accepted, .. } =
            step(&self.machine, &facts, &mut execution, event, &mut environment);
        check_history(&history, before);
        self.largest_step = self.largest_step.max(history.len());
        self.stored = execution.encode();
        self.largest_record = self.largest_record.max(self.stored.len());
        self.history.extend(HistoryEvent::decode_many(&HistoryEvent::encode_many(&history)).unwrap());
        self.tasks.extend(tasks);
        accepted
    }

    /// Goes on while there is work; how many steps that took.
    pub fn settle(&mut self) -> usize {
        let mut steps = 0;
        while self.execution().has_work() {
            self.step(Event::Continue);
            steps += 1;
            assert!(steps < 10_000, "an execution that never rests");
        }
        steps
    }

    /// Jumps to each timer until there is none.
    pub fn run_out(&mut self) {
        self.settle();
        while self.execution().next_due_ms().is_some() {
            self.until_next_due();
        }
    }

    pub fn until_next_due(&mut self) {
        self.now_ms = self.now_ms.max(self.execution().next_due_ms().unwrap());
        self.step(Event::Due);
        self.settle();
    }
}

fn check_history(history: &[HistoryEvent], before: u64) {
    for (id, event) in (before..).zip(history) {
        assert_eq!(event.id, id, "ids have no gaps");
        assert!(event.previous_event_id < id, "causes come first");
    }
    assert_eq!(HistoryEvent::decode_many(&HistoryEvent::encode_many(history)).unwrap(), history);
}

/// Entropy that is the same in every run.
struct Counter(u64);

impl Entropy for Counter {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0
    }
}

pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A text that holds JSON, read; any other value as it is.
pub fn unfolded(value: &Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(parsed @ (Value::Object(_) | Value::Array(_))) => unfolded(&parsed),
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(unfolded).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), unfolded(value))).collect())
        }
        other => other.clone(),
    }
}

//! The working set of one step: the record, what the step was given, and what it has brought forth so far. Frames take
//! turns, one transition each, until none can go on or the budget is spent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;
use stepwell_asl::definition::{QueryLanguage, State, StateKind, StateMachine};
use stepwell_asl::scope::Variables;
use stepwell_asl::template::EvalError;

use crate::facts::{Environment, Facts};
use crate::failure::{Failure, RUNTIME};
use crate::history::{ErrorDetails, EventKind, HistoryEvent, StateType};
use crate::inspect::{self, Inspection};
use crate::map_run::MapRunRequest;
use crate::payload::ExecutionInput;
use crate::record::{Execution, Frame, FrameId, Outcome, Stage};
use crate::redrive::MapRunRedrive;
use crate::states;
use crate::task::TaskRequest;

pub(crate) struct Run<'a, 'e> {
    pub machine: &'a StateMachine,
    pub facts: &'a Facts<'a>,
    pub input: ExecutionInput<'a>,
    pub execution: &'a mut Execution,
    pub environment: &'a mut Environment<'e>,
    pub history: Vec<HistoryEvent>,
    pub tasks: Vec<TaskRequest>,
    pub map_runs: Vec<MapRunRequest>,
    /// Runs whose state is over before they are.
    pub given_up_map_runs: Vec<u64>,
    pub redriven_map_runs: Vec<MapRunRedrive>,
    /// The frames that were given up with one that failed, until that is retried or caught.
    pub given_up: BTreeMap<FrameId, Frame>,
    /// How many transitions this step may still make.
    pub budget: u32,
    /// The variables that a frame's state reads, gathered once while the frame is in that state.
    pub visible: Option<(FrameId, Arc<Variables>)>,
    /// What the iterations of Map states are made of, for the length of this step.
    pub maps: HashMap<FrameId, states::map::Plan>,
    /// Where one state is tested.
    pub inspection: Option<&'a mut Inspection>,
}

impl<'a, 'e> Run<'a, 'e> {
    pub fn new(
        machine: &'a StateMachine,
        facts: &'a Facts<'a>,
        execution: &'a mut Execution,
        environment: &'a mut Environment<'e>,
    ) -> Self {
        Run {
            machine,
            facts,
            input: ExecutionInput::new(facts.input),
            execution,
            budget: environment.budget,
            environment,
            history: Vec::new(),
            tasks: Vec::new(),
            map_runs: Vec::new(),
            given_up_map_runs: Vec::new(),
            redriven_map_runs: Vec::new(),
            given_up: BTreeMap::new(),
            visible: None,
            maps: HashMap::new(),
            inspection: None,
        }
    }

    /// Lets the frames take turns.
    pub fn advance(&mut self) {
        while self.budget > 0 && !self.is_closed() {
            let Some(frame) = self.execution.runnable.pop_front() else { return };
            self.budget -= 1;
            self.turn(frame);
        }
    }

    /// One transition of one frame: a state is entered (and begun, if it is one that then waits), or done.
    fn turn(&mut self, id: FrameId) {
        let state = self.state(id);
        if matches!(self.frame(id).stage, Stage::Enter) {
            self.enter(id, state);
            if is_instant(&state.kind) {
                return self.make_runnable(id);
            }
        }
        if self.is_closed() {
            return;
        }
        let children = self.inspection.as_mut().and_then(|inspection| inspection.children.take());
        let worked = match children {
            Some(children) => inspect::work(self, id, state, children),
            None => states::work(self, id, state),
        };
        if let Err(failure) = worked {
            let at = self.frame(id).last_event;
            self.fail(id, failure, at);
        }
    }

    fn enter(&mut self, id: FrameId, state: &State) {
        let input = self.frame(id).input.text(&self.input);
        let entered = EventKind::StateEntered {
            state_type: state_type(&state.kind),
            name: state.name.clone(),
            input: input.to_string(),
        };
        let before = self.frame(id).last_event;
        let event = self.emit_in(id, entered);
        let now_ms = self.environment.now_ms;
        let tried_before = self.inspection.as_ref().map_or(0, |inspection| inspection.retry_count);
        let frame = self.frame_mut(id);
        frame.entered_after = (state.language == QueryLanguage::Jsonata).then_some(before);
        frame.entered_event = event;
        frame.entered_at_ms = now_ms;
        frame.retries = vec![tried_before; state.retry.len()];
        frame.stage = Stage::Work;
    }

    /// Appends an event that points at another, and gives its id. When the history is full, the execution fails
    /// instead; after its end nothing is appended any more.
    pub fn emit(&mut self, previous_event_id: u64, kind: EventKind) -> u64 {
        if self.is_closed() {
            return previous_event_id;
        }
        let id = self.execution.next_event_id;
        if id < self.facts.limits.history_events || kind.is_terminal() {
            return self.append(previous_event_id, kind);
        }
        let cause = format!("The execution reached the maximum number of history events ({id}).");
        let details = ErrorDetails { error: Some(RUNTIME.to_owned()), cause: Some(cause) };
        self.execution.outcome =
            Some(Outcome::Failed { error: details.error.clone(), cause: details.cause.clone() });
        self.append(previous_event_id, EventKind::ExecutionFailed(details))
    }

    fn append(&mut self, previous_event_id: u64, kind: EventKind) -> u64 {
        let id = self.execution.next_event_id;
        self.execution.next_event_id += 1;
        self.history.push(HistoryEvent {
            id,
            previous_event_id,
            timestamp_ms: self.environment.now_ms,
            kind,
        });
        id
    }

    /// Appends the next event of a frame.
    pub fn emit_in(&mut self, id: FrameId, kind: EventKind) -> u64 {
        let event = self.emit(self.frame(id).last_event, kind);
        self.frame_mut(id).last_event = event;
        event
    }

    /// The last event, and the end.
    pub fn close(&mut self, previous_event_id: u64, kind: EventKind, outcome: Outcome) {
        if !self.is_closed() {
            self.emit(previous_event_id, kind);
            self.execution.outcome = Some(outcome);
        }
    }

    pub fn is_closed(&self) -> bool {
        self.execution.outcome.is_some()
    }

    pub fn frame(&self, id: FrameId) -> &Frame {
        self.execution.frames.get(&id).expect("a frame that is named in the record is in the record")
    }

    pub fn frame_mut(&mut self, id: FrameId) -> &mut Frame {
        self.execution.frames.get_mut(&id).expect("a frame that is named in the record is in the record")
    }

    /// The state that a frame is in or about to enter.
    pub fn state(&self, id: FrameId) -> &'a State {
        let machine = self.machine;
        machine.state(&self.frame(id).state).expect("an execution keeps the definition with which it started")
    }

    /// The raw input of the frame's state.
    pub fn raw_input(&self, id: FrameId) -> Arc<Value> {
        self.frame(id).input.value(&self.input)
    }

    pub fn make_runnable(&mut self, id: FrameId) {
        self.execution.runnable.push_back(id);
    }

    pub fn runtime_failure(&self, id: FrameId, cause: &str) -> Failure {
        self.failure_in_state(id, &EvalError::runtime(cause))
    }

    pub fn failure_in_state(&self, id: FrameId, error: &EvalError) -> Failure {
        let frame = self.frame(id);
        Failure::in_state(error, &frame.state, frame.entered_event)
    }
}

/// Whether a state is done in the turn after the one in which it is entered, and so lets the other frames enter theirs
/// first, as AWS's histories mostly show it. The other types begin at once what they then wait for.
fn is_instant(kind: &StateKind) -> bool {
    match kind {
        StateKind::Pass(_) | StateKind::Choice(_) | StateKind::Succeed(_) | StateKind::Fail(_) => true,
        StateKind::Task(_) | StateKind::Wait(_) | StateKind::Parallel(_) | StateKind::Map(_) => false,
    }
}

pub(crate) fn state_type(kind: &StateKind) -> StateType {
    match kind {
        StateKind::Task(_) => StateType::Task,
        StateKind::Pass(_) => StateType::Pass,
        StateKind::Choice(_) => StateType::Choice,
        StateKind::Wait(_) => StateType::Wait,
        StateKind::Succeed(_) => StateType::Succeed,
        StateKind::Fail(_) => StateType::Fail,
        StateKind::Parallel(_) => StateType::Parallel,
        StateKind::Map(_) => StateType::Map,
    }
}

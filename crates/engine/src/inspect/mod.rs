//! One state, tested by itself: the engine's own code runs it, and what it makes on the way is seen here. An execution that
//! is inspected ends where its state is left, is to be retried, or fails; it never enters another state.
//! Branches and iterations are not run: what became of them is given (`mocked`).

mod mocked;

pub(crate) use mocked::work;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use stepwell_asl::definition::StateMachine;

use crate::event::Event;
use crate::facts::{Environment, Facts};
use crate::history::ErrorDetails;
use crate::record::{Execution, FrameId, Outcome};
use crate::run::Run;
use crate::step::{Step, step_in};

/// What a test is given beside the definition, and what is seen of its state.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// The state, of whatever container.
    pub state: String,
    /// JSON texts, by name.
    pub variables: BTreeMap<String, String>,
    /// How often each retrier was used before.
    pub retry_count: u32,
    /// The context object; the item of a Map state is added where there is one.
    pub context: Value,
    /// For a Parallel or Map state: what became of the branches or iterations.
    pub children: Option<Children>,
    pub seen: Seen,
}

/// The branches of a Parallel state or the iterations of a Map state, as a test gives them.
#[derive(Clone, Debug)]
pub struct Children {
    pub outcome: Result<Value, ErrorDetails>,
    /// How many iterations failed.
    pub failed: Option<u64>,
    /// What the ItemReader read; members of an object have their names.
    pub read_items: Option<Vec<(Option<String>, Value)>>,
}

/// What a state made on its way, as far as it came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub after_input_path: Option<Arc<Value>>,
    /// After Parameters, or Arguments.
    pub arguments: Option<Arc<Value>>,
    pub items: Option<Arc<Value>>,
    pub selected_items: Option<Vec<Value>>,
    pub batches: Option<Vec<Value>>,
    pub result: Option<Arc<Value>>,
    pub after_result_selector: Option<Arc<Value>>,
    pub after_result_path: Option<Arc<Value>>,
    /// 0 means that there is no limit.
    pub max_concurrency: Option<u64>,
    pub tolerated_failure_count: Option<u64>,
    pub tolerated_failure_percentage: Option<f64>,
    /// More iterations are said to have failed than there are.
    pub has_too_many_failures: bool,
    /// What went wrong in the state, even if that was caught.
    pub failure: Option<ErrorDetails>,
    /// The retrier that takes the failure, and how long it waits.
    pub retry: Option<(usize, u64)>,
    /// The catcher that took the failure.
    pub catcher: Option<usize>,
    /// JSON text.
    pub output: Option<String>,
    pub next: Option<String>,
    /// Those given and those assigned, once the state is left.
    pub variables: BTreeMap<String, String>,
}

/// Lets one event happen to an execution of which one state is tested; the first is `Event::Start`. The test is over when the
/// execution has an outcome.
pub fn inspect<'a>(
    machine: &'a StateMachine,
    facts: &'a Facts<'a>,
    execution: &'a mut Execution,
    event: Event,
    inspection: &'a mut Inspection,
    environment: &'a mut Environment<'_>,
) -> Step {
    let mut run = Run::new(machine, facts, execution, environment);
    run.inspection = Some(inspection);
    step_in(run, event)
}

impl Run<'_, '_> {
    /// Notes something, where the state is being inspected.
    pub fn see(&mut self, note: impl FnOnce(&mut Seen)) {
        if let Some(inspection) = &mut self.inspection {
            note(&mut inspection.seen);
        }
    }

    /// The state that is tested stands in for the first one.
    pub fn start_inspected(&mut self) {
        let Some(inspection) = &mut self.inspection else { return };
        let (state, variables) = (inspection.state.clone(), std::mem::take(&mut inspection.variables));
        let frame = self.frame_mut(FrameId::ROOT);
        frame.state = state;
        frame.variables = variables;
    }

    /// The state is left, and the test is over. Says whether there is one.
    pub fn left_inspected(&mut self, output: &str, next: Option<&str>) -> bool {
        let variables = match self.inspection.is_some() {
            true => self.frame(FrameId::ROOT).variables.clone(),
            false => return false,
        };
        self.see(|seen| {
            seen.output = Some(output.to_owned());
            seen.next = next.map(str::to_owned);
            seen.variables = variables;
        });
        self.execution.outcome = Some(Outcome::Succeeded { output: output.to_owned() });
        true
    }

    /// The state is to be tried again, and the test is over. Says whether there is one.
    pub fn retried_inspected(&mut self, retrier: usize, delay_ms: u64, failure: ErrorDetails) -> bool {
        if self.inspection.is_none() {
            return false;
        }
        self.see(|seen| seen.retry = Some((retrier, delay_ms)));
        self.execution.outcome = Some(Outcome::Failed { error: failure.error, cause: failure.cause });
        true
    }
}

//! The one door: an event enters, the record changes, and what came of it is given back.

use stepwell_asl::definition::{Resource, StateMachine};

use crate::event::{Accepted, Event};
use crate::facts::{Environment, Facts};
use crate::failure::{Failure, RUNTIME};
use crate::history::{ErrorDetails, EventKind, HistoryEvent};
use crate::map_run::MapRunRequest;
use crate::record::{Attempt, Execution, FrameId, Outcome, Stage, TaskStage};
use crate::redrive::MapRunRedrive;
use crate::run::Run;
use crate::states::{task, wait};
use crate::task::TaskRequest;

/// What a step brought forth.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// In order; the ids are contiguous with those of the step before.
    pub history: Vec<HistoryEvent>,
    /// To perform now, even if the execution has ended since: the history says that they have started. What an
    /// in-process integration gives comes back by `step`, in the same commit.
    pub tasks: Vec<TaskRequest>,
    /// To begin now: the caller answers each with `Event::MapRunStarted`, in the same commit.
    pub map_runs: Vec<MapRunRequest>,
    /// Runs of map states, by the caller's numbers, that nobody waits for any more: they are to be stopped.
    pub given_up_map_runs: Vec<u64>,
    /// Runs that go on with the children that didn't succeed: the caller answers each with `Event::MapRunRedriven`, in the
    /// same commit.
    pub redriven_map_runs: Vec<MapRunRedrive>,
    pub accepted: Accepted,
}

/// Lets one event happen to an execution, and all that follows from it within the budget.
pub fn step<'a>(
    machine: &'a StateMachine,
    facts: &'a Facts<'a>,
    execution: &'a mut Execution,
    event: Event,
    environment: &'a mut Environment<'_>,
) -> Step {
    step_in(Run::new(machine, facts, execution, environment), event)
}

pub(crate) fn step_in(mut run: Run, event: Event) -> Step {
    let accepted = run.accept(event);
    run.advance();
    run.finish(accepted)
}

impl Run<'_, '_> {
    fn accept(&mut self, event: Event) -> Accepted {
        match event {
            Event::Start => self.start(),
            Event::Continue => {}
            Event::Due => self.due(),
            Event::Stop { error, cause } => self.stop(error, cause),
            Event::Redrive { from_start } => return self.redrive(from_start),
            Event::TaskSubmitted { frame, attempt, output } => {
                return self
                    .attempted(frame, attempt, |run, id, resource, _| run.submitted(id, resource, output));
            }
            Event::ActivityStarted { frame, attempt, worker_name } => {
                return self.attempted(frame, attempt, |run, id, _, _| run.activity_started(id, worker_name));
            }
            Event::TaskSucceeded { frame, attempt, output } => {
                return self.attempted(frame, attempt, |run, id, resource, _| {
                    run.task_succeeded(id, resource, output)
                });
            }
            Event::TaskFailed { frame, attempt, error, cause } => {
                return self.attempted(frame, attempt, |run, id, resource, _| {
                    run.task_failed(id, resource, Failure::raised(error, cause));
                });
            }
            Event::MapRunStarted { frame, attempt, run: number, map_run_arn } => {
                return self.map_run(frame, attempt, |run, id| run.map_run_started(id, number, map_run_arn));
            }
            Event::MapRunSucceeded { frame, attempt, output } => {
                return self.map_run(frame, attempt, |run, id| run.map_run_succeeded(id, output.as_deref()));
            }
            Event::MapRunRedriven { frame, attempt, map_run_arn, redrive_count } => {
                return self.map_run(frame, attempt, |run, id| {
                    run.map_run_redriven(id, map_run_arn, redrive_count);
                });
            }
            Event::MapRunFailed { frame, attempt, error, cause } => {
                let details = ErrorDetails { error, cause };
                return self.map_run(frame, attempt, |run, id| run.map_run_failed(id, details));
            }
            Event::Heartbeat { frame, attempt } => {
                return self.attempted(frame, attempt, |run, id, _, now_ms| run.heartbeat(id, now_ms));
            }
        }
        Accepted::Accepted
    }

    /// Does something to the task of an attempt, if that attempt is still out.
    fn attempted(
        &mut self,
        id: FrameId,
        attempt: Attempt,
        with: impl FnOnce(&mut Self, FrameId, &Resource, u64),
    ) -> Accepted {
        let is_out = match self.execution.frames.get(&id).map(|frame| &frame.stage) {
            Some(Stage::Task(stage)) => stage.attempt == attempt,
            _ => false,
        };
        let machine = self.machine;
        let resource = self.execution.frames.get(&id).and_then(|frame| machine.task_resource(&frame.state));
        match resource {
            Some(resource) if is_out && !self.is_closed() => {
                let now_ms = self.environment.now_ms;
                with(self, id, resource, now_ms);
                Accepted::Accepted
            }
            _ => Accepted::NoSuchAttempt,
        }
    }

    /// Does something to the run of an attempt, if the state still waits for it.
    fn map_run(&mut self, id: FrameId, attempt: Attempt, with: impl FnOnce(&mut Self, FrameId)) -> Accepted {
        let is_out = match self.execution.frames.get(&id).map(|frame| &frame.stage) {
            Some(Stage::MapRun(stage)) => stage.attempt == attempt,
            _ => false,
        };
        if !is_out || self.is_closed() {
            return Accepted::NoSuchAttempt;
        }
        with(self, id);
        Accepted::Accepted
    }

    fn start(&mut self) {
        if self.execution.next_event_id != 1 {
            return;
        }
        let facts = self.facts;
        self.emit(
            0,
            EventKind::ExecutionStarted {
                input: facts.input.to_owned(),
                role_arn: facts.role_arn.to_owned(),
                state_machine_alias_arn: facts.state_machine_alias_arn.map(str::to_owned),
                state_machine_version_arn: facts.state_machine_version_arn.map(str::to_owned),
            },
        );
        let now_ms = self.environment.now_ms;
        self.execution.deadline_ms = self.deadline(now_ms, now_ms);
        // The first state's event points at none, not at the start.
        self.begin(0);
        self.start_inspected();
    }

    /// Comes from outside the states: its event points at none.
    fn stop(&mut self, error: Option<String>, cause: Option<String>) {
        let runs: Vec<FrameId> = self.waiting_for_runs();
        for id in runs {
            self.emit_in(id, EventKind::MapRunAborted);
        }
        let details = ErrorDetails { error: error.clone(), cause: cause.clone() };
        self.close(0, EventKind::ExecutionAborted(details), Outcome::Aborted { error, cause });
    }

    fn waiting_for_runs(&self) -> Vec<FrameId> {
        let frames = self.execution.frames.iter();
        frames.filter(|(_, frame)| frame.map_run().is_some()).map(|(id, _)| *id).collect()
    }

    fn submitted(&mut self, id: FrameId, resource: &Resource, output: String) {
        self.emit_in(id, EventKind::TaskSubmitted { resource: task::task_resource(resource), output });
    }

    fn activity_started(&mut self, id: FrameId, worker_name: Option<String>) {
        self.emit_in(id, EventKind::ActivityStarted { worker_name });
        self.heartbeat(id, self.environment.now_ms);
    }

    /// Only the clock of the heartbeats begins anew; there is no event.
    fn heartbeat(&mut self, id: FrameId, now_ms: u64) {
        if let Stage::Task(stage) = &mut self.frame_mut(id).stage {
            stage.heartbeat_deadline_ms = stage.heartbeat_ms.map(|ms| now_ms.saturating_add(ms));
        }
    }

    fn task_succeeded(&mut self, id: FrameId, resource: &Resource, output: String) {
        if output.len() > self.facts.limits.payload_bytes {
            return self.task_failed(id, resource, Failure::task_result_too_large(name(resource)));
        }
        let result = match stepwell_asl::jackson::parse(&output) {
            Ok(result) => result,
            Err(error) => {
                let cause = format!("The output of the task is not valid JSON: {error}");
                return self.task_failed(
                    id,
                    resource,
                    Failure::raised(Some(RUNTIME.to_owned()), Some(cause)),
                );
            }
        };
        let at = self.emit_in(id, task::succeeded(resource, output));
        self.frame_mut(id).stage = Stage::Work;
        let state = self.state(id);
        let left = self
            .output(id, &state.data_flow, result.into())
            .and_then(|output| self.exit(id, output, &state.transition, at));
        if let Err(failure) = left {
            self.fail(id, failure, at);
        }
    }

    fn task_failed(&mut self, id: FrameId, resource: &Resource, failure: Failure) {
        let at = self.emit_in(id, task::failed(resource, failure.details()));
        self.fail(id, failure, at);
    }

    fn task_timed_out(&mut self, id: FrameId, failure: Failure) {
        let machine = self.machine;
        let Some(resource) = machine.task_resource(&self.frame(id).state) else { return };
        let at = self.emit_in(id, task::timed_out(resource, failure.details()));
        self.fail(id, failure, at);
    }

    /// All that is due by now, the earliest first, as far as the budget goes.
    fn due(&mut self) {
        let now_ms = self.environment.now_ms;
        if self.execution.deadline_ms.is_some_and(|deadline| deadline <= now_ms) {
            return self.close(0, EventKind::ExecutionTimedOut(ErrorDetails::default()), Outcome::TimedOut);
        }
        let mut due: Vec<(u64, FrameId)> =
            self.execution.frames.iter().filter_map(|(id, frame)| Some((frame.due_ms()?, *id))).collect();
        due.retain(|(at, _)| *at <= now_ms);
        due.sort_unstable();
        for (_, id) in due {
            if self.budget == 0 || self.is_closed() {
                return;
            }
            // One that failed may have taken others with it.
            if self.execution.frames.contains_key(&id) {
                self.budget -= 1;
                self.frame_due(id);
            }
        }
    }

    fn frame_due(&mut self, id: FrameId) {
        let now_ms = self.environment.now_ms;
        match &self.frame(id).stage {
            Stage::Waiting { until_ms } if *until_ms <= now_ms => self.wait_is_over(id),
            Stage::Backoff { until_ms } if *until_ms <= now_ms => self.resume(id),
            Stage::Task(stage) => {
                if let Some(failure) = overdue(stage, now_ms) {
                    self.task_timed_out(id, failure);
                }
            }
            _ => {}
        }
    }

    fn wait_is_over(&mut self, id: FrameId) {
        let state = self.state(id);
        if let Err(failure) = wait::finish(self, id, state) {
            let at = self.frame(id).last_event;
            self.fail(id, failure, at);
        }
    }

    /// A closed execution has no frames any more; what they were at is kept for a redrive.
    fn finish(mut self, accepted: Accepted) -> Step {
        if self.execution.outcome.is_some() {
            self.given_up_map_runs.extend(self.execution.map_runs());
            self.keep_unfinished();
            self.execution.runnable.clear();
            self.execution.deadline_ms = None;
        }
        let Run { history, tasks, map_runs, given_up_map_runs, redriven_map_runs, .. } = self;
        Step { history, tasks, map_runs, given_up_map_runs, redriven_map_runs, accepted }
    }
}

/// Which of its two clocks a task has overrun, if any: the one that ran out first.
fn overdue(stage: &TaskStage, now_ms: u64) -> Option<Failure> {
    let deadline = stage.deadline_ms.filter(|at| *at <= now_ms);
    let heartbeat = stage.heartbeat_deadline_ms.filter(|at| *at <= now_ms);
    match (deadline, heartbeat) {
        (Some(deadline), Some(heartbeat)) if heartbeat < deadline => Some(Failure::missed_heartbeat()),
        (Some(_), _) => Some(Failure::timeout()),
        (None, Some(_)) => Some(Failure::missed_heartbeat()),
        (None, None) => None,
    }
}

/// What AWS calls the task whose result is too large.
fn name(resource: &Resource) -> &str {
    match resource {
        Resource::Lambda { arn } | Resource::Activity { arn } => arn,
        Resource::Integration(integration) => &integration.service,
    }
}

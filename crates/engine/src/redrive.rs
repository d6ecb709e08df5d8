//! Redrive: an execution that ended without success goes on from where it was. What its frames were at is kept with the
//! record when it ends, those included that were given up with the one that failed; what was done is not done again.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use stepwell_asl::definition::StateKind;

use crate::event::Accepted;
use crate::history::EventKind;
use crate::payload::Payload;
use crate::record::{Execution, Frame, FrameId, Outcome, Stage};
use crate::run::Run;

/// How often an execution was redriven, and when for the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Redriven {
    #[n(0)]
    pub count: u32,
    /// Milliseconds since 1970.
    #[n(1)]
    pub at_ms: u64,
}

/// A run of a distributed Map state that is to go on with the children that didn't succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapRunRedrive {
    pub frame: FrameId,
    pub attempt: crate::record::Attempt,
    /// The caller's number of the run.
    pub run: u64,
}

impl Execution {
    /// How often it was redriven, if ever.
    pub fn redriven(&self) -> Option<Redriven> {
        self.redriven
    }

    /// Whether it ended without success and keeps what it needs to go on. One that ended before this was kept doesn't.
    pub fn can_go_on(&self) -> bool {
        matches!(&self.outcome, Some(outcome) if !matches!(outcome, Outcome::Succeeded { .. }))
            && self.unfinished.is_some()
    }
}

impl Run<'_, '_> {
    /// What is kept of the frames of an execution that has just ended.
    pub fn keep_unfinished(&mut self) {
        let mut frames = std::mem::take(&mut self.execution.frames);
        if frames.is_empty() {
            // It ended before.
            return;
        }
        frames.append(&mut self.given_up);
        if matches!(self.execution.outcome, Some(Outcome::Succeeded { .. })) {
            return;
        }
        // What is inside a state that begins anew is of no use.
        while let Some(stray) = frames.iter().find(|(_, frame)| is_stray(frame, &frames)).map(|(id, _)| *id) {
            frames.remove(&stray);
        }
        self.execution.unfinished = Some(frames);
    }

    /// When the execution is redriven, the frame's state begins anew, whatever was done inside it.
    pub fn begins_anew(&mut self, id: FrameId) {
        if !self.is_closed() {
            return;
        }
        let frames = &mut self.execution.frames;
        if let Some(frame) = frames.get_mut(&id).or_else(|| self.given_up.get_mut(&id)) {
            frame.stage = Stage::Work;
        }
    }

    /// Goes on where the execution ended; or from its first state, which then does everything again.
    pub fn redrive(&mut self, from_start: bool) -> Accepted {
        if !self.execution.can_go_on() {
            return Accepted::NoSuchAttempt;
        }
        let now_ms = self.environment.now_ms;
        let count = self.execution.redriven.map_or(0, |redriven| redriven.count) + 1;
        self.execution.redriven = Some(Redriven { count, at_ms: now_ms });
        self.execution.outcome = None;
        self.execution.deadline_ms = self.deadline(now_ms, self.facts.start_time_ms);
        let last = self.execution.next_event_id - 1;
        let redriven = self.emit(last, EventKind::ExecutionRedriven { redrive_count: count.into() });
        let unfinished = self.execution.unfinished.take().unwrap_or_default();
        if from_start {
            self.begin(redriven);
        } else {
            self.execution.frames = unfinished;
            for id in self.execution.frames.keys().copied().collect::<Vec<_>>() {
                self.go_on_in(id, redriven);
            }
        }
        Accepted::Accepted
    }

    /// A frame waits for those inside it, or does the work of its state again.
    fn go_on_in(&mut self, id: FrameId, redriven: u64) {
        let inside: Vec<FrameId> = self
            .execution
            .frames
            .iter()
            .filter(|(_, frame)| frame.parent == Some(id))
            .map(|(id, _)| *id)
            .collect();
        let started = self.iteration_started(id, redriven);
        let kind = &self.state(id).kind;
        let frame = self.execution.frames.get_mut(&id).expect("a frame that is gone through");
        frame.retries.fill(0);
        match &mut frame.stage {
            Stage::Children(children) if !inside.is_empty() => {
                children.open = inside;
                return;
            }
            Stage::MapRun(stage) => {
                if let Some(run) = stage.run {
                    let (frame, attempt) = (id, stage.attempt);
                    self.redriven_map_runs.push(MapRunRedrive { frame, attempt, run });
                    return;
                }
                frame.stage = Stage::Work;
            }
            Stage::Enter => {}
            // AWS enters a Fail state again, and goes on in all others.
            stage => *stage = if matches!(kind, StateKind::Fail(_)) { Stage::Enter } else { Stage::Work },
        }
        frame.last_event = started;
        self.make_runnable(id);
    }

    /// An iteration of a Map state begins again in the history, since it ended there.
    fn iteration_started(&mut self, id: FrameId, redriven: u64) -> u64 {
        let frame = self.frame(id);
        let index = u64::from(frame.index);
        let Some(parent) = frame.parent else { return redriven };
        let state = self.state(parent);
        if !matches!(state.kind, StateKind::Map(_)) {
            return redriven;
        }
        self.emit(redriven, EventKind::MapIterationStarted { name: state.name.clone(), index })
    }

    /// The run of a distributed Map state goes on.
    pub fn map_run_redriven(&mut self, id: FrameId, map_run_arn: String, redrive_count: u64) {
        let last = self.execution.next_event_id - 1;
        let event = self.emit(last, EventKind::MapRunRedriven { map_run_arn, redrive_count });
        self.frame_mut(id).last_event = event;
    }

    /// When the execution times out, whose own time begins at `own_from_ms`, and AWS's for all executions at `whole_from_ms`:
    /// a redrive begins the first anew, and not the second.
    pub fn deadline(&self, own_from_ms: u64, whole_from_ms: u64) -> Option<u64> {
        let own = self
            .machine
            .timeout_seconds
            .map(|seconds| own_from_ms.saturating_add(seconds.saturating_mul(1000)));
        let whole = self.facts.limits.duration_ms.map(|ms| whole_from_ms.saturating_add(ms));
        own.into_iter().chain(whole).min()
    }

    /// The first frame is about to enter the first state.
    pub fn begin(&mut self, last_event: u64) {
        let root = Frame::new(None, 0, &self.machine.start_at, Payload::execution_input(), last_event);
        self.execution.frames.insert(FrameId::ROOT, root);
        self.execution.next_frame = self.execution.next_frame.max(1);
        self.make_runnable(FrameId::ROOT);
    }
}

/// Whether nothing waits for the frame: what it was inside of begins anew.
fn is_stray(frame: &Frame, frames: &BTreeMap<FrameId, Frame>) -> bool {
    let Some(parent) = frame.parent else { return false };
    !matches!(frames.get(&parent).map(|parent| &parent.stage), Some(Stage::Children(_)))
}

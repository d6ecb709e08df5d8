//! The frames inside a Parallel or Map state: how they begin, end well, fail, and are given up when one of them has
//! failed.

use std::sync::Arc;

use serde_json::Value;
use stepwell_asl::definition::StateKind;

use crate::failure::Failure;
use crate::history::{EventKind, StateType};
use crate::payload::Payload;
use crate::record::{ChildrenStage, Frame, FrameId, Stage};
use crate::run::{Run, state_type};
use crate::states;

impl Run<'_, '_> {
    /// Begins a child, whose first event will point at `last_event`. That counts as a transition.
    pub fn spawn(
        &mut self,
        parent: FrameId,
        index: u32,
        start_at: &str,
        input: Payload,
        last_event: u64,
    ) -> FrameId {
        let id = FrameId(self.execution.next_frame);
        self.execution.next_frame += 1;
        self.execution.frames.insert(id, Frame::new(Some(parent), index, start_at, input, last_event));
        if let Some(children) = self.children_mut(parent) {
            children.open.push(id);
        }
        self.make_runnable(id);
        self.budget = self.budget.saturating_sub(1);
        id
    }

    pub fn children_mut(&mut self, id: FrameId) -> Option<&mut ChildrenStage> {
        match &mut self.frame_mut(id).stage {
            Stage::Children(children) => Some(children),
            _ => None,
        }
    }

    pub fn children(&self, id: FrameId) -> Option<&ChildrenStage> {
        match &self.frame(id).stage {
            Stage::Children(children) => Some(children),
            _ => None,
        }
    }

    /// A branch or iteration is done; perhaps the parent's state is, too.
    pub fn child_succeeded(&mut self, parent: FrameId, child: FrameId, result: String) {
        let frame = self.frame(child);
        let (index, last_event) = (frame.index, frame.last_event);
        self.remove(child);
        let state = self.state(parent);
        let done = match &state.kind {
            StateKind::Map(_) => {
                let name = state.name.clone();
                self.emit(last_event, EventKind::MapIterationSucceeded { name, index: index.into() })
            }
            _ => last_event,
        };
        let limit = self.facts.limits.payload_bytes as u64;
        let Some(children) = self.children_mut(parent) else { return };
        children.open.retain(|open| *open != child);
        children.result_bytes += result.len() as u64;
        if let Some(place) = children.results.get_mut(index as usize) {
            *place = Some(result);
        }
        // The array of the results can only grow: there is no need to wait for the rest.
        if children.result_bytes > limit {
            self.give_up_children(parent, None, done);
            self.fail(parent, Failure::state_output_too_large(&state.name), done);
            return self.begins_anew(parent);
        }
        if let Err(failure) = self.go_on(parent, last_event, done) {
            let at = self.frame(parent).last_event;
            self.give_up_children(parent, None, at);
            self.fail_after_children(parent, failure, at);
        }
    }

    fn go_on(&mut self, parent: FrameId, last_event: u64, done: u64) -> Result<(), Failure> {
        if let StateKind::Map(map) = &self.state(parent).kind {
            states::map::next_iterations(self, parent, map, last_event)?;
        }
        match self.children(parent) {
            Some(children) if children.open.is_empty() => self.all_succeeded(parent, done),
            _ => Ok(()),
        }
    }

    /// Every child is done: their results are the state's.
    pub fn all_succeeded(&mut self, id: FrameId, done: u64) -> Result<(), Failure> {
        let results = self.take_results(id);
        let state = self.state(id);
        let succeeded = match &state.kind {
            StateKind::Map(_) => EventKind::MapStateSucceeded,
            _ => EventKind::ParallelStateSucceeded,
        };
        let event = self.emit(done, succeeded);
        self.frame_mut(id).last_event = event;
        let output = self.output(id, &state.data_flow, Arc::new(results))?;
        // The exit points past the success, at what brought it about.
        self.exit(id, output, &state.transition, done)
    }

    fn take_results(&mut self, id: FrameId) -> Value {
        let texts =
            self.children_mut(id).map(|children| std::mem::take(&mut children.results)).unwrap_or_default();
        self.frame_mut(id).stage = Stage::Work;
        self.maps.remove(&id);
        let values = texts.iter().flatten().map(|text| {
            serde_json::from_str(text)
                .unwrap_or_else(|_| unreachable!("a result is JSON that this engine wrote"))
        });
        Value::Array(values.collect())
    }

    /// A child has failed, at an event: the others are given up, and the parent's state fails.
    pub fn child_failed(&mut self, parent: FrameId, child: FrameId, failure: Failure, at: u64) {
        self.give_up_children(parent, Some(child), at);
        self.fail(parent, failure, at);
    }

    /// A Map state that fails while it begins its iterations.
    pub fn give_up_iterations(&mut self, id: FrameId, at: u64) {
        self.give_up_children(id, None, at);
        self.frame_mut(id).stage = Stage::Work;
    }

    /// The state fails by itself after its children have begun: it has no failed event of its own.
    fn fail_after_children(&mut self, id: FrameId, failure: Failure, at: u64) {
        self.frame_mut(id).stage = Stage::Work;
        self.fail(id, failure, at);
    }

    /// The child that failed first, then the others in their order. All events point at the one that failed.
    fn give_up_children(&mut self, parent: FrameId, failed: Option<FrameId>, at: u64) {
        let Some(children) = self.children_mut(parent) else { return };
        let mut open = std::mem::take(&mut children.open);
        open.sort_by_key(|child| (Some(*child) != failed, *child));
        let state = self.state(parent);
        for child in open {
            if matches!(state.kind, StateKind::Map(_)) {
                let (name, index) = (state.name.clone(), u64::from(self.frame(child).index));
                let kind = if Some(child) == failed {
                    EventKind::MapIterationFailed { name, index }
                } else {
                    EventKind::MapIterationAborted { name, index }
                };
                self.emit(at, kind);
            }
            self.give_up(child, at);
        }
        self.maps.remove(&parent);
    }

    /// A frame is over: its open state is aborted, with all that is inside it.
    fn give_up(&mut self, id: FrameId, at: u64) {
        let state_type = state_type(&self.state(id).kind);
        let is_open = !matches!(self.frame(id).stage, Stage::Enter);
        let has_event =
            matches!(state_type, StateType::Task | StateType::Wait | StateType::Parallel | StateType::Map);
        if let Some(run) = self.frame(id).map_run() {
            self.emit(at, EventKind::MapRunAborted);
            self.given_up_map_runs.push(run);
        }
        if is_open && has_event {
            self.emit(at, EventKind::StateAborted { state_type });
        }
        self.give_up_children(id, None, at);
        // An execution that ends with this is redriven from here.
        let frame = self.remove(id);
        self.given_up.extend(frame.map(|frame| (id, frame)));
    }

    fn remove(&mut self, id: FrameId) -> Option<Frame> {
        self.execution.runnable.retain(|runnable| *runnable != id);
        self.maps.remove(&id);
        self.execution.frames.remove(&id)
    }
}

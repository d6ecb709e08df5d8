//! How a frame leaves a state: with an output to the next state or to whoever waits for the frame; or with a failure,
//! which is retried, caught, or handed to the frame around.

use std::sync::Arc;

use serde_json::Value;
use stepwell_asl::definition::{Catcher, QueryLanguage, StateKind, Transition};
use stepwell_asl::scope::StateOutcome;

use crate::data_flow::{Extras, Output, TOO_DEEP};
use crate::failure::{FailedEvaluation, Failure};
use crate::history::{ErrorDetails, EventKind};
use crate::payload::{Payload, is_too_deep};
use crate::record::{FrameId, Outcome, Stage};
use crate::run::{Run, state_type};

impl Run<'_, '_> {
    /// The state is done. `previous` is the event that did it.
    pub fn exit(
        &mut self,
        id: FrameId,
        output: Output,
        transition: &Transition,
        previous: u64,
    ) -> Result<(), Failure> {
        let payload = self.payload(id, output.value)?;
        let state = self.state(id);
        let exited = EventKind::StateExited {
            state_type: state_type(&state.kind),
            name: state.name.clone(),
            output: payload.text(&self.input).to_string(),
            assigned_variables: output.assigned.clone(),
        };
        let event = self.emit(previous, exited);
        self.visible = None;
        let frame = self.frame_mut(id);
        frame.last_event = event;
        frame.variables.extend(output.assigned.into_iter().map(|variable| (variable.name, variable.value)));
        let next = match transition {
            Transition::Next(next) => Some(next.as_str()),
            Transition::End | Transition::Chosen => None,
        };
        if self.left_inspected(&payload.text(&self.input), next) {
            return Ok(());
        }
        let frame = self.frame_mut(id);
        match transition {
            Transition::Next(next) => {
                frame.state.clone_from(next);
                frame.input = payload;
                frame.stage = Stage::Enter;
                self.make_runnable(id);
            }
            // A Choice state names the state of its rule: it can't leave without.
            Transition::End | Transition::Chosen => self.frame_succeeded(id, &payload),
        }
        Ok(())
    }

    /// A value in the form in which it is stored, if it is within the limits. What a state passes on unchanged is
    /// neither written nor measured again.
    pub fn payload(&self, id: FrameId, value: Arc<Value>) -> Result<Payload, Failure> {
        let frame = self.frame(id);
        if Arc::ptr_eq(&value, &self.raw_input(id)) {
            return Ok(frame.input.clone());
        }
        if is_too_deep(&value) {
            return Err(self.runtime_failure(id, TOO_DEEP));
        }
        let payload = Payload::from_value(value);
        if payload.text(&self.input).len() > self.facts.limits.payload_bytes {
            return Err(Failure::state_output_too_large(&frame.state));
        }
        let variables: usize = frame.variables.values().map(String::len).sum();
        if variables > self.facts.limits.variable_bytes {
            return Err(Failure::state_output_too_large(&frame.state));
        }
        Ok(payload)
    }

    /// The last state of a frame is done.
    fn frame_succeeded(&mut self, id: FrameId, output: &Payload) {
        let text = output.text(&self.input).to_string();
        let frame = self.frame(id);
        match frame.parent {
            Some(parent) => self.child_succeeded(parent, id, text),
            None => {
                let last_event = frame.last_event;
                let succeeded = EventKind::ExecutionSucceeded { output: text.clone() };
                self.close(last_event, succeeded, Outcome::Succeeded { output: text });
            }
        }
    }

    /// Something went wrong in a frame's state, at an event.
    pub fn fail(&mut self, id: FrameId, mut failure: Failure, at: u64) {
        let has_begun = self.frame(id).last_event != self.frame(id).entered_event;
        let evaluated = self.tell_evaluation(id, &mut failure, at);
        let at = evaluated.unwrap_or(at);
        self.see(|seen| seen.failure = Some(failure.details()));
        if self.is_closed() || self.retry(id, &failure, at) {
            return;
        }
        let state = self.state(id);
        // What the children are to be made of may fail before there are any.
        let fails_itself = evaluated.is_some() && !has_begun;
        let at = match (&state.kind, &self.frame(id).stage) {
            (StateKind::Parallel(_), stage) if fails_itself || stage.has_children() => {
                self.emit(at, EventKind::ParallelStateFailed)
            }
            (StateKind::Map(_), stage) if fails_itself || stage.has_children() => {
                self.emit(at, EventKind::MapStateFailed)
            }
            _ => at,
        };
        let Some((index, catcher)) = failure.catcher(&state.catch) else {
            return self.frame_failed(id, failure, at);
        };
        self.see(|seen| seen.catcher = Some(index));
        if let Err(mut failure) = self.caught(id, catcher, &failure, at) {
            self.see(|seen| (seen.catcher, seen.failure) = (None, Some(failure.details())));
            let at = self.tell_evaluation(id, &mut failure, at).unwrap_or(at);
            self.frame_failed(id, failure, at);
        }
    }

    /// The event of a failed expression, if one failed. It points past the event of entering the state, but for that of
    /// a Wait state.
    fn tell_evaluation(&mut self, id: FrameId, failure: &mut Failure, at: u64) -> Option<u64> {
        let FailedEvaluation { state, location } = failure.take_evaluation()?;
        let previous = match (&self.state(id).kind, self.frame(id).entered_after) {
            (StateKind::Wait(_), _) | (_, None) => at,
            (_, Some(before)) => before,
        };
        let ErrorDetails { error, cause } = failure.details();
        let (error, cause) = (error.unwrap_or_default(), cause.unwrap_or_default());
        Some(self.emit(previous, EventKind::EvaluationFailed { error, cause, location, state }))
    }

    /// Whether the failure leads to another try.
    fn retry(&mut self, id: FrameId, failure: &Failure, at: u64) -> bool {
        let state = self.state(id);
        let Some((index, retrier)) = failure.retrier(&state.retry) else { return false };
        let tries = self.frame(id).retries.get(index).copied().unwrap_or_default();
        if tries >= retrier.max_attempts {
            return false;
        }
        let mut delay_ms = retrier.delay_ms(tries + 1);
        if retrier.full_jitter {
            delay_ms = uniform(self.environment.entropy.next_u64(), delay_ms);
        }
        if self.retried_inspected(index, delay_ms, failure.details()) {
            return true;
        }
        let until_ms = self.environment.now_ms.saturating_add(delay_ms);
        let frame = self.frame_mut(id);
        frame.last_event = at;
        if let Some(count) = frame.retries.get_mut(index) {
            *count += 1;
        }
        frame.stage = Stage::Backoff { until_ms };
        self.given_up.clear();
        if delay_ms == 0 {
            self.resume(id);
        }
        true
    }

    /// The wait before a retry is over.
    pub fn resume(&mut self, id: FrameId) {
        self.frame_mut(id).stage = Stage::Work;
        self.make_runnable(id);
    }

    /// A catcher takes the error: into the raw input, past ResultSelector and OutputPath; in JSONata it makes the output.
    fn caught(&mut self, id: FrameId, catcher: &Catcher, failure: &Failure, at: u64) -> Result<(), Failure> {
        let error = Arc::new(failure.error_output());
        let assign = catcher.assign.as_ref();
        let output = match self.state(id).language {
            QueryLanguage::JsonPath => {
                let assigned = self.assign(id, assign, &error, Extras::default())?;
                Output { value: self.place(id, &catcher.result_path, error)?, assigned }
            }
            QueryLanguage::Jsonata => {
                let outcome = StateOutcome::ErrorOutput(&error);
                self.jsonata_output(id, assign, catcher.output.as_ref(), &error, outcome)?
            }
        };
        self.exit(id, output, &Transition::Next(catcher.next.clone()), at)?;
        self.given_up.clear();
        Ok(())
    }

    fn frame_failed(&mut self, id: FrameId, failure: Failure, at: u64) {
        match self.frame(id).parent {
            Some(parent) => self.child_failed(parent, id, failure, at),
            None => {
                let kind = EventKind::ExecutionFailed(failure.details());
                self.close(at, kind, Outcome::Failed { error: failure.error, cause: failure.cause });
            }
        }
    }
}

/// A number from 0 to `most`, all as likely but for a bias far below anything that shows.
fn uniform(random: u64, most: u64) -> u64 {
    ((u128::from(random) * (u128::from(most) + 1)) >> 64) as u64
}

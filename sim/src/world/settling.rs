//! The beginning and the end: the setting is made before anything goes wrong, and at the end everything comes to rest.

use super::{HOUR_MS, Happening, MINUTE_MS, World};
use crate::line::Told;
use crate::profile::Profile;
use stepwell_engine::Status;
use stepwell_services::keys::Family;
use stepwell_services::row;
use stepwell_services::states::model::State;

/// By then everything has come to rest.
const PATIENCE_HOURS: u64 = 36;

impl World<'_> {
    /// Makes the setting, one step after the other.
    pub(super) fn set_up(&mut self) {
        self.start();
        for ask in std::mem::take(&mut self.facts.setting.steps) {
            self.ask(None, ask.clone());
            let request = self.next_request;
            let told = self.run_until_answered(request);
            if let Err(error) = told {
                return self.break_rule("the setting is made", format!("{ask:?}: {error}"));
            }
        }
        // Functions get ready, endpoints confirm.
        self.run_until(self.agenda.now_ms() + 2 * MINUTE_MS);
    }

    fn run_until_answered(&mut self, request: u64) -> Told {
        loop {
            if self.violation.is_some() {
                return Ok(serde_json::Value::Null);
            }
            let Some(happening) = self.agenda.next(u64::MAX) else { return Ok(serde_json::Value::Null) };
            self.facts.now_ms = self.agenda.now_ms();
            if let Happening::Arrive { request: answered, told } = &happening
                && *answered == request
            {
                let told = Told::clone(told);
                self.happen(happening);
                return told;
            }
            self.happen(happening);
        }
    }

    /// Nothing new is begun, nothing goes wrong any more, and what was lost in a process is found by the next one.
    pub(super) fn settle(&mut self) {
        if self.violation.is_some() {
            return;
        }
        self.profile = Profile::none();
        self.facts.is_settling = true;
        if self.facts.host.is_up() {
            self.crash();
        }
        for _ in 0..PATIENCE_HOURS {
            let until_ms = self.agenda.now_ms() + HOUR_MS;
            self.run_until(until_ms);
            if self.violation.is_some() {
                return;
            }
            if self.is_at_rest() {
                break;
            }
        }
        self.check(|checker, facts| checker.ended(facts));
    }

    /// Whether nothing runs and nothing is owed.
    fn is_at_rest(&self) -> bool {
        let mirror = &self.facts.mirror;
        let has_none = |family| mirror.family(family).next().is_none();
        let is_running = |bytes: &[u8]| {
            let state: State = row::decode(bytes).expect("an execution's state");
            state.status() == Status::Running
        };
        [Family::Effect, Family::Invocation, Family::Delivery, Family::Publication].into_iter().all(has_none)
            && !mirror.family(Family::ExecutionState).any(|(_, bytes)| is_running(bytes))
    }
}

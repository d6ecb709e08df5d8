//! An execution that ended twice, went on after its end without a redrive, or whose state doesn't say so.

use super::{Checker, Verdict};
use crate::facts::{Commit, Facts, Happened};
use std::collections::BTreeSet;
use stepwell_engine::{EventKind, Status};
use stepwell_services::keys::Family;
use stepwell_services::row;
use stepwell_services::states::model::State;

#[derive(Default)]
pub struct TwoTerminalEvents {
    ended: BTreeSet<u64>,
}

impl Checker for TwoTerminalEvents {
    fn rule(&self) -> &'static str {
        "two terminal events"
    }

    fn committed(&mut self, commit: &Commit, _: &Facts) -> Verdict {
        for Happened { execution, event, .. } in &commit.events {
            if matches!(event.kind, EventKind::ExecutionRedriven { .. }) {
                self.ended.remove(execution);
            }
            if self.ended.contains(execution) {
                return Err(format!("execution {execution} had ended before event {}", event.id));
            }
            if event.kind.is_terminal() {
                self.ended.insert(*execution);
            }
        }
        for change in commit.changes.iter().filter(|change| change.is_of(Family::ExecutionState)) {
            let [_, execution] = change.numbers(Family::ExecutionState);
            let Some(after) = &change.after else { continue };
            let state: State = row::decode(after).map_err(|failure| format!("{failure:?}"))?;
            if (state.status() == Status::Running) == self.ended.contains(&execution) {
                let status = state.status().as_str();
                return Err(format!("execution {execution} is {status}, and its history says otherwise"));
            }
        }
        Ok(())
    }
}

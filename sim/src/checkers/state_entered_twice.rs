//! A state that was entered twice for one transition, or left twice.

use super::{Checker, Verdict};
use crate::facts::{Commit, Facts};
use crate::workflows::BRANCHES;
use std::collections::{BTreeMap, BTreeSet};
use stepwell_engine::{EventKind, HistoryEvent};

#[derive(Default)]
pub struct StateEnteredTwice {
    /// How many states were entered after an event of an execution.
    entered: BTreeMap<(u64, u64), u64>,
    /// Events after which as many states are entered as there are branches.
    parallel: BTreeSet<(u64, u64)>,
}

impl Checker for StateEnteredTwice {
    fn rule(&self) -> &'static str {
        "state entered twice for one transition"
    }

    fn committed(&mut self, commit: &Commit, _: &Facts) -> Verdict {
        commit.events.iter().try_for_each(|happened| self.event(happened.execution, &happened.event))
    }
}

impl StateEnteredTwice {
    fn event(&mut self, execution: u64, event: &HistoryEvent) -> Verdict {
        match &event.kind {
            // A redrive enters what was about to be entered in all branches.
            EventKind::ParallelStateStarted | EventKind::ExecutionRedriven { .. } => {
                self.parallel.insert((execution, event.id));
            }
            EventKind::StateEntered { name, .. } => {
                let transition = (execution, event.previous_event_id);
                let most = if self.parallel.contains(&transition) { BRANCHES } else { 1 };
                let count = self.entered.entry(transition).or_default();
                *count += 1;
                if *count > most {
                    let previous = event.previous_event_id;
                    return Err(format!(
                        "execution {execution}: `{name}` is one more state after {previous}"
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

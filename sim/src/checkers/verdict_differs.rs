//! A heavy expression that came to something else than it has to, however late, however often, and in how many processes it was
//! evaluated.

use super::{Checker, Verdict};
use crate::ask::{ACCOUNT, REGION};
use crate::facts::{Commit, Facts, Happened};
use crate::workflows::expressions::{WEIGH, weighed};
use serde_json::Value;
use stepwell_engine::EventKind;
use stepwell_services::keys::{Family, Key, Scope};
use stepwell_services::rows::RowsExt;
use stepwell_services::states::model::Machine;

#[derive(Default)]
pub struct VerdictDiffers {
    /// The number of the state machine that weighs.
    machine: Option<u64>,
}

impl Checker for VerdictDiffers {
    fn rule(&self) -> &'static str {
        "verdict differs"
    }

    fn committed(&mut self, commit: &Commit, facts: &Facts) -> Verdict {
        for Happened { machine, execution, event } in &commit.events {
            let is_end =
                matches!(event.kind, EventKind::ExecutionSucceeded { .. } | EventKind::ExecutionFailed(_));
            if !is_end || Some(*machine) != self.machine(facts)? {
                continue;
            }
            let EventKind::ExecutionSucceeded { output } = &event.kind else {
                return Err(format!("execution {execution} ended with {:?}", event.kind));
            };
            let output: Value = serde_json::from_str(output).map_err(|error| error.to_string())?;
            let expected = output["n"].as_u64().map(weighed);
            if expected.as_ref() != Some(&output) {
                return Err(format!("execution {execution} came to {output}"));
            }
        }
        Ok(())
    }
}

impl VerdictDiffers {
    fn machine(&mut self, facts: &Facts) -> Result<Option<u64>, String> {
        if self.machine.is_none() {
            let key = Key::new(Family::StateMachine).scope(&Scope::new(ACCOUNT, REGION)).text(WEIGH);
            let machine: Option<Machine> =
                facts.mirror.row(&key).map_err(|failure| format!("{failure:?}"))?;
            self.machine = machine.map(|machine| machine.id);
        }
        Ok(self.machine)
    }
}

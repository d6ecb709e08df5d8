//! A parent that waits for a child that is closed, hears of an end that isn't so, or hears of it again.

use super::{Checker, Verdict};
use crate::facts::{Commit, Facts, Happened};
use crate::mirror::numbers;
use serde_json::Value;
use std::collections::BTreeSet;
use stepwell_engine::{ErrorDetails, EventKind, Outcome, Status, TaskResource};
use stepwell_services::keys::{Family, Key};
use stepwell_services::rows::RowsExt;
use stepwell_services::states::model::{Found, State};

/// Time within which a parent hears of an end that isn't told in its own commit.
const GRACE_MS: u64 = 15_000;

#[derive(Default)]
pub struct ParentMisled {
    /// ARNs of children whose ends were heard of.
    heard: BTreeSet<String>,
}

impl Checker for ParentMisled {
    fn rule(&self) -> &'static str {
        "parent misled"
    }

    fn committed(&mut self, commit: &Commit, facts: &Facts) -> Verdict {
        for Happened { execution, event, .. } in &commit.events {
            let Some(heard) = heard(&event.kind) else { continue };
            self.is_so(&heard, facts).map_err(|what| format!("execution {execution}: {what}"))?;
        }
        Ok(())
    }

    fn looked(&mut self, facts: &Facts) -> Verdict {
        if facts.up_for_ms() < GRACE_MS {
            return Ok(());
        }
        for (key, _) in facts.mirror.family(Family::ExecutionWait) {
            let [machine, child, _, parent] = numbers(key, Family::ExecutionWait);
            let key = Key::new(Family::ExecutionState).number(machine).number(child);
            let state: Option<State> = facts.mirror.row(&key).map_err(|failure| format!("{failure:?}"))?;
            let closed_ms = state.map_or(Some(0), |state| state.stopped_ms);
            if closed_ms.is_some_and(|closed_ms| facts.stored_ms() > closed_ms + GRACE_MS) {
                return Err(format!("execution {parent} waits for {child}, which is closed"));
            }
        }
        Ok(())
    }
}

impl ParentMisled {
    fn is_so(&mut self, heard: &Value, facts: &Facts) -> Verdict {
        let arn = heard["ExecutionArn"].as_str().unwrap_or_default();
        let child = Found::by_arn(arn, &facts.mirror).map_err(|failure| format!("{arn}: {failure:?}"))?;
        let status = child.state.status();
        if status == Status::Running || heard["Status"] != status.as_str() {
            return Err(format!("{arn} is {}, and was said to be {}", status.as_str(), heard["Status"]));
        }
        if let Some(Outcome::Succeeded { output }) = child.state.engine.outcome() {
            let said = &heard["Output"];
            let is_same = match said.as_str() {
                Some(text) => text == &**output,
                None => serde_json::from_str::<Value>(output).is_ok_and(|output| output == *said),
            };
            if !is_same {
                return Err(format!("{arn} gave {output}, and was said to give {said}"));
            }
        }
        match self.heard.insert(arn.to_owned()) {
            true => Ok(()),
            false => Err(format!("the end of {arn} was heard of again")),
        }
    }
}

/// What a task was told of the end of its child, which has a status where the mere start has none.
fn heard(kind: &EventKind) -> Option<Value> {
    let awaits = |resource: &TaskResource| resource.resource.starts_with("startExecution.sync");
    let text = match kind {
        EventKind::TaskSucceeded { resource, output } if awaits(resource) => output,
        EventKind::TaskFailed(resource, ErrorDetails { cause: Some(cause), .. }) if awaits(resource) => cause,
        _ => return None,
    };
    serde_json::from_str::<Value>(text).ok().filter(|heard| heard["Status"].is_string())
}

//! A task of an activity that two workers were given, or that a worker ended whom nobody had given it.

use super::{Checker, Verdict};
use crate::ask::Ask;
use crate::facts::{Commit, Facts, Happened};
use crate::line::Told;
use std::collections::BTreeSet;
use stepwell_engine::EventKind;

#[derive(Default)]
pub struct ActivityTaskDoubled {
    /// The events of tasks that wait for a worker, by execution.
    scheduled: BTreeSet<(u64, u64)>,
    /// Those of tasks that a worker has.
    started: BTreeSet<(u64, u64)>,
    /// Tokens that workers were given.
    tokens: BTreeSet<String>,
}

impl Checker for ActivityTaskDoubled {
    fn rule(&self) -> &'static str {
        "activity task doubled"
    }

    fn committed(&mut self, commit: &Commit, _: &Facts) -> Verdict {
        for Happened { execution, event, .. } in &commit.events {
            let (this, previous) = ((*execution, event.id), (*execution, event.previous_event_id));
            let is_fine = match &event.kind {
                EventKind::ActivityScheduled { .. } => self.scheduled.insert(this),
                EventKind::ActivityStarted { .. } => {
                    self.scheduled.remove(&previous) && self.started.insert(this)
                }
                EventKind::ActivitySucceeded { .. } | EventKind::ActivityFailed(_) => {
                    self.started.remove(&previous)
                }
                _ => true,
            };
            if !is_fine {
                return Err(format!("execution {execution}: event {} after {}", event.id, previous.1));
            }
        }
        Ok(())
    }

    fn told(&mut self, ask: &Ask, told: &Told, _: &Facts) -> Verdict {
        let (Ask::Fetch { worker, .. }, Ok(answer)) = (ask, told) else { return Ok(()) };
        match answer["taskToken"].as_str() {
            Some(token) if !self.tokens.insert(token.to_owned()) => {
                Err(format!("{worker} was given the task {token}, which another has"))
            }
            _ => Ok(()),
        }
    }
}

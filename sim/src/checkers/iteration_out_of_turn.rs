//! An iteration of a Map state that begins twice, or while as many run as may; a state that is over before all of them, or whose
//! output isn't what all of them, or all branches, gave.

use super::{Checker, Verdict};
use crate::facts::{Commit, Facts, Happened};
use crate::threads::Threads;
use crate::workflows::{AT_A_TIME, BRANCHES};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use stepwell_engine::EventKind;

#[derive(Default)]
pub struct IterationOutOfTurn {
    threads: Threads,
    /// By execution and the event with which the iterations began.
    maps: BTreeMap<(u64, u64), Iterations>,
    /// Executions that were redriven: their iterations begin again, those that had succeeded are kept, and what ended with them
    /// isn't told anew.
    redriven: BTreeSet<u64>,
    /// How many results the output of a state has to have, by its visit.
    results: BTreeMap<(u64, u64), u64>,
}

#[derive(Default)]
struct Iterations {
    length: u64,
    begun: BTreeSet<u64>,
    running: u64,
    succeeded: BTreeSet<u64>,
}

impl Checker for IterationOutOfTurn {
    fn rule(&self) -> &'static str {
        "iteration out of turn"
    }

    fn committed(&mut self, commit: &Commit, _: &Facts) -> Verdict {
        commit.events.iter().try_for_each(|happened| {
            let (execution, id) = (happened.execution, happened.event.id);
            self.event(happened).map_err(|what| format!("execution {execution}, event {id}: {what}"))
        })
    }
}

impl IterationOutOfTurn {
    fn event(&mut self, Happened { execution, event, .. }: &Happened) -> Verdict {
        let within = (*execution, self.threads.within(*execution, event.previous_event_id));
        let thread = self.threads.take(*execution, event);
        let visit = (*execution, thread.visit);
        if self.redriven.contains(execution) {
            return Ok(());
        }
        match &event.kind {
            EventKind::ExecutionRedriven { .. } => drop(self.redriven.insert(*execution)),
            EventKind::MapStateStarted { length } => {
                let iterations = Iterations { length: *length, ..Iterations::default() };
                self.maps.insert((*execution, event.id), iterations);
            }
            // The children of a run are executions, which other rules are about.
            EventKind::MapRunStarted { .. } => drop(self.maps.remove(&within)),
            EventKind::MapIterationStarted { index, .. } => self.map(within)?.begin(*index)?,
            EventKind::MapIterationSucceeded { index, .. } => self.map(within)?.succeed(*index)?,
            EventKind::MapIterationFailed { .. } | EventKind::MapIterationAborted { .. } => {
                let map = self.map(within)?;
                map.running = map.running.saturating_sub(1);
            }
            EventKind::MapStateSucceeded => {
                if let Some(map) = self.maps.remove(&within) {
                    let succeeded = map.succeeded.len() as u64;
                    if succeeded != map.length {
                        return Err(format!("succeeded with {succeeded} of {} iterations", map.length));
                    }
                    self.results.insert(visit, map.length);
                }
            }
            EventKind::MapStateFailed => drop(self.maps.remove(&within)),
            EventKind::ParallelStateSucceeded => drop(self.results.insert(visit, BRANCHES)),
            EventKind::StateExited { output, .. } => {
                let Some(expected) = self.results.remove(&visit) else { return Ok(()) };
                let output: Value = serde_json::from_str(output).map_err(|error| error.to_string())?;
                if output.as_array().map(|results| results.len() as u64) != Some(expected) {
                    return Err(format!("{expected} results, and the output is {output}"));
                }
            }
            kind if kind.is_terminal() => {
                self.maps.retain(|(of, _), _| of != execution);
                self.results.retain(|(of, _), _| of != execution);
            }
            _ => {}
        }
        Ok(())
    }

    fn map(&mut self, within: (u64, u64)) -> Result<&mut Iterations, String> {
        self.maps.get_mut(&within).ok_or_else(|| "an iteration of no state that is at work".to_owned())
    }
}

impl Iterations {
    fn begin(&mut self, index: u64) -> Verdict {
        if index >= self.length || !self.begun.insert(index) {
            return Err(format!("iteration {index} of {} begins again", self.length));
        }
        self.running += 1;
        match self.running > AT_A_TIME {
            true => Err(format!("{} iterations run at a time", self.running)),
            false => Ok(()),
        }
    }

    fn succeed(&mut self, index: u64) -> Verdict {
        if !self.begun.contains(&index) || !self.succeeded.insert(index) {
            return Err(format!("iteration {index} succeeds, which it can't"));
        }
        self.running = self.running.saturating_sub(1);
        Ok(())
    }
}

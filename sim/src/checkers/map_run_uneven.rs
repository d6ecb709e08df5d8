//! A map run whose numbers don't add up: every item is one child's, every child is counted once, and what succeeded took all.

use super::{Checker, Verdict};
use crate::facts::Facts;
use crate::mirror::numbers;
use std::collections::BTreeMap;
use stepwell_services::keys::Family;
use stepwell_services::row;
use stepwell_services::states::map_run::model::{MapRun, RunStatus};
use stepwell_services::states::model::Facts as ExecutionFacts;

pub struct MapRunUneven;

impl Checker for MapRunUneven {
    fn rule(&self) -> &'static str {
        "map run uneven"
    }

    fn looked(&mut self, facts: &Facts) -> Verdict {
        let mut children = BTreeMap::<u64, (u64, u64)>::new();
        for (key, bytes) in facts.mirror.family(Family::Execution) {
            let [machine, _] = numbers(key, Family::Execution);
            let child: ExecutionFacts = row::decode(bytes).map_err(|failure| format!("{failure:?}"))?;
            if let Some(child) = child.child {
                let (executions, items) = children.entry(machine).or_default();
                (*executions, *items) = (*executions + 1, *items + child.items);
            }
        }
        for (_, bytes) in facts.mirror.family(Family::MapRun) {
            let run: MapRun = row::decode(bytes).map_err(|failure| format!("{failure:?}"))?;
            even(&run, children.get(&run.place.run).copied().unwrap_or_default())?;
        }
        Ok(())
    }

    fn ended(&mut self, facts: &Facts) -> Verdict {
        self.looked(facts)?;
        for (_, bytes) in facts.mirror.family(Family::MapRun) {
            let run: MapRun = row::decode(bytes).map_err(|failure| format!("{failure:?}"))?;
            if run.status == RunStatus::Running || run.executions.running > 0 {
                return Err(format!("run {} is still at work", run.place.run));
            }
        }
        Ok(())
    }
}

fn even(run: &MapRun, (executions, items): (u64, u64)) -> Verdict {
    let number = run.place.run;
    for (counts, found, what) in [(&run.executions, executions, "executions"), (&run.items, items, "items")] {
        let pending = counts.pending_redrive.unwrap_or_default().sum();
        let ended = counts.succeeded + counts.failed + counts.timed_out + counts.aborted;
        let sum = counts.running + pending + ended;
        if sum != counts.total || found != counts.total {
            return Err(format!("run {number}: {found} {what} are there, of {counts:?}"));
        }
    }
    match (run.status, run.items_known) {
        (RunStatus::Succeeded, Some(known)) if known != run.items.total => {
            Err(format!("run {number} took {} of {known} items and succeeded", run.items.total))
        }
        _ => Ok(()),
    }
}

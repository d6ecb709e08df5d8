//! A history whose ids have a gap, or that was changed after it was written.

use super::{Checker, Verdict};
use crate::facts::{Commit, Facts};
use std::collections::BTreeMap;
use stepwell_engine::HistoryEvent;
use stepwell_services::keys::Family;

#[derive(Default)]
pub struct GapInEventIds {
    /// The last id of each execution's history.
    last: BTreeMap<u64, u64>,
}

impl Checker for GapInEventIds {
    fn rule(&self) -> &'static str {
        "gap in event ids"
    }

    fn committed(&mut self, commit: &Commit, _: &Facts) -> Verdict {
        for change in commit.changes.iter().filter(|change| change.is_of(Family::History)) {
            let [_, execution, first] = change.numbers(Family::History);
            let (None, Some(after)) = (&change.before, &change.after) else {
                return Err(format!("events from {first} on of execution {execution} were changed"));
            };
            let last = self.last.entry(execution).or_default();
            let events = HistoryEvent::decode_many(after).map_err(|error| error.to_string())?;
            if first != *last + 1 {
                return Err(format!("execution {execution} has events up to {last}, then from {first} on"));
            }
            for event in events {
                if event.id != *last + 1 || event.previous_event_id >= event.id {
                    let (id, previous) = (event.id, event.previous_event_id);
                    return Err(format!("execution {execution}: {id} (after {previous}) follows {last}"));
                }
                *last = event.id;
            }
        }
        Ok(())
    }
}

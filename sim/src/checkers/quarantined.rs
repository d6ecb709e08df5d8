//! Something put aside because it failed for good, or a client told that we failed: a defect of ours in both cases.

use super::{Checker, Verdict};
use crate::ask::Ask;
use crate::facts::{Commit, Facts};
use crate::line::Told;
use stepwell_services::keys::Family;
use stepwell_services::row;
use stepwell_services::shard::Quarantined as Row;

pub struct Quarantined;

impl Checker for Quarantined {
    fn rule(&self) -> &'static str {
        "quarantined"
    }

    fn committed(&mut self, commit: &Commit, _: &Facts) -> Verdict {
        let Some(change) = commit.changes.iter().find(|change| change.is_of(Family::Quarantine)) else {
            return Ok(());
        };
        let row: Option<Row> = change.after.as_ref().and_then(|after| row::decode(after).ok());
        Err(format!("{row:?}"))
    }

    fn told(&mut self, ask: &Ask, told: &Told, _: &Facts) -> Verdict {
        match told {
            Err(error) if error.status >= 500 => Err(format!("{ask:?} was answered with {error}")),
            _ => Ok(()),
        }
    }
}

//! How large a store is, and of what: figures for an operator who plans, or wonders.

use crate::check::{FamilyCount, each};
use crate::failure::Failure;
use crate::key_shape;
use crate::keys::{Family, KeyReader};
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::states;
use serde::Serialize;

/// Largest values that are named.
const LARGEST: usize = 5;

/// The figures of a store.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    pub rows: u64,
    pub key_bytes: u64,
    pub value_bytes: u64,
    /// The families that have rows, in the order of their keys.
    pub families: Vec<FamilyCount>,
    pub open_executions: u64,
    pub closed_executions: u64,
    pub oldest_open_execution: Option<OpenExecution>,
    /// Commands of the server's own that failed for good and were put aside.
    pub quarantined: u64,
    /// The largest first.
    pub largest_values: Vec<LargeValue>,
}

/// An execution that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenExecution {
    pub execution_arn: String,
    /// In ms since 1970.
    pub started_ms: u64,
}

/// A large value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LargeValue {
    /// Its key in words.
    pub key: String,
    pub bytes: u64,
}

/// Counts all rows of a store.
///
/// # Errors
/// [`Failure::Broken`] if the store, or an execution in it, can't be read.
pub fn stats(rows: &dyn Rows) -> Result<Stats, Failure> {
    let (mut stats, mut oldest) = (Stats::default(), None);
    each(rows, &[], &[0xFF; 16], |key, value| {
        stats.add(key, value);
        if key.get(2) == Some(&(Family::ExecutionState as u8)) {
            stats.add_execution(key, value, &mut oldest)?;
        }
        Ok(())
    })?;
    if let Some((execution, machine)) = oldest {
        stats.oldest_open_execution = open_execution(machine, execution, rows)?;
    }
    Ok(stats)
}

impl Stats {
    fn add(&mut self, key: &[u8], value: &[u8]) {
        let family = key.get(2).copied().and_then(Family::read);
        let name = family.map_or_else(|| "unknown".to_owned(), |family| format!("{family:?}"));
        if self.families.last().is_none_or(|last| last.family != name) {
            self.families.push(FamilyCount { family: name, rows: 0, key_bytes: 0, value_bytes: 0 });
        }
        let (key_bytes, value_bytes) = (key.len() as u64, value.len() as u64);
        if let Some(last) = self.families.last_mut() {
            last.rows += 1;
            last.key_bytes += key_bytes;
            last.value_bytes += value_bytes;
        }
        self.rows += 1;
        self.key_bytes += key_bytes;
        self.value_bytes += value_bytes;
        self.quarantined += u64::from(family == Some(Family::Quarantine));
        self.add_large(key, value_bytes);
    }

    fn add_large(&mut self, key: &[u8], bytes: u64) {
        let place = self.largest_values.partition_point(|large| large.bytes >= bytes);
        if place < LARGEST {
            self.largest_values.insert(place, LargeValue { key: key_shape::text(key), bytes });
            self.largest_values.truncate(LARGEST);
        }
    }

    /// Executions are numbered in the order in which they start: of those that run, the smallest number is the oldest.
    fn add_execution(
        &mut self,
        key: &[u8],
        value: &[u8],
        oldest: &mut Option<(u64, u64)>,
    ) -> Result<(), Failure> {
        let mut parts = KeyReader::new(key, Family::ExecutionState)?;
        let (machine, execution) = (parts.number()?, parts.number()?);
        let state: states::model::State = row::decode(value)?;
        if state.stopped_ms.is_some() {
            self.closed_executions += 1;
            return Ok(());
        }
        self.open_executions += 1;
        let this = (execution, machine);
        *oldest = Some(oldest.map_or(this, |oldest| oldest.min(this)));
        Ok(())
    }
}

fn open_execution(machine: u64, execution: u64, rows: &dyn Rows) -> Result<Option<OpenExecution>, Failure> {
    let facts: Option<states::model::Facts> = rows.row(&states::keys::execution(machine, execution))?;
    Ok(facts
        .map(|facts| OpenExecution { execution_arn: facts.execution_arn(), started_ms: facts.started_ms }))
}

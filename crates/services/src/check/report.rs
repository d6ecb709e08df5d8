//! What a check found: how much there is of each family, and what is wrong.

use crate::key_shape;
use crate::keys::{Family, hex};
use serde::Serialize;

/// Violations that are kept in words; the others are counted. A store that lost an index has as many as rows.
const KEPT: usize = 1000;

/// The verdict over a store.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// All rows.
    pub rows: u64,
    /// The families that have rows, in the order of their keys.
    pub families: Vec<FamilyCount>,
    /// What is wrong, in the order in which it was found: the first thousand.
    pub violations: Vec<Violation>,
    /// How many more there are.
    pub more_violations: u64,
}

/// How much there is of a family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FamilyCount {
    pub family: String,
    pub rows: u64,
    pub key_bytes: u64,
    pub value_bytes: u64,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The row's key in words, or in hexadecimal digits where it is none of ours; empty for the store as a whole.
    pub key: String,
    pub what: String,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.violations.is_empty()
    }

    /// How much is wrong.
    #[must_use]
    pub fn violation_count(&self) -> u64 {
        self.violations.len() as u64 + self.more_violations
    }

    /// Counts a row. Rows come in the order of their keys.
    pub(super) fn count(&mut self, family: Family, key: &[u8], value: &[u8]) {
        self.count_as(&format!("{family:?}"), key, value);
    }

    /// Counts a row of a family that this program doesn't know.
    pub(super) fn count_unknown(&mut self, key: &[u8], value: &[u8]) {
        let family = key.get(2).map_or_else(String::new, |family| hex(&[*family]));
        self.count_as(&format!("unknown {family}"), key, value);
    }

    fn count_as(&mut self, family: &str, key: &[u8], value: &[u8]) {
        if self.families.last().is_none_or(|last| last.family != family) {
            let family = family.to_owned();
            self.families.push(FamilyCount { family, rows: 0, key_bytes: 0, value_bytes: 0 });
        }
        if let Some(last) = self.families.last_mut() {
            last.rows += 1;
            last.key_bytes += key.len() as u64;
            last.value_bytes += value.len() as u64;
        }
        self.rows += 1;
    }

    pub(super) fn add(&mut self, key: &[u8], what: String) {
        if self.violations.len() < KEPT {
            self.violations.push(Violation { key: key_shape::text(key), what });
        } else {
            self.more_violations += 1;
        }
    }
}

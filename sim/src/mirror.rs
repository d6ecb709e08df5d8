//! The rows as they must be: every batch that became durable, applied by the simulator itself.
//!
//! After each restart the disk has to hold exactly these. Checkers read them as the services do.

use std::collections::BTreeMap;
use std::ops::Bound;
use stepwell_services::failure::Failure;
use stepwell_services::keys::{Family, Key, KeyReader};
use stepwell_services::rows::Rows;
use stepwell_store::{Batch, Direction, Pair, Slice, Snapshot};

/// All durable rows.
#[derive(Default)]
pub struct Mirror {
    rows: BTreeMap<Vec<u8>, Slice>,
}

/// What a batch did to a row.
#[derive(Debug, Clone)]
pub struct Change {
    pub key: Vec<u8>,
    pub before: Option<Slice>,
    pub after: Option<Slice>,
}

impl Change {
    #[must_use]
    pub fn is_of(&self, family: Family) -> bool {
        self.key.get(2) == Some(&(family as u8))
    }

    /// The first numbers of the key.
    ///
    /// # Panics
    /// If the key has fewer.
    #[must_use]
    pub fn numbers<const N: usize>(&self, family: Family) -> [u64; N] {
        numbers(&self.key, family)
    }
}

/// The first numbers of a key of this family.
///
/// # Panics
/// If the key is of another family or has fewer numbers.
#[must_use]
pub fn numbers<const N: usize>(key: &[u8], family: Family) -> [u64; N] {
    let mut reader = KeyReader::new(key, family).expect("a key of this family");
    std::array::from_fn(|_| reader.number().expect("a key with as many numbers"))
}

impl Mirror {
    /// Takes a durable batch in and says what it changed.
    pub fn apply(&mut self, batch: &Batch) -> Vec<Change> {
        let apply = |(key, after): (&Slice, &Option<Slice>)| {
            let before = match after {
                Some(value) => self.rows.insert(key.to_vec(), value.clone()),
                None => self.rows.remove(key.as_ref()),
            };
            Change { key: key.to_vec(), before, after: after.clone() }
        };
        batch.writes().iter().map(apply).collect()
    }

    /// The first difference to what a disk holds.
    #[must_use]
    pub fn difference(&self, disk: &Snapshot) -> Option<String> {
        let mut found = disk.scan(&[], &[0xFF; 16], Direction::Forward);
        for (key, value) in &self.rows {
            match found.next() {
                Some(Ok((there, same))) if *there == **key && same == *value => {}
                Some(Ok((there, _))) => {
                    return Some(format!("row {} is not as it was; {} is there", hex(key), hex(&there)));
                }
                _ => return Some(format!("row {} is gone, and all behind it", hex(key))),
            }
        }
        found.next().map(|_| "there are rows that nobody wrote".to_owned())
    }

    /// All rows whose keys begin so.
    pub fn with_prefix<'a>(&'a self, prefix: &Key) -> impl Iterator<Item = (&'a [u8], &'a Slice)> + use<'a> {
        let range = (Bound::Included(prefix.as_bytes().to_vec()), Bound::Excluded(prefix.end()));
        self.rows.range(range).map(|(key, value)| (key.as_slice(), value))
    }

    /// All rows of a family.
    pub fn family(&self, family: Family) -> impl Iterator<Item = (&[u8], &Slice)> {
        self.with_prefix(&Key::new(family))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Rows for Mirror {
    fn bytes(&self, key: &[u8]) -> Result<Option<Slice>, Failure> {
        Ok(self.rows.get(key).cloned())
    }

    fn scan(
        &self,
        start: &[u8],
        end: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Pair>, Failure> {
        let range = (Bound::Included(start.to_vec()), Bound::Excluded(end.max(start).to_vec()));
        let rows = self.rows.range(range).map(|(key, value)| (Slice::from(key.as_slice()), value.clone()));
        Ok(match direction {
            Direction::Forward => rows.take(limit).collect(),
            Direction::Backward => rows.rev().take(limit).collect(),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

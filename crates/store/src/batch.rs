//! What one commit writes: the last write to a key wins, and the order of keys is the store's.

use crate::Slice;
use std::collections::BTreeMap;

/// The writes of one commit. `None` removes the key.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    writes: BTreeMap<Vec<u8>, Option<Slice>>,
}

impl Batch {
    /// Writes `value` at `key`.
    pub fn put(&mut self, key: Vec<u8>, value: impl Into<Slice>) {
        self.writes.insert(key, Some(value.into()));
    }

    /// Removes `key`.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.writes.insert(key, None);
    }

    /// The writes by key.
    #[must_use]
    pub fn writes(&self) -> &BTreeMap<Vec<u8>, Option<Slice>> {
        &self.writes
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

impl From<BTreeMap<Vec<u8>, Option<Slice>>> for Batch {
    fn from(writes: BTreeMap<Vec<u8>, Option<Slice>>) -> Self {
        Self { writes }
    }
}

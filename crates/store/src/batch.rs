//! What one commit writes: the last write to a key wins, and the order of keys is the store's.

use crate::Slice;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Writes by key; `None` removes the key.
pub type Writes = BTreeMap<Slice, Option<Slice>>;

/// The writes of one commit. A clone shares them: whoever fills the next batch still reads this one.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    writes: Arc<Writes>,
}

impl Batch {
    /// Writes `value` at `key`.
    pub fn put(&mut self, key: impl Into<Slice>, value: impl Into<Slice>) {
        Arc::make_mut(&mut self.writes).insert(key.into(), Some(value.into()));
    }

    /// Removes `key`.
    pub fn remove(&mut self, key: impl Into<Slice>) {
        Arc::make_mut(&mut self.writes).insert(key.into(), None);
    }

    /// The writes by key.
    #[must_use]
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

impl From<Writes> for Batch {
    fn from(writes: Writes) -> Self {
        Self { writes: Arc::new(writes) }
    }
}

//! A store in memory with the embedded store's manners: a snapshot stays as it was.

use crate::{Batch, Bounds, Direction, Scan, Slice};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

type Rows = BTreeMap<Vec<u8>, Slice>;

#[derive(Clone, Default)]
pub struct Memory {
    rows: Arc<Mutex<Arc<Rows>>>,
}

impl Memory {
    pub fn get(&self, key: &[u8]) -> Option<Slice> {
        self.snapshot().get(key)
    }

    pub fn commit(&self, batch: &Batch) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        // Copied only while a snapshot still looks at it.
        let rows = Arc::make_mut(&mut rows);
        for (key, value) in batch.writes() {
            match value {
                Some(value) => rows.insert(key.to_vec(), value.clone()),
                None => rows.remove(&**key),
            };
        }
    }

    /// Another store that begins with these rows.
    pub fn fork(&self) -> Self {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { rows: Arc::new(Mutex::new(rows)) }
    }

    pub fn snapshot(&self) -> MemorySnapshot {
        MemorySnapshot { rows: self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone() }
    }
}

#[derive(Clone)]
pub struct MemorySnapshot {
    rows: Arc<Rows>,
}

impl MemorySnapshot {
    pub fn get(&self, key: &[u8]) -> Option<Slice> {
        self.rows.get(key).cloned()
    }

    pub fn into_scan<'a>(self, bounds: Bounds, direction: Direction) -> Scan<'a> {
        Box::new(MemoryScan { rows: self.rows, bounds, direction })
    }
}

/// Steps by key, so that it borrows nothing: each step is one look-up.
struct MemoryScan {
    rows: Arc<Rows>,
    bounds: Bounds,
    direction: Direction,
}

impl Iterator for MemoryScan {
    type Item = Result<(Slice, Slice), crate::StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        use std::ops::Bound::Excluded;
        let mut range = self.rows.range::<Vec<u8>, _>(self.bounds.clone());
        let (key, value) = match self.direction {
            Direction::Forward => range.next()?,
            Direction::Backward => range.next_back()?,
        };
        let pair = (Slice::from(key.as_slice()), value.clone());
        match self.direction {
            Direction::Forward => self.bounds.0 = Excluded(key.clone()),
            Direction::Backward => self.bounds.1 = Excluded(key.clone()),
        }
        Some(Ok(pair))
    }
}

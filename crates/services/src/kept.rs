//! What a shard remembers in decoded form, within bounds: rows that nearly every command reads, and compiled definitions.
//!
//! It is a hint like the others: losing it costs a read. A row that is written is forgotten at once, by whoever writes it.

use crate::states::execution_log::Logging;
use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stepwell_asl::definition::StateMachine;

/// A decoded row, or all rows that begin with a prefix.
pub type Kept = Arc<dyn Any + Send + Sync>;

/// Encoded bytes of the rows that are kept at a time.
const MOST_ROW_BYTES: usize = 4 << 20;
/// Bytes of definitions' texts whose compiled form is kept at a time; a single larger one is kept alone.
const MOST_DEFINITION_BYTES: usize = 16 << 20;
/// What keeping anything costs beside the bytes themselves, about.
const OVERHEAD_BYTES: usize = 256;

/// Rows by the bytes that their keys begin with: a row by its whole key, several by their common prefix.
///
/// INVARIANT: of what is kept, no beginning is the beginning of another one. Keys are free of prefixes, and whoever keeps
/// rows by a prefix doesn't keep them singly.
#[derive(Debug, Default)]
pub struct KeptRows {
    rows: BTreeMap<Vec<u8>, (Kept, usize)>,
    bytes: usize,
}

impl KeptRows {
    #[must_use]
    pub fn get(&self, start: &[u8]) -> Option<Kept> {
        self.rows.get(start).map(|(kept, _)| kept.clone())
    }

    /// Keeps what took so many bytes. When there is too much, all is dropped: what is in use comes back at once.
    pub fn keep(&mut self, start: &[u8], kept: Kept, bytes: usize) {
        let bytes = bytes + start.len() + OVERHEAD_BYTES;
        if self.bytes + bytes > MOST_ROW_BYTES {
            *self = Self::default();
        }
        if bytes <= MOST_ROW_BYTES {
            self.forget(start);
            self.bytes += bytes;
            self.rows.insert(start.to_vec(), (kept, bytes));
        }
    }

    /// The row at `key` is written: forgets it, and the rows among which it is kept.
    pub fn forget(&mut self, key: &[u8]) {
        let nearest = self.rows.range::<[u8], _>((Bound::Unbounded, Bound::Included(key))).next_back();
        if let Some((start, (_, bytes))) = nearest
            && key.starts_with(start)
        {
            self.bytes -= bytes;
            let start = start.clone();
            self.rows.remove(&start);
        }
    }
}

/// A definition that is ready to run, with what executions take over from its revision.
#[derive(Debug)]
pub struct Compiled {
    pub definition: StateMachine,
    pub role_arn: String,
    /// What its executions log; `None` where the revision doesn't say, which older rows don't.
    pub logging: Option<Option<Logging>>,
    /// The size of its text.
    pub bytes: usize,
}

/// Compiled definitions by state machine and revision, which never change.
#[derive(Debug, Default)]
pub struct CompiledDefinitions {
    definitions: HashMap<(u64, u64), Arc<Compiled>>,
    bytes: usize,
}

impl CompiledDefinitions {
    #[must_use]
    pub fn get(&self, machine: u64, revision: u64) -> Option<Arc<Compiled>> {
        self.definitions.get(&(machine, revision)).cloned()
    }

    /// Keeps a definition. When there is too much, all are dropped: those in use come back at once.
    pub fn keep(&mut self, machine: u64, revision: u64, compiled: Arc<Compiled>) {
        let bytes = compiled.bytes + OVERHEAD_BYTES;
        if self.bytes + bytes > MOST_DEFINITION_BYTES {
            *self = Self::default();
        }
        if self.definitions.insert((machine, revision), compiled).is_none() {
            self.bytes += bytes;
        }
    }
}

/// Compiled definitions that threads beside the writer share.
#[derive(Debug, Default)]
pub struct Definitions(Mutex<CompiledDefinitions>);

impl Definitions {
    #[must_use]
    pub fn get(&self, machine: u64, revision: u64) -> Option<Arc<Compiled>> {
        self.lock().get(machine, revision)
    }

    /// Keeps a definition, as [`CompiledDefinitions::keep`].
    pub fn keep(&self, machine: u64, revision: u64, compiled: Arc<Compiled>) {
        self.lock().keep(machine, revision, compiled);
    }

    fn lock(&self) -> MutexGuard<'_, CompiledDefinitions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(rows: &KeptRows, start: &[u8]) -> Option<u32> {
        rows.get(start).map(|kept| *kept.downcast::<u32>().unwrap())
    }

    #[test]
    fn a_write_forgets_the_row_and_the_rows_among_which_it_is_and_no_other() {
        let mut rows = KeptRows::default();
        for (start, value) in [(b"ab1", 1_u32), (b"ab3", 3), (b"cd ", 4)] {
            rows.keep(start, Arc::new(value), 10);
        }
        rows.forget(b"ab2");
        rows.forget(b"ab");
        assert_eq!((kept(&rows, b"ab1"), kept(&rows, b"ab3")), (Some(1), Some(3)));
        rows.forget(b"ab3");
        rows.forget(b"cd something beneath");
        assert_eq!((kept(&rows, b"ab1"), kept(&rows, b"ab3"), kept(&rows, b"cd ")), (Some(1), None, None));
        rows.forget(b"ab1");
        assert_eq!((rows.rows.len(), rows.bytes), (0, 0));
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_last_is_there() {
        let mut rows = KeptRows::default();
        for number in 0..10_000_u32 {
            rows.keep(&number.to_be_bytes(), Arc::new(number), 10_000);
            assert!(rows.bytes <= MOST_ROW_BYTES);
            assert_eq!(kept(&rows, &number.to_be_bytes()), Some(number));
        }
        rows.keep(b"x", Arc::new(1_u32), MOST_ROW_BYTES);
        assert_eq!(kept(&rows, b"x"), None, "what is larger than all room isn't kept");
        rows.keep(b"y", Arc::new(1_u32), 10);
        rows.keep(b"y", Arc::new(2_u32), 10);
        assert_eq!((kept(&rows, b"y"), rows.bytes), (Some(2), 10 + 1 + OVERHEAD_BYTES));
    }
}

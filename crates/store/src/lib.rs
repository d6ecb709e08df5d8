//! The store: an ordered, durable key-value map with one atomic commit.
//!
//! It knows the meaning of no key. A [`Batch`] is written whole or not at all, and is durable when
//! [`Store::commit`] returns; nothing is visible to a reader before it is durable.
//! One process owns a data directory at a time: a second one is refused and told the first one's pid.

pub mod backup;
mod batch;
mod disk;
mod embedded;
mod error;
mod journal;
mod lock;
mod manifest;
mod mark;
mod memory;
mod mend;

pub use batch::{Batch, Writes};
pub use disk::{Crash, Disk, Recovery};
pub use error::StoreError;
/// A shared, immutable piece of bytes: a key or a value. Cloning it copies nothing.
pub use fjall::Slice;
pub use mend::Mended;

use std::ops::Bound;
use std::path::Path;

/// Which way a scan goes through its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest key up.
    Forward,
    /// From the greatest key down.
    Backward,
}

/// A key and its value.
pub type Pair = (Slice, Slice);

/// An iterator over a range; an error ends it.
pub type Scan<'a> = Box<dyn Iterator<Item = Result<Pair, StoreError>> + 'a>;

/// The ordered, durable map. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
}

#[derive(Clone)]
enum Backend {
    Embedded(embedded::Embedded),
    Memory(memory::Memory),
    Simulated(disk::Disk),
}

impl Store {
    /// Opens the embedded store in `directory`, which is made (mode 0700) where it is missing.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it open; [`StoreError::Damaged`], [`StoreError::Incomplete`] or
    /// [`StoreError::Unreadable`] where files are not what was written; otherwise what the disk said.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Ok(Self { backend: Backend::Embedded(embedded::Embedded::open(directory)?) })
    }

    /// The same, for a directory that has a store already: none is made.
    ///
    /// # Errors
    /// As [`Store::open`], and [`StoreError::Missing`].
    pub fn open_existing(directory: &Path) -> Result<Self, StoreError> {
        match embedded::is_there(directory) {
            true => Self::open(directory),
            false => Err(StoreError::Missing { directory: directory.to_owned() }),
        }
    }

    /// What had to be mended when it was opened: for the operator's log.
    #[must_use]
    pub fn mended(&self) -> &[Mended] {
        match &self.backend {
            Backend::Embedded(store) => store.mended(),
            Backend::Memory(_) | Backend::Simulated(_) => &[],
        }
    }

    /// Whether the disk has at least `reserve` bytes free. A store in memory always has.
    ///
    /// # Errors
    /// What the disk said.
    pub fn has_room(&self, reserve: u64) -> Result<bool, StoreError> {
        match &self.backend {
            Backend::Embedded(store) => store.has_room(reserve),
            Backend::Memory(_) | Backend::Simulated(_) => Ok(true),
        }
    }

    /// Whether what was committed waits to be put in order on the disk, so much of it that a commit might soon wait for that.
    /// Whoever adds more is to be held back meanwhile. A store in memory never is.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        match &self.backend {
            Backend::Embedded(store) => store.is_behind(),
            Backend::Memory(_) | Backend::Simulated(_) => false,
        }
    }

    /// A store that lives as long as its clones: for tests and simulations.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { backend: Backend::Memory(memory::Memory::default()) }
    }

    /// A store on a simulated disk.
    pub(crate) fn on(disk: disk::Disk) -> Self {
        Self { backend: Backend::Simulated(disk) }
    }

    /// The value at `key`.
    ///
    /// # Errors
    /// What the disk said; [`StoreError::NotLoaded`] where rows have to be fetched first.
    pub fn get(&self, key: &[u8]) -> Result<Option<Slice>, StoreError> {
        match &self.backend {
            Backend::Embedded(store) => store.get(key),
            Backend::Memory(store) => Ok(store.get(key)),
            Backend::Simulated(disk) => disk.get(key),
        }
    }

    /// Fetches the rows at these keys, and what stands behind them where a scan began there, so that reads find them at hand.
    ///
    /// # Errors
    /// What the disk said.
    pub fn load(&self, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        if let Backend::Simulated(disk) = &self.backend {
            disk.load(keys);
        }
        // The others have all rows at hand.
        Ok(())
    }

    /// The pairs from `start` (inclusive) to `end` (exclusive).
    pub fn scan(&self, start: &[u8], end: &[u8], direction: Direction) -> Scan<'_> {
        match &self.backend {
            Backend::Embedded(store) => store.scan(bounds(start, end), direction),
            Backend::Memory(store) => store.snapshot().into_scan(bounds(start, end), direction),
            Backend::Simulated(disk) => disk.scan(start, bounds(start, end), direction),
        }
    }

    /// Writes all of `batch` or none of it. Durable (synced to the disk) on return.
    ///
    /// # Errors
    /// After an error nothing is known of the batch, and the store refuses every further write:
    /// the process has to stop and open it anew.
    pub fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Embedded(store) => store.commit(batch),
            Backend::Memory(store) => {
                store.commit(batch);
                Ok(())
            }
            Backend::Simulated(disk) => {
                disk.commit(batch);
                Ok(())
            }
        }
    }

    /// What is durable now, unmoved by later commits.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        match &self.backend {
            Backend::Embedded(store) => Snapshot { backend: View::Embedded(store.snapshot()) },
            Backend::Memory(store) => Snapshot { backend: View::Memory(store.snapshot()) },
            Backend::Simulated(disk) => Snapshot { backend: View::Memory(disk.snapshot()) },
        }
    }

    /// Bytes on disk, 0 for a store in memory.
    ///
    /// # Errors
    /// What the disk said.
    pub fn disk_space(&self) -> Result<u64, StoreError> {
        match &self.backend {
            Backend::Embedded(store) => store.disk_space(),
            Backend::Memory(_) | Backend::Simulated(_) => Ok(0),
        }
    }
}

/// The store as it was at one moment.
pub struct Snapshot {
    backend: View,
}

enum View {
    Embedded(embedded::EmbeddedSnapshot),
    Memory(memory::MemorySnapshot),
}

impl Snapshot {
    /// The value at `key`.
    ///
    /// # Errors
    /// What the disk said.
    pub fn get(&self, key: &[u8]) -> Result<Option<Slice>, StoreError> {
        match &self.backend {
            View::Embedded(view) => view.get(key),
            View::Memory(view) => Ok(view.get(key)),
        }
    }

    /// The pairs from `start` (inclusive) to `end` (exclusive).
    pub fn scan(&self, start: &[u8], end: &[u8], direction: Direction) -> Scan<'_> {
        match &self.backend {
            View::Embedded(view) => view.scan(bounds(start, end), direction),
            View::Memory(view) => view.clone().into_scan(bounds(start, end), direction),
        }
    }
}

type Bounds = (Bound<Vec<u8>>, Bound<Vec<u8>>);

fn bounds(start: &[u8], end: &[u8]) -> Bounds {
    // An empty range given backwards would panic in an ordered map: make it plainly empty.
    let end = if end < start { start } else { end };
    (Bound::Included(start.to_vec()), Bound::Excluded(end.to_vec()))
}

#[cfg(test)]
mod tests;

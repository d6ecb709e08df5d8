//! The embedded store: fjall, one keyspace for all rows, one synced batch a commit.
//!
//! fjall writes the journal, syncs it, and only then shows the batch to readers: what a reader sees is durable.
//! It doesn't share a sync between threads, so one writer commits whole batches (see the shard).

use crate::lock::DirectoryLock;
use crate::{Batch, Bounds, Direction, Scan, Slice, StoreError};
use fjall::config::CompressionPolicy;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

/// Memory for blocks that were read.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// A memtable is flushed at this size: it bounds memory and, with the journal, the time to start.
const MEMTABLE_BYTES: u64 = 16 * 1024 * 1024;
/// The journal is kept under this size by flushing what holds it.
const JOURNAL_BYTES: u64 = 128 * 1024 * 1024;

/// Whether a data directory has a store.
pub fn is_there(directory: &Path) -> bool {
    directory.join("store").is_dir()
}

#[derive(Clone)]
pub struct Embedded {
    database: Database,
    rows: Keyspace,
    _lock: Arc<DirectoryLock>,
}

impl Embedded {
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        make_private(directory)?;
        let lock = DirectoryLock::acquire(directory)?;
        let database = Database::builder(directory.join("store"))
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNAL_BYTES)
            .open()?;
        let rows = database.keyspace("rows", || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(MEMTABLE_BYTES)
                // Histories and messages are text and much alike: less than half is written, from the first flush on.
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
        })?;
        Ok(Self { database, rows, _lock: Arc::new(lock) })
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<Slice>, StoreError> {
        Ok(self.rows.get(key)?)
    }

    pub fn scan(&self, bounds: Bounds, direction: Direction) -> Scan<'_> {
        directed(self.rows.range::<Vec<u8>, _>(bounds), direction)
    }

    pub fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut write = self.database.batch().durability(Some(PersistMode::SyncData));
        for (key, value) in batch.writes() {
            match value {
                Some(value) => write.insert(&self.rows, key.clone(), value.clone()),
                None => write.remove(&self.rows, key.clone()),
            }
        }
        Ok(write.commit()?)
    }

    pub fn snapshot(&self) -> EmbeddedSnapshot {
        EmbeddedSnapshot { snapshot: self.database.snapshot(), rows: self.rows.clone() }
    }

    pub fn disk_space(&self) -> Result<u64, StoreError> {
        Ok(self.database.disk_space()?)
    }
}

pub struct EmbeddedSnapshot {
    snapshot: fjall::Snapshot,
    rows: Keyspace,
}

impl EmbeddedSnapshot {
    pub fn get(&self, key: &[u8]) -> Result<Option<Slice>, StoreError> {
        Ok(self.snapshot.get(&self.rows, key)?)
    }

    pub fn scan(&self, bounds: Bounds, direction: Direction) -> Scan<'_> {
        directed(self.snapshot.range::<Vec<u8>, _>(&self.rows, bounds), direction)
    }
}

fn directed<'a>(rows: fjall::Iter, direction: Direction) -> Scan<'a> {
    match direction {
        Direction::Forward => Box::new(rows.map(|row| Ok(row.into_inner()?))),
        Direction::Backward => Box::new(rows.rev().map(|row| Ok(row.into_inner()?))),
    }
}

/// Makes the directory, or takes away what others may do with it: it holds secrets.
fn make_private(directory: &Path) -> Result<(), StoreError> {
    let fail = |source| StoreError::Directory { directory: directory.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(fail)?;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)).map_err(fail)
}

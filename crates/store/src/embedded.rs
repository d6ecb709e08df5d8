//! The embedded store: fjall, one keyspace for all rows, one synced batch a commit.
//!
//! fjall writes the journal, syncs it, and only then shows the batch to readers: what a reader sees is durable.
//! What it would take for the end of a journal, or for nothing at all, is looked at before it is opened (see `mend.rs`).
//! It doesn't share a sync between threads, so one writer commits whole batches (see the shard).

use crate::lock::DirectoryLock;
use crate::mark::Mark;
use crate::mend::{Mended, mend};
use crate::{Batch, Bounds, Direction, Scan, Slice, StoreError};
use fjall::config::CompressionPolicy;
use fjall::{
    AbstractTree, CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable,
};
use std::fs::{DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Memory for blocks that were read.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// A memtable is flushed at this size: it bounds memory and, with the journal, the time to start.
const MEMTABLE_BYTES: u64 = 16 * 1024 * 1024;
/// Full memtables that wait for their flush before the store is behind. With one more, a commit would sleep in it.
const MOST_UNFLUSHED: usize = 3;
/// Runs of tables that wait to be merged before the store is behind. From 20 on, a commit would be slowed down by it.
const MOST_UNMERGED: usize = 16;
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
    mark: Arc<Mark>,
    mended: Arc<Vec<Mended>>,
    directory: PathBuf,
    /// Bytes that the disk had free at the last commit.
    free: Arc<AtomicU64>,
    /// Whether it was behind after the last commit.
    behind: Arc<AtomicBool>,
    _lock: Arc<DirectoryLock>,
}

impl Embedded {
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        make_private(directory)?;
        let lock = DirectoryLock::acquire(directory)?;
        let (mark, acknowledged) = Mark::open(directory)?;
        let store = directory.join("store");
        let found = mend(&store, acknowledged)?;
        let (database, rows) =
            open(&store).map_err(|source| StoreError::Unreadable { directory: store.clone(), source })?;
        check_end(&store, found.last, &rows, acknowledged)?;
        sync_directories(directory, &store)?;
        Ok(Self {
            database,
            rows,
            mark: Arc::new(mark),
            mended: Arc::new(found.mended),
            free: Arc::new(AtomicU64::new(free_bytes(&store)?)),
            directory: store,
            behind: Arc::default(),
            _lock: Arc::new(lock),
        })
    }

    pub fn mended(&self) -> &[Mended] {
        &self.mended
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
        // The batch gets this number or, if the store takes one for itself meanwhile, a greater one.
        let number = self.database.seqno();
        write.commit()?;
        self.seal_memtable()?;
        self.mark.set(number)?;
        self.free.store(free_bytes(&self.directory)?, Ordering::Relaxed);
        Ok(())
    }

    /// Seals a full memtable, here and at once. Left to itself, fjall asks its worker to, once a commit, in a queue of a
    /// thousand places; while the worker merges tables the memtable grows without bound, and when the queue is full the
    /// worker itself finds no place in it for the flush, and waits for itself for ever.
    fn seal_memtable(&self) -> Result<(), StoreError> {
        if self.rows.tree.active_memtable().size() > MEMTABLE_BYTES {
            self.rows.rotate_memtable()?;
        }
        self.behind.store(self.has_much_unflushed(), Ordering::Relaxed);
        Ok(())
    }

    pub fn is_behind(&self) -> bool {
        // Only what was behind at the last commit is looked at again: the worker goes on meanwhile.
        self.behind.load(Ordering::Relaxed) && self.has_much_unflushed()
    }

    fn has_much_unflushed(&self) -> bool {
        self.rows.tree.sealed_memtable_count() >= MOST_UNFLUSHED
            || self.rows.tree.l0_run_count() >= MOST_UNMERGED
    }

    pub fn has_room(&self, reserve: u64) -> Result<bool, StoreError> {
        // Only what was short at the last commit is asked for again: others may have made room.
        Ok(self.free.load(Ordering::Relaxed) >= reserve || free_bytes(&self.directory)? >= reserve)
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

fn open(directory: &Path) -> fjall::Result<(Database, Keyspace)> {
    let database = Database::builder(directory)
        .cache_size(CACHE_BYTES)
        .max_journaling_size(JOURNAL_BYTES)
        // Two would hand a waiting compaction back and forth while one of them compacts: a core spent on nothing.
        .worker_threads(1)
        .open()?;
    let rows = database.keyspace("rows", || {
        KeyspaceCreateOptions::default()
            .max_memtable_size(MEMTABLE_BYTES)
            // Histories and messages are text and much alike: less than half is written, from the first flush on.
            .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
    })?;
    Ok((database, rows))
}

/// What the disk under a directory has free for us.
fn free_bytes(directory: &Path) -> Result<u64, StoreError> {
    match rustix::fs::statvfs(directory) {
        Ok(status) => Ok(status.f_bavail.saturating_mul(status.f_frsize)),
        Err(error) => Err(StoreError::Read { path: directory.to_owned(), source: error.into() }),
    }
}

/// Whether the last batch that was acknowledged is there. Where no journal has a batch it isn't known: the tables may have
/// dropped the last one's tombstones.
fn check_end(
    directory: &Path,
    journals: Option<u64>,
    rows: &Keyspace,
    acknowledged: Option<u64>,
) -> Result<(), StoreError> {
    let (Some(journals), Some(acknowledged)) = (journals, acknowledged) else { return Ok(()) };
    let last = rows.tree.get_highest_persisted_seqno().map_or(journals, |tables| tables.max(journals));
    if last >= acknowledged {
        return Ok(());
    }
    Err(StoreError::Incomplete { directory: directory.to_owned(), last, acknowledged })
}

/// The names of what was made: the store beneath syncs files, but not every directory that it makes one in.
fn sync_directories(directory: &Path, store: &Path) -> Result<(), StoreError> {
    let keyspaces = store.join("keyspaces");
    let above = directory.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let sync = |path: &Path| {
        let synced = File::open(path).and_then(|opened| opened.sync_all());
        synced.map_err(|source| StoreError::Write { path: path.to_owned(), source })
    };
    let read = |source| StoreError::Read { path: keyspaces.clone(), source };
    for entry in std::fs::read_dir(&keyspaces).map_err(read)? {
        sync(&entry.map_err(read)?.path())?;
    }
    [keyspaces.as_path(), store, directory, above].into_iter().try_for_each(sync)
}

/// Makes the directory, or takes away what others may do with it: it holds secrets.
fn make_private(directory: &Path) -> Result<(), StoreError> {
    let fail = |source| StoreError::Directory { directory: directory.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(fail)?;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memtable_is_sealed_by_the_commit_that_fills_it() {
        let directory = tempfile::tempdir().unwrap();
        let store = Embedded::open(directory.path()).unwrap();
        let mut sealed = 0;
        for number in 0..20_u8 {
            let before = store.rows.tree.active_memtable().id();
            let mut batch = Batch::default();
            batch.put(vec![number], vec![number; 2 << 20]);
            store.commit(&batch).unwrap();
            let memtable = store.rows.tree.active_memtable();
            assert!(memtable.size() <= MEMTABLE_BYTES, "no worker is waited for");
            sealed += u32::from(memtable.id() != before);
        }
        assert_eq!(sealed, 2);
        assert_eq!(store.get(&[0]).unwrap().map(|value| value.len()), Some(2 << 20));
    }
}

//! A simulated disk beneath a store in memory: it can crash, tear what it was writing, and not have rows at hand.
//!
//! Batches are encoded into a journal. What is synced survives a crash; of what is not, a crash keeps as much as it is told
//! to, cut anywhere or with a byte gone wrong, and recovery drops a torn batch whole by its checksum. Nothing is visible
//! before it is synced. Which reads aren't at hand is drawn from a seed, so that the same seed gives the same answers.

use crate::memory::{Memory, MemorySnapshot};
use crate::{Batch, Bounds, Direction, Scan, Slice, Store, StoreError};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of journal after which recovery begins from a newer state.
const CHECKPOINT_BYTES: usize = 1 << 20;
/// Keys that stay at hand after they were asked for.
const MOST_AT_HAND: usize = 4096;
/// Length and checksum before each batch.
const HEAD_BYTES: usize = 12;

/// The disk. Cheap to clone; all clones are one disk.
#[derive(Clone, Default)]
pub struct Disk {
    inner: Arc<Mutex<Inner>>,
}

/// What a crash leaves of what was written and not synced.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crash {
    /// Bytes of it that are there after the crash; more than there are is all of it.
    pub kept_bytes: usize,
    /// The place of a byte among those kept that went wrong.
    pub wrong_byte: Option<usize>,
}

/// What a recovery found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Batches that were whole although nobody was told so.
    pub unsynced_batches: usize,
    /// Whether something at the end was cut off.
    pub was_torn: bool,
}

#[derive(Default)]
struct Inner {
    rows: Memory,
    /// The state that the journal begins after.
    base: Memory,
    journal: Vec<u8>,
    synced_bytes: usize,
    unsynced: Vec<Batch>,
    misses: Option<Misses>,
}

/// Which reads aren't at hand.
struct Misses {
    per_million: u32,
    state: u64,
    at_hand: BTreeSet<Vec<u8>>,
}

impl Disk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The store on this disk. Its commits are synced at once.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::on(self.clone())
    }

    /// From now on `per_million` of a million reads of rows answer [`StoreError::NotLoaded`] until they are loaded.
    pub fn miss_reads(&self, per_million: u32, seed: u64) {
        let misses = (per_million > 0).then(|| Misses { per_million, state: seed, at_hand: BTreeSet::new() });
        self.lock().misses = misses;
    }

    /// Writes a batch, which is neither durable nor visible before [`Disk::sync`].
    pub fn write(&self, batch: &Batch) {
        let mut inner = self.lock();
        let body = encode(batch);
        let length = u32::try_from(body.len()).expect("a batch is far below 4 GiB");
        inner.journal.extend(length.to_be_bytes());
        inner.journal.extend(checksum(&body).to_be_bytes());
        inner.journal.extend(body);
        inner.unsynced.push(batch.clone());
    }

    /// What was written is durable and visible.
    pub fn sync(&self) {
        let mut inner = self.lock();
        for batch in std::mem::take(&mut inner.unsynced) {
            inner.rows.commit(&batch);
        }
        inner.synced_bytes = inner.journal.len();
        if inner.synced_bytes > CHECKPOINT_BYTES {
            inner.base = inner.rows.fork();
            inner.journal.clear();
            inner.synced_bytes = 0;
        }
    }

    /// Bytes that are written and not synced.
    #[must_use]
    pub fn unsynced_bytes(&self) -> usize {
        let inner = self.lock();
        inner.journal.len() - inner.synced_bytes
    }

    /// The disk as the next start finds it. This one is not used any more.
    #[must_use]
    pub fn crash(&self, crash: Crash) -> (Self, Recovery) {
        let inner = self.lock();
        let kept = crash.kept_bytes.min(inner.journal.len() - inner.synced_bytes);
        let mut journal = inner.journal[..inner.synced_bytes + kept].to_vec();
        if let Some(wrong) = crash.wrong_byte.filter(|_| kept > 0) {
            journal[inner.synced_bytes + wrong % kept] ^= 0x55;
        }
        let rows = inner.base.fork();
        let (mut whole_bytes, mut recovery) = (0, Recovery::default());
        while let Some((batch, length)) = decode_next(&journal[whole_bytes..]) {
            rows.commit(&batch);
            recovery.unsynced_batches += usize::from(whole_bytes >= inner.synced_bytes);
            whole_bytes += length;
        }
        // INVARIANT: what was synced was whole, so only what comes after it can be cut.
        assert!(whole_bytes >= inner.synced_bytes, "a synced batch can't be read");
        recovery.was_torn = whole_bytes < journal.len();
        let base = rows.fork();
        let next = Inner { rows, base, ..Inner::default() };
        (Self { inner: Arc::new(Mutex::new(next)) }, recovery)
    }

    pub(crate) fn commit(&self, batch: &Batch) {
        self.write(batch);
        self.sync();
    }

    pub(crate) fn snapshot(&self) -> MemorySnapshot {
        self.lock().rows.snapshot()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Slice>, StoreError> {
        let mut inner = self.lock();
        inner.look(key)?;
        Ok(inner.rows.get(key))
    }

    pub(crate) fn scan(&self, start: &[u8], bounds: Bounds, direction: Direction) -> Scan<'static> {
        let mut inner = self.lock();
        match inner.look(start) {
            Ok(()) => inner.rows.snapshot().into_scan(bounds, direction),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    pub(crate) fn load(&self, keys: &[Vec<u8>]) {
        if let Some(misses) = &mut self.lock().misses {
            if misses.at_hand.len() > MOST_AT_HAND {
                misses.at_hand.clear();
            }
            misses.at_hand.extend(keys.iter().cloned());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn look(&mut self, key: &[u8]) -> Result<(), StoreError> {
        let Some(misses) = &mut self.misses else { return Ok(()) };
        if misses.at_hand.contains(key) || misses.draw() % 1_000_000 >= u64::from(misses.per_million) {
            return Ok(());
        }
        Err(StoreError::NotLoaded(vec![key.to_vec()]))
    }
}

impl Misses {
    /// SplitMix64.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// A batch as bytes: of each write the key's length and bytes, and the value's length plus one and bytes; 0 removes.
fn encode(batch: &Batch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let number = |length: usize| u32::try_from(length).expect("a row is far below 4 GiB").to_be_bytes();
    for (key, value) in batch.writes() {
        bytes.extend(number(key.len()));
        bytes.extend_from_slice(key);
        bytes.extend(number(value.as_ref().map_or(0, |value| value.len() + 1)));
        bytes.extend(value.iter().flat_map(|value| value.iter()));
    }
    bytes
}

/// The first batch of a journal and the bytes that it takes; nothing if it isn't whole.
fn decode_next(journal: &[u8]) -> Option<(Batch, usize)> {
    let (length, rest) = journal.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let body = rest.get(..length)?;
    if checksum(body) != u64::from_be_bytes(*sum) {
        return None;
    }
    Some((decode(body)?, HEAD_BYTES + length))
}

fn decode(mut body: &[u8]) -> Option<Batch> {
    let mut batch = Batch::default();
    let mut take = |length: usize| {
        let (taken, rest) = body.split_at_checked(length)?;
        body = rest;
        Some(taken)
    };
    let number = |bytes: &[u8]| bytes.try_into().map(|bytes| u32::from_be_bytes(bytes) as usize).ok();
    while let Some(length) = take(4).filter(|bytes| !bytes.is_empty()) {
        let key = take(number(length)?)?.to_vec();
        match number(take(4)?)? {
            0 => batch.remove(key),
            length => batch.put(key, take(length - 1)?),
        }
    }
    Some(batch)
}

/// FNV-1a: enough to tell a torn batch, and the same everywhere.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(key: &str, value: &str) -> Batch {
        let mut batch = Batch::default();
        batch.put(key.as_bytes().to_vec(), value.as_bytes());
        batch.remove(b"gone".to_vec());
        batch
    }

    fn value(disk: &Disk, key: &str) -> Option<String> {
        let value = disk.store().get(key.as_bytes()).unwrap();
        value.map(|value| String::from_utf8(value.to_vec()).unwrap())
    }

    #[test]
    fn a_crash_keeps_what_was_synced_and_drops_a_torn_batch_whole() {
        let disk = Disk::new();
        disk.write(&batch("a", "1"));
        disk.sync();
        disk.write(&batch("b", "2"));
        assert_eq!(value(&disk, "b"), None, "nothing is visible before it is synced");
        let all = disk.unsynced_bytes();
        for kept_bytes in 0..=all {
            let (after, recovery) = disk.crash(Crash { kept_bytes, wrong_byte: None });
            let is_whole = kept_bytes == all;
            assert_eq!(value(&after, "a").as_deref(), Some("1"));
            assert_eq!(value(&after, "b").is_some(), is_whole, "{kept_bytes} of {all}");
            let torn = kept_bytes > 0 && !is_whole;
            assert_eq!(recovery, Recovery { unsynced_batches: usize::from(is_whole), was_torn: torn });
        }
        for wrong in 0..all {
            let (after, recovery) = disk.crash(Crash { kept_bytes: all, wrong_byte: Some(wrong) });
            assert!(recovery.was_torn && value(&after, "b").is_none(), "byte {wrong}");
        }
    }

    #[test]
    fn a_read_that_is_not_at_hand_says_so_until_it_is_loaded() {
        let disk = Disk::new();
        let store = disk.store();
        store.commit(&batch("a", "1")).unwrap();
        disk.miss_reads(1_000_000, 7);
        let Err(StoreError::NotLoaded(keys)) = store.get(b"a") else { panic!("it isn't at hand") };
        let scanned = store.scan(b"a", b"b", Direction::Forward).next();
        assert!(matches!(scanned, Some(Err(StoreError::NotLoaded(_)))));
        store.load(&keys).unwrap();
        assert_eq!(value(&disk, "a").as_deref(), Some("1"));
        assert_eq!(store.scan(b"a", b"b", Direction::Forward).count(), 1);
    }

    #[test]
    fn a_checkpoint_loses_nothing() {
        let disk = Disk::new();
        let long = "x".repeat(CHECKPOINT_BYTES / 2);
        for key in ["a", "b", "c", "d"] {
            disk.store().commit(&batch(key, &long)).unwrap();
        }
        let (after, recovery) = disk.crash(Crash::default());
        assert_eq!(recovery, Recovery::default());
        assert!(["a", "b", "c", "d"].iter().all(|key| value(&after, key).is_some()));
    }
}

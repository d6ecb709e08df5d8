//! Stores that were damaged on the disk: each opens with all that was acknowledged, or is refused with a clear message; none
//! opens with less, or with something else. A torn tail, which nobody was promised, is cut off and kept.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use stepwell_store::{Batch, Direction, Mended, Store, StoreError};
use tempfile::TempDir;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store on the disk that nobody has open, and what is in it.
struct Closed {
    directory: TempDir,
    rows: Rows,
}

impl Closed {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), rows: Rows::new() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Opens it, commits each of the batches, and closes it.
    fn with(mut self, batches: &[&[(&str, &str)]]) -> Self {
        let store = Store::open(&self.path()).unwrap();
        for pairs in batches {
            let mut batch = Batch::default();
            for (key, value) in *pairs {
                batch.put(key.as_bytes().to_vec(), value.as_bytes());
                self.rows.insert(key.as_bytes().to_vec(), value.as_bytes().to_vec());
            }
            store.commit(&batch).unwrap();
        }
        self
    }

    fn copy(&self) -> Self {
        let copy = Self { directory: tempfile::tempdir().unwrap(), rows: self.rows.clone() };
        copy_all(&self.path(), &copy.path());
        copy
    }

    fn journal(&self) -> PathBuf {
        self.path().join("store/0.jnl")
    }

    fn mark(&self) -> PathBuf {
        self.path().join("acknowledged")
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        match path.is_dir() {
            true => copy_all(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

/// All rows, by scan and by key; or the first error.
fn read(store: &Store) -> Result<Rows, StoreError> {
    let mut rows = Rows::new();
    for pair in store.scan(b"", &[0xff; 8], Direction::Forward) {
        let (key, value) = pair?;
        rows.insert(key.to_vec(), value.to_vec());
    }
    for (key, value) in rows.iter().step_by(rows.len().div_ceil(20)) {
        assert_eq!(store.get(key)?.as_deref(), Some(value.as_slice()), "a key and its scan differ");
    }
    Ok(rows)
}

/// What comes of opening and reading it.
fn outcome(closed: &Closed) -> Result<(Rows, Vec<Mended>), StoreError> {
    let store = Store::open(&closed.path())?;
    let rows = read(&store)?;
    Ok((rows, store.mended().to_vec()))
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn length(path: &Path) -> usize {
    fs::metadata(path).unwrap().len() as usize
}

type Damage = fn(&mut Vec<u8>, usize);

/// What may become of a file from one byte on.
const DAMAGES: [(&str, Damage); 5] = [
    ("flipped", |bytes, at| bytes[at] ^= 0x10),
    ("garbage from", |bytes, at| {
        bytes[at..].iter_mut().enumerate().for_each(|(index, byte)| *byte = garbage(index))
    }),
    ("zeros from", |bytes, at| bytes[at..].fill(0)),
    ("cut at", |bytes, at| bytes.truncate(at)),
    ("sixteen bytes of garbage at", |bytes, at| {
        bytes[at..].iter_mut().take(16).enumerate().for_each(|(index, byte)| *byte = garbage(index + 7));
    }),
];

/// Bytes without a pattern, the same each time.
fn garbage(index: usize) -> u8 {
    let mixed = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as u8
}

/// A journal that begins behind what was laid out with zeros, with a last batch whose place in it is known.
fn with_a_last_batch() -> (Closed, Rows, Vec<u8>, std::ops::Range<usize>) {
    // Opening cuts the zeros off, so that copies are small.
    let closed = Closed::new().with(&[&[("a", "1")]]).with(&[&[("b", "2"), ("c", "3")], &[("d", "4")]]);
    let (rows, mark, begin) =
        (closed.rows.clone(), fs::read(closed.mark()).unwrap(), length(&closed.journal()));
    let closed = closed.with(&[&[("a", "one"), ("e", "a value of some length")]]);
    let end = length(&closed.journal());
    (closed, rows, mark, begin..end)
}

#[test]
fn a_last_batch_that_was_not_acknowledged_is_whole_or_cut_off_wherever_it_is_torn() {
    let (closed, before, mark, last) = with_a_last_batch();
    for (name, damage) in DAMAGES {
        // Every byte is flipped; the other damages reach far anyway.
        for at in last.clone().step_by(if name == "flipped" { 1 } else { 7 }) {
            let torn = closed.copy();
            fs::write(torn.mark(), &mark).unwrap();
            change(&torn.journal(), |bytes| damage(bytes, at));
            let case = format!("{name} {} of {}", at - last.start, last.len());
            let (rows, mended) = outcome(&torn).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert!(rows == before || rows == closed.rows, "{case}: {rows:?}");
            for mended in &mended {
                let Mended::TornTail { at, bytes, kept, .. } = mended else { panic!("{case}: {mended}") };
                assert_eq!((*at, length(kept)), (last.start as u64, *bytes as usize), "{case}");
            }
            assert!(rows == before || mended.is_empty(), "{case}: what was cut off is there: {mended:?}");
            // It goes on from there, and opens again as if nothing had been.
            let torn = Closed { rows, ..torn }.with(&[&[("f", "5")]]);
            let (rows, mended) = outcome(&torn).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!((rows, mended), (torn.rows.clone(), Vec::new()), "{case}");
        }
    }
}

#[test]
fn a_last_batch_that_was_acknowledged_is_there_or_the_store_is_refused() {
    let (closed, _, _, last) = with_a_last_batch();
    let mut refused = 0;
    for (name, damage) in DAMAGES {
        for at in last.clone().step_by(if name == "flipped" { 1 } else { 7 }) {
            let damaged = closed.copy();
            change(&damaged.journal(), |bytes| damage(bytes, at));
            let journal = fs::read(damaged.journal()).unwrap();
            let case = format!("{name} {} of {}", at - last.start, last.len());
            match outcome(&damaged) {
                // The number of the last batch is no part of its checksum, and a greater one says the same.
                Ok((rows, _)) => assert_eq!(rows, closed.rows, "{case}"),
                Err(error) => {
                    refused += 1;
                    let told = error.to_string();
                    assert!(told.contains("restore the data directory from a backup"), "{case}: {told}");
                    assert_eq!(
                        fs::read(damaged.journal()).unwrap(),
                        journal,
                        "{case}: a refused store was changed"
                    );
                }
            }
        }
    }
    assert!(
        refused > last.len() - 16 + (DAMAGES.len() - 1) * (last.len() / 7 - 2),
        "only {refused} were refused"
    );
}

#[test]
fn damage_before_the_last_batch_is_refused_and_the_file_named() {
    let (closed, _, mark, last) = with_a_last_batch();
    for mark in [fs::read(closed.mark()).unwrap(), mark, Vec::new()] {
        for at in (0..last.start).step_by(if mark.is_empty() { 1 } else { 5 }) {
            let damaged = closed.copy();
            fs::write(damaged.mark(), &mark).unwrap();
            change(&damaged.journal(), |bytes| bytes[at] ^= 0x04);
            match outcome(&damaged) {
                Ok((rows, _)) => assert_eq!(rows, closed.rows, "byte {at}"),
                Err(StoreError::Damaged { path, .. }) => assert_eq!(path, damaged.journal(), "byte {at}"),
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
    }
}

#[test]
fn a_value_that_looks_like_a_journal_doesnt_make_a_torn_tail_damage() {
    let (closed, ..) = with_a_last_batch();
    let journal = fs::read(closed.journal()).unwrap();
    let (mark, begin) = (fs::read(closed.mark()).unwrap(), journal.len());
    // A batch from another store, with a number that comes next.
    let other =
        Closed::new().with(&[&[("x", "y")], &[("x", "y")], &[("x", "y")], &[("x", "y")], &[("x", "y")]]);
    let bytes = fs::read(other.journal()).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let store = Store::open(&closed.path()).unwrap();
    let mut batch = Batch::default();
    batch.put(b"evil".to_vec(), &bytes[..end]);
    batch.put(b"last".to_vec(), b"value".as_slice());
    store.commit(&batch).unwrap();
    drop(store);
    fs::write(closed.mark(), mark).unwrap();
    let whole = length(&closed.journal());
    change(&closed.journal(), |bytes| bytes[whole - 8] ^= 1);
    let (rows, mended) = outcome(&closed).unwrap();
    assert_eq!(rows, closed.rows);
    assert!(matches!(&mended[..], [Mended::TornTail { at, .. }] if *at == begin as u64), "{mended:?}");
}

/// A store of several tables and a journal.
fn with_tables() -> Closed {
    let mut closed = Closed::new();
    let store = Store::open(&closed.path()).unwrap();
    for number in 0..440_u32 {
        let key = format!("key-{number:05}");
        // Nothing that could be compressed: 17 MB, so that memtables of 16 MiB are flushed.
        let mixed = |index: u32| garbage((number * 40_000 + index) as usize);
        let value: Vec<u8> = (0..40_000).map(mixed).collect();
        let mut batch = Batch::default();
        batch.put(key.clone().into_bytes(), value.as_slice());
        store.commit(&batch).unwrap();
        closed.rows.insert(key.into_bytes(), value);
    }
    wait_for_tables(&closed.path());
    drop(store);
    drop(Store::open(&closed.path()).unwrap());
    closed
}

/// A flush is the embedded store's own business: it is over when there is a table that the manifest names.
fn wait_for_tables(data: &Path) {
    let began = std::time::Instant::now();
    while files(&data.join("store/keyspaces/1/tables")).is_empty() {
        assert!(began.elapsed().as_secs() < 30, "no memtable was flushed");
        std::thread::yield_now();
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    found.sort();
    found
}

/// Opens and reads it under each damage to `file`: it has all rows, or there is an error.
fn try_damages(closed: &Closed, file: &Path, places: &[usize]) -> (usize, usize) {
    let sound = fs::read(file).unwrap();
    let (mut refused, mut unharmed) = (0, 0);
    for (name, damage) in DAMAGES {
        for at in places {
            let mut bytes = sound.clone();
            damage(&mut bytes, *at);
            let copy = closed.copy();
            let target = copy.path().join(file.strip_prefix(closed.path()).unwrap());
            fs::write(&target, bytes).unwrap();
            let case = format!("{}: {name} {at} of {}", target.display(), sound.len());
            match std::panic::catch_unwind(|| outcome(&copy)) {
                Ok(Ok((rows, _))) => {
                    assert!(rows == copy.rows, "{case}: opened with other rows");
                    unharmed += 1;
                }
                Ok(Err(_)) => refused += 1,
                Err(_) => panic!("{case}: a panic"),
            }
        }
    }
    (refused, unharmed)
}

#[test]
fn a_damaged_manifest_is_refused() {
    let (closed, ..) = with_a_last_batch();
    for keyspace in ["0", "1"] {
        for file in files(&closed.path().join("store/keyspaces").join(keyspace)) {
            let length = length(&file);
            let places: Vec<usize> = (0..length).step_by((length / 8).max(1)).collect();
            let (refused, _) = try_damages(&closed, &file, &places);
            assert!(refused > 3 * places.len(), "{}: {refused} refused", file.display());
        }
    }
}

#[test]
fn a_missing_file_is_refused_and_named() {
    let (closed, ..) = with_a_last_batch();
    let store = closed.path().join("store");
    let mut missing = vec![
        store.clone(),
        store.join("version"),
        store.join("0.jnl"),
        store.join("keyspaces/0"),
        store.join("keyspaces/1"),
        store.join("keyspaces/0/current"),
        store.join("keyspaces/1/current"),
    ];
    missing.extend(["0", "1"].iter().flat_map(|keyspace| files(&store.join("keyspaces").join(keyspace))));
    for path in missing {
        let copy = closed.copy();
        let target = copy.path().join(path.strip_prefix(closed.path()).unwrap());
        match target.is_dir() {
            true => fs::remove_dir_all(&target).unwrap(),
            false => fs::remove_file(&target).unwrap(),
        }
        let error = outcome(&copy).err().unwrap_or_else(|| panic!("opened without {}", target.display()));
        let told = error.to_string();
        assert!(told.contains("restore the data directory from a backup"), "{told}");
    }
}

#[test]
fn a_store_that_was_not_made_to_its_end_is_made_anew() {
    for left in [&["0.jnl", "lock"][..], &["lock"], &["0.jnl", "keyspaces", "lock"]] {
        let closed = Closed::new();
        let store = closed.path().join("store");
        fs::create_dir_all(&store).unwrap();
        for name in left {
            match *name {
                "keyspaces" => fs::create_dir(store.join(name)).unwrap(),
                name => fs::File::create(store.join(name)).unwrap().set_len(64 << 20).unwrap(),
            }
        }
        let closed = closed.with(&[&[("a", "1")]]);
        assert_eq!(outcome(&closed).unwrap().0, closed.rows, "{left:?}");
    }
}

#[test]
fn a_damaged_table_is_an_error_and_never_a_wrong_value() {
    let closed = with_tables();
    let tables = files(&closed.path().join("store/keyspaces/1/tables"));
    assert!(!tables.is_empty());
    let file = &tables[0];
    let length = length(file);
    // The middle of blocks, and the end, where index, filter and meta stand.
    let places = [0, length / 2, length - 9000, length - 500, length - 20];
    let (refused, unharmed) = try_damages(&closed, file, &places);
    assert!(refused > 16, "{refused} refused, {unharmed} unharmed");
    let copy = closed.copy();
    fs::remove_file(copy.path().join(file.strip_prefix(closed.path()).unwrap())).unwrap();
    let told = outcome(&copy).expect_err("a table is missing").to_string();
    assert!(told.contains("restore the data directory from a backup"), "{told}");
}

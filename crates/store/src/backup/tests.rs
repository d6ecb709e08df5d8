//! A backup is the store it was made of, or it is refused.

use super::*;
use crate::{Batch, Direction, Pair, Slice, Store};
use std::path::Path;

/// A store in memory with so many rows of so many bytes.
fn store(rows: u32, length: usize) -> Store {
    let store = Store::in_memory();
    let mut batch = Batch::default();
    for row in 0..rows {
        batch.put(row.to_be_bytes().to_vec(), Slice::from(vec![row.to_be_bytes()[3]; length]));
    }
    store.commit(&batch).unwrap();
    store
}

fn backup(store: &Store) -> Vec<u8> {
    let mut file = Vec::new();
    let summary = write(store.snapshot(), &mut file).unwrap();
    assert_eq!(summary.rows as usize, all(store).len());
    file
}

fn all(store: &Store) -> Vec<Pair> {
    store.scan(&[], &[0xFF; 16], Direction::Forward).collect::<Result<_, _>>().unwrap()
}

fn refusal(file: &[u8]) -> String {
    read(file, |_, _| Ok(())).unwrap_err().to_string()
}

fn restored(file: &[u8], to: &Path) -> Result<Summary, BackupError> {
    restore(file, to, |_| Ok(()))
}

#[test]
fn a_restored_store_has_the_rows_of_the_one_that_was_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    for (rows, length) in [(0, 0), (1, 0), (3, 5), (10_000, 300), (3, 3 << 20)] {
        let store = store(rows, length);
        let to = folder.path().join(format!("{rows}-{length}"));
        restored(&backup(&store), &to).unwrap();
        assert_eq!(all(&Store::open(&to).unwrap()), all(&store));
    }
}

#[test]
fn a_file_that_is_cut_or_changed_anywhere_is_refused() {
    let file = backup(&store(3, 10));
    for length in 0..file.len() {
        let expected = if length < 16 { "this is no backup" } else { "the backup is cut off" };
        assert_eq!(refusal(&file[..length]), expected, "at {length}");
        let mut changed = file.clone();
        changed[length] ^= 1;
        assert_ne!(refusal(&changed), "", "at {length}");
    }
    let mut longer = file.clone();
    longer.push(0);
    assert_eq!(refusal(&longer), "the backup is damaged: more behind its end");
    assert_eq!(refusal(b"PK\x03\x04 some other file"), "this is no backup");
    let newer = [&MAGIC[..], &2_u32.to_be_bytes()].concat();
    assert_eq!(refusal(&newer), "the backup is of version 2, newer than this program");
}

#[test]
fn a_length_that_is_not_true_asks_for_no_memory() {
    let head = [&MAGIC[..], &VERSION.to_be_bytes(), &[CHUNK]].concat();
    assert_eq!(refusal(&[&head[..], &(1_u32 << 30).to_be_bytes()].concat()), "the backup is cut off");
    assert_eq!(
        refusal(&[&head[..], &u32::MAX.to_be_bytes()].concat()),
        "the backup is damaged: a chunk longer than any"
    );
}

#[test]
fn nothing_is_restored_by_half_or_over_something() {
    let folder = tempfile::tempdir().unwrap();
    let (file, to) = (backup(&store(10_000, 300)), folder.path().join("data"));
    restored(&file[..file.len() - 1], &to).unwrap_err();
    restore(&file[..], &to, |_| Err(BackupError::Damaged("it isn't whole"))).unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left of it");
    std::fs::create_dir(&to).unwrap();
    restored(&file, &to).unwrap();
    let error = restored(&file, &to).unwrap_err().to_string();
    assert_eq!(error, format!("the directory `{}` isn't empty", to.display()));
}

#[test]
fn a_backup_is_the_store_at_one_moment() {
    let store = store(3, 10);
    let snapshot = store.snapshot();
    let mut batch = Batch::default();
    batch.remove(0_u32.to_be_bytes().to_vec());
    batch.put(9_u32.to_be_bytes().to_vec(), vec![9]);
    store.commit(&batch).unwrap();
    let mut file = Vec::new();
    assert_eq!(write(snapshot, &mut file).unwrap().rows, 3);
}

//! Each case runs on both backends: they must not be told apart.

use super::*;

fn stores() -> Vec<(&'static str, Store, Option<tempfile::TempDir>)> {
    let directory = tempfile::tempdir().unwrap();
    let embedded = Store::open(directory.path()).unwrap();
    vec![("embedded", embedded, Some(directory)), ("memory", Store::in_memory(), None)]
}

fn put(store: &Store, pairs: &[(&str, &str)]) {
    let mut batch = Batch::default();
    for (key, value) in pairs {
        batch.put(key.as_bytes().to_vec(), value.as_bytes());
    }
    store.commit(&batch).unwrap();
}

fn keys(scan: Scan<'_>) -> Vec<String> {
    scan.map(|pair| String::from_utf8(pair.unwrap().0.to_vec()).unwrap()).collect()
}

#[test]
fn a_commit_is_read_back_and_scanned_in_order() {
    for (name, store, _directory) in stores() {
        put(&store, &[("b", "2"), ("a", "1"), ("c", "3"), ("ca", "4")]);
        assert_eq!(store.get(b"b").unwrap().unwrap().to_vec(), b"2", "{name}");
        assert_eq!(keys(store.scan(b"a", b"c", Direction::Forward)), ["a", "b"], "{name}");
        assert_eq!(keys(store.scan(b"b", b"d", Direction::Backward)), ["ca", "c", "b"], "{name}");
        assert_eq!(keys(store.scan(b"d", b"a", Direction::Forward)), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_snapshot_stays_as_it_was() {
    for (name, store, _directory) in stores() {
        put(&store, &[("a", "1")]);
        let snapshot = store.snapshot();
        let mut batch = Batch::default();
        batch.remove(b"a".to_vec());
        batch.put(b"b".to_vec(), b"2".as_slice());
        store.commit(&batch).unwrap();
        assert_eq!(keys(snapshot.scan(b"", b"z", Direction::Forward)), ["a"], "{name}");
        assert!(snapshot.get(b"b").unwrap().is_none(), "{name}");
        assert_eq!(keys(store.scan(b"", b"z", Direction::Forward)), ["b"], "{name}");
    }
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    put(&store, &[("a", "1")]);
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.get(b"a").unwrap().unwrap().to_vec(), b"1");
}

#[test]
fn a_second_owner_is_refused_and_told_the_pid() {
    let directory = tempfile::tempdir().unwrap();
    let _store = Store::open(directory.path()).unwrap();
    let refused = Store::open(directory.path()).err().expect("it is locked").to_string();
    assert!(refused.contains(&format!("in use by the process {}", std::process::id())), "{refused}");
}

#[test]
fn the_directory_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("data");
    let _store = Store::open(&inner).unwrap();
    assert_eq!(std::fs::metadata(inner).unwrap().permissions().mode() & 0o777, 0o700);
}

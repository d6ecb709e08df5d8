//! Reads the shim's log. A record that was cut off by the kill is that of an operation that was not done.

use std::path::{Path, PathBuf};
use stepwell_bench::trouble::{Doing, Trouble};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    Create { inode: u64, path: PathBuf },
    Write { inode: u64, offset: u64, length: u64, size_before: u64, before: Vec<u8> },
    Truncate { inode: u64, size_before: u64, size: u64, lost: Vec<u8> },
    Rename { from: PathBuf, to: PathBuf },
    Unlink { path: PathBuf },
    MakeDirectory { path: PathBuf },
    SyncFile { inode: u64, records: u64 },
    SyncDirectory { path: PathBuf, records: u64 },
    SyncAll { records: u64 },
}

/// # Errors
/// If there is no log, or it has what the shim doesn't write.
pub fn read(path: &Path) -> Result<Vec<Record>, Trouble> {
    let bytes = std::fs::read(path).doing(path.display())?;
    let mut rest = bytes.as_slice();
    let mut records = Vec::new();
    while let Some((record, tail)) = next(rest) {
        let record = decode(record);
        records
            .push(record.ok_or_else(|| Trouble::other(format!("record {} can't be read", records.len())))?);
        rest = tail;
    }
    Ok(records)
}

fn next(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(4)?;
    rest.split_at_checked(u32::from_le_bytes(length.try_into().ok()?) as usize)
}

fn decode(record: &[u8]) -> Option<Record> {
    let (kind, mut rest) = record.split_first()?;
    let mut number = || {
        let (bytes, tail) = rest.split_at_checked(8)?;
        rest = tail;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    let [a, b, c, d] = [number()?, number()?, number()?, number()?];
    let mut path = || {
        let (length, tail) = rest.split_at_checked(4)?;
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let (path, tail) = tail.split_at_checked(length)?;
        rest = tail;
        Some(PathBuf::from(std::str::from_utf8(path).ok()?))
    };
    let (first, second) = (path()?, path()?);
    let bytes = rest.to_vec();
    Some(match kind {
        1 => Record::Create { inode: a, path: first },
        2 => Record::Write { inode: a, offset: b, length: c, size_before: d, before: bytes },
        3 => Record::Truncate { inode: a, size_before: b, size: c, lost: bytes },
        4 => Record::Rename { from: first, to: second },
        5 => Record::Unlink { path: first },
        6 => Record::MakeDirectory { path: first },
        8 => Record::SyncFile { inode: a, records: b },
        9 => Record::SyncDirectory { path: first, records: a },
        10 => Record::SyncAll { records: a },
        _ => return None,
    })
}

//! The records of the log: a length, a kind, numbers, two paths, bytes. The crash test's `power/log.rs` reads them.

#[derive(Clone, Copy)]
pub enum Kind {
    /// A file came into being: inode, path.
    Create = 1,
    /// Bytes were written: inode, offset, length, size before; the bytes that were there.
    Write = 2,
    /// A size was set: inode, size before, size after; the bytes that were cut off, without zeros at their end.
    Truncate = 3,
    Rename = 4,
    Unlink = 5,
    MakeDirectory = 6,
    /// A file was synced: inode, the number of records that had been written when the sync began.
    SyncFile = 8,
    /// A directory was synced: the number of records, path.
    SyncDirectory = 9,
    /// All of the file system was synced: the number of records.
    SyncAll = 10,
}

pub fn encode(kind: Kind, numbers: [u64; 4], paths: [&[u8]; 2], bytes: &[u8]) -> Vec<u8> {
    let mut record = vec![0; 4];
    record.push(kind as u8);
    numbers.iter().for_each(|number| record.extend_from_slice(&number.to_le_bytes()));
    for path in paths {
        record.extend_from_slice(&(path.len() as u32).to_le_bytes());
        record.extend_from_slice(path);
    }
    record.extend_from_slice(bytes);
    let length = record.len() as u32 - 4;
    record[..4].copy_from_slice(&length.to_le_bytes());
    record
}

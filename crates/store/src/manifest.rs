//! Looks at a keyspace's manifest before it is opened: `current` names the version that holds, and says its checksum.
//!
//! The embedded store reads the version's file first and trusts its lengths.

use crate::StoreError;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_128;

/// Of `current`: the version's number, the checksum of its file, the kind of checksum.
const CURRENT_BYTES: usize = 8 + 16 + 1;

/// Whether the manifest of the keyspace in `directory` is what was written.
pub fn check(directory: &Path) -> Result<(), StoreError> {
    let current = directory.join("current");
    let bytes = read(&current)?;
    let Ok(bytes) = <[u8; CURRENT_BYTES]>::try_from(bytes) else {
        return damaged(current, "it has not the length of a manifest");
    };
    let number = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    let checksum = u128::from_le_bytes(bytes[8..24].try_into().expect("sixteen bytes"));
    if bytes[24] != 0 {
        return damaged(current, "it names a checksum that there isn't");
    }
    let version = directory.join(format!("v{number}"));
    if !version.exists() {
        return damaged(version, "it is missing");
    }
    match xxh3_128(&read(&version)?) == checksum {
        true => Ok(()),
        false => damaged(version, "its checksum isn't the one in `current`"),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    std::fs::read(path).map_err(|source| StoreError::Read { path: path.to_owned(), source })
}

fn damaged(path: PathBuf, what: &str) -> Result<(), StoreError> {
    Err(StoreError::Damaged { path, what: what.to_owned() })
}

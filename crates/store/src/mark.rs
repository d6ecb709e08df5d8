//! How far the store was acknowledged: a number beside it, written after each commit and never synced.
//!
//! It survives the process and may lag behind after a power loss; it is never ahead of what is durable. So a store that has
//! less than it says has lost something, and what the store has beyond it may be a torn tail.

use crate::StoreError;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64_with_seed;

const FILE: &str = "acknowledged";
/// So that a file of zeros is no mark.
const SEED: u64 = 0x5745_4c4c;
const BYTES: usize = 16;

#[derive(Debug)]
pub struct Mark {
    path: PathBuf,
    file: File,
}

impl Mark {
    /// Opens it, and says what it said; nothing where it is new, or torn by a power loss.
    pub fn open(directory: &Path) -> Result<(Self, Option<u64>), StoreError> {
        let path = directory.join(FILE);
        let fail = |source| StoreError::Write { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(fail)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fail)?;
        Ok((Self { path, file }, decode(&bytes)))
    }

    /// Writes that everything up to `number` is durable.
    pub fn set(&self, number: u64) -> Result<(), StoreError> {
        let written = self.file.write_all_at(&encode(number), 0);
        written.map_err(|source| StoreError::Write { path: self.path.clone(), source })
    }
}

fn encode(number: u64) -> [u8; BYTES] {
    let number = number.to_le_bytes();
    let mut bytes = [0; BYTES];
    bytes[..8].copy_from_slice(&number);
    bytes[8..].copy_from_slice(&xxh3_64_with_seed(&number, SEED).to_le_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<u64> {
    let number = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
    (bytes == encode(number)).then_some(number)
}

//! A store as one file: every row in order, so that it can be carried elsewhere and made anew there.
//!
//! | part | bytes |
//! |---|---|
//! | head | `STEPWELL BACKUP\n`, the version of this format (4 bytes): 1 |
//! | chunk, any number | `C`, the length of its rows (4 bytes), its rows, the SHA-256 of the file up to here |
//! | row | the length of the key (4 bytes), the key, the length of the value (4 bytes), the value |
//! | end | `E`, how many rows (8 bytes), the bytes of their keys and values (8 bytes), the SHA-256 of the file up to here |
//!
//! Numbers are big-endian, keys ascend strictly, nothing follows the end. A file that was cut or changed anywhere is refused,
//! since each digest is over all that comes before it. It knows the meaning of no key.

mod reader;
mod restore;
mod writer;

pub use reader::read;
pub use restore::{empty_directory, restore};
pub use writer::{Pieces, write};

use crate::StoreError;

const MAGIC: &[u8; 16] = b"STEPWELL BACKUP\n";
const VERSION: u32 = 1;
const CHUNK: u8 = b'C';
const END: u8 = b'E';
/// A chunk ends with the row that reaches this size.
const CHUNK_BYTES: usize = 1 << 20;
/// No chunk of ours is longer: the length of one that is was never written so.
const LONGEST_CHUNK: u32 = 1 << 30;

/// What a backup holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub rows: u64,
    /// Of keys and values.
    pub bytes: u64,
}

/// Why a backup could not be written, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the backup can't be read or written: {0}")]
    File(#[from] std::io::Error),
    #[error("this is no backup")]
    Foreign,
    #[error("the backup is of version {0}, newer than this program")]
    Newer(u32),
    #[error("the backup is cut off")]
    Cut,
    #[error("the backup is damaged: {0}")]
    Damaged(&'static str),
    #[error("the directory `{}` isn't empty", .0.display())]
    NotEmpty(std::path::PathBuf),
}

#[cfg(test)]
mod tests;

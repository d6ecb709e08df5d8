//! Writes a snapshot as a file, a chunk at a time.

use super::{BackupError, CHUNK, CHUNK_BYTES, END, MAGIC, Summary, VERSION};
use crate::{Direction, Snapshot};
use sha2::{Digest, Sha256};
use std::io::Write;

/// Pairs that are read in one go. A scan holds on to what was in memory when it began, so none of them is long.
const PAGE: usize = 4096;

/// Writes all rows of a snapshot.
///
/// # Errors
/// What the store or the file said.
pub fn write(snapshot: &Snapshot, to: impl Write) -> Result<Summary, BackupError> {
    let mut writer = Writer { to, digest: Sha256::new(), chunk: Vec::new(), summary: Summary::default() };
    writer.put(MAGIC)?;
    writer.put(&VERSION.to_be_bytes())?;
    let mut start = Vec::new();
    loop {
        let mut count = 0;
        for pair in snapshot.scan(&start, &[0xFF; 16], Direction::Forward).take(PAGE) {
            let (key, value) = pair?;
            writer.row(&key, &value)?;
            count += 1;
            if count == PAGE {
                start = [&key[..], &[0]].concat();
            }
        }
        if count < PAGE {
            return writer.finish();
        }
    }
}

struct Writer<W> {
    to: W,
    /// Of all that was written.
    digest: Sha256,
    /// Rows that are not written yet.
    chunk: Vec<u8>,
    summary: Summary,
}

impl<W: Write> Writer<W> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.digest.update(bytes);
        Ok(self.to.write_all(bytes)?)
    }

    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        for part in [key, value] {
            let length = u32::try_from(part.len()).map_err(|_| BackupError::Damaged("a row too long"))?;
            self.chunk.extend_from_slice(&length.to_be_bytes());
            self.chunk.extend_from_slice(part);
        }
        self.summary.rows += 1;
        self.summary.bytes += (key.len() + value.len()) as u64;
        if self.chunk.len() >= CHUNK_BYTES { self.end_chunk() } else { Ok(()) }
    }

    fn end_chunk(&mut self) -> Result<(), BackupError> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.chunk);
        let length = u32::try_from(chunk.len()).map_err(|_| BackupError::Damaged("a row too long"))?;
        self.put(&[CHUNK])?;
        self.put(&length.to_be_bytes())?;
        self.put(&chunk)?;
        self.chunk = chunk;
        self.chunk.clear();
        self.put_digest()
    }

    fn put_digest(&mut self) -> Result<(), BackupError> {
        let digest = self.digest.clone().finalize();
        self.put(&digest)
    }

    fn finish(mut self) -> Result<Summary, BackupError> {
        self.end_chunk()?;
        self.put(&[END])?;
        self.put(&self.summary.rows.to_be_bytes())?;
        self.put(&self.summary.bytes.to_be_bytes())?;
        self.put_digest()?;
        self.to.flush()?;
        Ok(self.summary)
    }
}

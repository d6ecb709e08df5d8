//! Writes a snapshot as a file, a piece at a time: whoever takes the pieces sets the pace, and between two of them nothing is
//! held but the snapshot.

use super::{BackupError, CHUNK, CHUNK_BYTES, END, MAGIC, Summary, VERSION};
use crate::{Direction, Snapshot};
use sha2::{Digest, Sha256};
use std::io::Write;

/// A backup while it is written.
pub struct Pieces {
    snapshot: Snapshot,
    /// The next key to look at.
    start: Vec<u8>,
    /// Of all that was written.
    digest: Sha256,
    summary: Summary,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Rows,
    Over,
}

/// Writes all rows of a snapshot.
///
/// # Errors
/// What the store or the file said.
pub fn write(snapshot: Snapshot, mut to: impl Write) -> Result<Summary, BackupError> {
    let mut pieces = Pieces::new(snapshot);
    while let Some(piece) = pieces.piece()? {
        to.write_all(&piece)?;
    }
    to.flush()?;
    Ok(pieces.summary)
}

impl Pieces {
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            start: Vec::new(),
            digest: Sha256::new(),
            summary: Summary::default(),
            stage: Stage::Head,
        }
    }

    /// What was written so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// The next piece, about a megabyte, unless a row is larger; nothing after the last.
    ///
    /// # Errors
    /// What the store said. The backup can't go on then.
    pub fn piece(&mut self) -> Result<Option<Vec<u8>>, BackupError> {
        let mut piece = Vec::new();
        match self.stage {
            Stage::Head => {
                self.put(MAGIC, &mut piece);
                self.put(&VERSION.to_be_bytes(), &mut piece);
                self.stage = Stage::Rows;
            }
            Stage::Rows => {
                let rows = self.rows()?;
                if rows.is_empty() {
                    self.end(&mut piece);
                } else {
                    self.chunk(&rows, &mut piece)?;
                }
            }
            Stage::Over => return Ok(None),
        }
        Ok(Some(piece))
    }

    /// The rows of the next chunk.
    fn rows(&mut self) -> Result<Vec<u8>, BackupError> {
        let mut rows = Vec::new();
        let mut last = None;
        for pair in self.snapshot.scan(&self.start, &[0xFF; 16], Direction::Forward) {
            let (key, value) = pair?;
            for part in [&key, &value] {
                rows.extend_from_slice(&length(part)?);
                rows.extend_from_slice(part);
            }
            self.summary.rows += 1;
            self.summary.bytes += (key.len() + value.len()) as u64;
            last = Some(key);
            if rows.len() >= CHUNK_BYTES {
                break;
            }
        }
        if let Some(last) = last {
            self.start = [&last[..], &[0]].concat();
        }
        Ok(rows)
    }

    fn chunk(&mut self, rows: &[u8], piece: &mut Vec<u8>) -> Result<(), BackupError> {
        self.put(&[CHUNK], piece);
        self.put(&length(rows)?, piece);
        self.put(rows, piece);
        self.put_digest(piece);
        Ok(())
    }

    fn end(&mut self, piece: &mut Vec<u8>) {
        self.put(&[END], piece);
        self.put(&self.summary.rows.to_be_bytes(), piece);
        self.put(&self.summary.bytes.to_be_bytes(), piece);
        self.put_digest(piece);
        self.stage = Stage::Over;
    }

    fn put_digest(&mut self, piece: &mut Vec<u8>) {
        let digest = self.digest.clone().finalize();
        self.put(&digest, piece);
    }

    fn put(&mut self, bytes: &[u8], piece: &mut Vec<u8>) {
        self.digest.update(bytes);
        piece.extend_from_slice(bytes);
    }
}

fn length(bytes: &[u8]) -> Result<[u8; 4], BackupError> {
    let length = u32::try_from(bytes.len()).map_err(|_| BackupError::Damaged("a row too long"))?;
    Ok(length.to_be_bytes())
}

//! Reads a backup, and believes nothing of it before its digest agrees.

use super::{BackupError, CHUNK, END, LONGEST_CHUNK, MAGIC, Summary, VERSION};
use crate::Slice;
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Read};

/// Gives every row of a backup to `take`, in order. What was given belongs to a whole backup only when this returns.
///
/// # Errors
/// [`BackupError`], also for what `take` says.
pub fn read(
    from: impl Read,
    mut take: impl FnMut(&[u8], Slice) -> Result<(), BackupError>,
) -> Result<Summary, BackupError> {
    let mut reader = Reader { from, digest: Sha256::new() };
    reader.head()?;
    let (mut summary, mut last_key) = (Summary::default(), None);
    loop {
        match reader.array::<1>()? {
            [CHUNK] => {
                let chunk = reader.chunk()?;
                rows(&chunk, &mut last_key, &mut summary, &mut take)?;
            }
            [END] => {
                let rows = u64::from_be_bytes(reader.array()?);
                let bytes = u64::from_be_bytes(reader.array()?);
                reader.check_digest()?;
                if (Summary { rows, bytes }) != summary {
                    return Err(BackupError::Damaged("it has other rows than its end says"));
                }
                return reader.end().map(|()| summary);
            }
            _ => return Err(BackupError::Damaged("a part of an unknown kind")),
        }
    }
}

struct Reader<R> {
    from: R,
    /// Of all that was read.
    digest: Sha256,
}

impl<R: Read> Reader<R> {
    fn head(&mut self) -> Result<(), BackupError> {
        let magic = self.array::<16>().map_err(|error| match error {
            BackupError::Cut => BackupError::Foreign,
            other => other,
        })?;
        if magic != *MAGIC {
            return Err(BackupError::Foreign);
        }
        match u32::from_be_bytes(self.array()?) {
            VERSION => Ok(()),
            newer => Err(BackupError::Newer(newer)),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BackupError> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes).map_err(cut)?;
        self.digest.update(bytes);
        Ok(bytes)
    }

    fn chunk(&mut self) -> Result<Vec<u8>, BackupError> {
        let length = u32::from_be_bytes(self.array()?);
        if length > LONGEST_CHUNK {
            return Err(BackupError::Damaged("a chunk longer than any"));
        }
        // Grows as it is read: a length that isn't true asks for no memory.
        let mut chunk = Vec::new();
        self.from.by_ref().take(u64::from(length)).read_to_end(&mut chunk)?;
        if chunk.len() < length as usize {
            return Err(BackupError::Cut);
        }
        self.digest.update(&chunk);
        self.check_digest()?;
        Ok(chunk)
    }

    fn check_digest(&mut self) -> Result<(), BackupError> {
        let expected = self.digest.clone().finalize();
        if self.array::<32>()? == expected[..] {
            Ok(())
        } else {
            Err(BackupError::Damaged("a digest that doesn't agree"))
        }
    }

    fn end(&mut self) -> Result<(), BackupError> {
        let mut more = [0];
        match self.from.read(&mut more)? {
            0 => Ok(()),
            _ => Err(BackupError::Damaged("more behind its end")),
        }
    }
}

fn cut(error: std::io::Error) -> BackupError {
    if error.kind() == ErrorKind::UnexpectedEof { BackupError::Cut } else { error.into() }
}

fn rows(
    mut chunk: &[u8],
    last_key: &mut Option<Vec<u8>>,
    summary: &mut Summary,
    take: &mut impl FnMut(&[u8], Slice) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    while !chunk.is_empty() {
        let (key, value) = (part(&mut chunk)?, part(&mut chunk)?);
        if last_key.as_deref().is_some_and(|last| last >= key) {
            return Err(BackupError::Damaged("keys out of order"));
        }
        *last_key = Some(key.to_vec());
        summary.rows += 1;
        summary.bytes += (key.len() + value.len()) as u64;
        take(key, Slice::from(value))?;
    }
    Ok(())
}

fn part<'a>(chunk: &mut &'a [u8]) -> Result<&'a [u8], BackupError> {
    let short = || BackupError::Damaged("a row that ends outside of its chunk");
    let (length, rest) = chunk.split_first_chunk::<4>().ok_or_else(short)?;
    let length = u32::from_be_bytes(*length) as usize;
    let (part, rest) = rest.split_at_checked(length).ok_or_else(short)?;
    *chunk = rest;
    Ok(part)
}

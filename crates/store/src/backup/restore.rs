//! Makes a data directory of a backup: beside its place, whole, and only then moved there.

use super::{BackupError, Summary, read};
use crate::{Batch, Store};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Rows are committed in batches of about this size.
const BATCH_BYTES: usize = 4 << 20;

/// Makes the data directory `to`, which must be missing or empty, of a backup. `verify` looks at the new store before it takes
/// its place. After an error there is nothing at `to` that wasn't there before.
///
/// # Errors
/// [`BackupError`], also for what `verify` says.
pub fn restore(
    from: impl Read,
    to: &Path,
    verify: impl FnOnce(&Store) -> Result<(), BackupError>,
) -> Result<Summary, BackupError> {
    empty_directory(to)?;
    let beside = beside(to)?;
    let made = make(from, &beside, verify);
    let moved = made.and_then(|summary| {
        fs::rename(&beside, to)?;
        sync_parent(to)?;
        Ok(summary)
    });
    if moved.is_err() && beside.exists() {
        fs::remove_dir_all(&beside)?;
    }
    moved
}

/// Refuses a directory that has something in it.
///
/// # Errors
/// [`BackupError::NotEmpty`].
pub fn empty_directory(directory: &Path) -> Result<(), BackupError> {
    match fs::read_dir(directory) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(BackupError::NotEmpty(directory.to_owned())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn make(
    from: impl Read,
    directory: &Path,
    verify: impl FnOnce(&Store) -> Result<(), BackupError>,
) -> Result<Summary, BackupError> {
    let store = Store::open(directory)?;
    let (mut batch, mut bytes) = (Batch::default(), 0);
    let summary = read(from, |key, value| {
        bytes += key.len() + value.len();
        batch.put(key.to_vec(), value);
        if bytes >= BATCH_BYTES {
            store.commit(&std::mem::take(&mut batch))?;
            bytes = 0;
        }
        Ok(())
    })?;
    store.commit(&batch)?;
    verify(&store)?;
    Ok(summary)
}

/// A place on the same file system that nobody else has.
fn beside(to: &Path) -> Result<PathBuf, BackupError> {
    let absolute = std::path::absolute(to)?;
    let name = absolute.file_name().ok_or_else(|| BackupError::NotEmpty(to.to_owned()))?;
    let mut beside = name.to_owned();
    beside.push(format!(".restoring-{}", std::process::id()));
    let beside = absolute.with_file_name(beside);
    if let Some(parent) = beside.parent() {
        fs::create_dir_all(parent)?;
    }
    // Left over from a process of the same number that was killed.
    if beside.exists() {
        fs::remove_dir_all(&beside)?;
    }
    Ok(beside)
}

/// The new name is durable when its directory is.
fn sync_parent(path: &Path) -> Result<(), BackupError> {
    let absolute = std::path::absolute(path)?;
    if let Some(parent) = absolute.parent() {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

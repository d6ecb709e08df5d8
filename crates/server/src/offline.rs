//! A data directory that no server has open: looked at, counted, and made of a backup.
//!
//! Each takes the directory's lock, so none meets a running server. Looking at a store changes no row of it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use stepwell_services::check;
pub use stepwell_services::check::{FamilyCount, Report, Violation};
use stepwell_services::failure::Failure;
use stepwell_services::format;
use stepwell_services::stats;
pub use stepwell_services::stats::Stats;
use stepwell_store::Store;
use stepwell_store::backup::{self, BackupError, Summary};

/// Why it could not be done, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    #[error(transparent)]
    Store(#[from] stepwell_store::StoreError),
    #[error("the data can't be read: {0}")]
    Data(String),
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable { path: std::path::PathBuf, source: std::io::Error },
    #[error("`{}`: {source}", path.display())]
    Backup { path: std::path::PathBuf, source: BackupError },
}

impl From<Failure> for OfflineError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Broken(reason) => Self::Data(reason),
            other => Self::Data(format!("{other:?}")),
        }
    }
}

/// A restored store.
#[derive(Debug)]
pub struct Restored {
    pub rows: u64,
    /// Of keys and values.
    pub bytes: u64,
    /// The check of the new store.
    pub report: Report,
}

/// Checks every row and every reference of a store.
///
/// # Errors
/// If it can't be opened, or a newer program wrote it.
pub fn check_store(data_dir: &Path) -> Result<Report, OfflineError> {
    Ok(check::run(&open(data_dir)?.snapshot()))
}

/// The figures of a store, and the bytes that it takes on the disk.
///
/// # Errors
/// If it can't be opened or read, or a newer program wrote it.
pub fn store_stats(data_dir: &Path) -> Result<(Stats, u64), OfflineError> {
    let store = open(data_dir)?;
    Ok((stats::stats(&store.snapshot())?, store.disk_space()?))
}

fn open(data_dir: &Path) -> Result<Store, OfflineError> {
    let store = Store::open_existing(data_dir)?;
    format::check(&store.snapshot())?;
    Ok(store)
}

/// Reads a backup to its end: whether it is whole.
///
/// # Errors
/// If it isn't.
pub fn verify_backup(file: &Path) -> Result<Summary, OfflineError> {
    let read = backup::read(BufReader::new(source(file)?), |_, _| Ok(()));
    read.map_err(|source| OfflineError::Backup { path: file.to_owned(), source })
}

/// Makes the data directory `data_dir`, which must be missing or empty, of a backup. What its store lacks is reported and
/// refuses nothing: it is what was backed up.
///
/// # Errors
/// If the backup isn't whole, a newer program wrote it, or the directory isn't empty.
pub fn restore(file: &Path, data_dir: &Path) -> Result<Restored, OfflineError> {
    let (from, mut looked) = (BufReader::new(source(file)?), Ok(Report::default()));
    let restored = backup::restore(from, data_dir, |store| {
        looked = format::check(&store.snapshot()).map(|()| check::run(&store.snapshot()));
        match &looked {
            Ok(_) => Ok(()),
            Err(_) => Err(BackupError::Damaged("its store is of a newer format")),
        }
    });
    let report = looked?;
    let Summary { rows, bytes } =
        restored.map_err(|source| OfflineError::Backup { path: file.to_owned(), source })?;
    Ok(Restored { rows, bytes, report })
}

fn source(file: &Path) -> Result<File, OfflineError> {
    File::open(file).map_err(|source| OfflineError::Unreadable { path: file.to_owned(), source })
}

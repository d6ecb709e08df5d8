//! What can go wrong with the store, in words for the operator's log.

use std::path::PathBuf;

/// An error of the store. None of them is the caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the directory open.
    #[error("the data directory `{}` is in use by the process {pid}", directory.display())]
    Locked {
        /// The data directory.
        directory: PathBuf,
        /// The pid that the other process left in the lock file, or `?`.
        pid: String,
    },
    /// There is no store in the directory.
    #[error("there is no store in `{}`", directory.display())]
    Missing {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory or the lock file could not be made or opened.
    #[error("cannot open the data directory `{}`: {source}", directory.display())]
    Directory {
        /// The data directory.
        directory: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The rows at these keys, or the scans that begin there, have to be fetched first. The embedded store never says so.
    #[error("{} rows aren't loaded", .0.len())]
    NotLoaded(Vec<Vec<u8>>),
    /// The embedded store failed.
    #[error("the store failed: {0}")]
    Engine(#[from] fjall::Error),
}

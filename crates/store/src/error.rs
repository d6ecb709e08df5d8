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
    /// A file of the store is missing, or is not what was written. Nothing was changed.
    #[error("`{}` is damaged: {what}; nothing was changed: restore the data directory from a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The files are sound, but there is less in them than was acknowledged.
    #[error(
        "the store in `{}` ends with batch {last}, and batch {acknowledged} had been acknowledged: a file was \
         replaced or cut off; restore the data directory from a backup", directory.display()
    )]
    Incomplete {
        /// The store's directory.
        directory: PathBuf,
        /// The last batch that is there.
        last: u64,
        /// The batch that must be there.
        acknowledged: u64,
    },
    /// The store can't be opened: a table or a manifest is not what was written.
    #[error("the store in `{}` can't be opened: {source}; restore the data directory from a backup", directory.display())]
    Unreadable {
        /// The store's directory.
        directory: PathBuf,
        /// What the embedded store said.
        source: fjall::Error,
    },
    /// A file could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file or the directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The embedded store failed.
    #[error("the store failed: {0}")]
    Engine(#[from] fjall::Error),
}

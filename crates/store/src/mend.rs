//! What is done about a store before it is opened: a torn tail is cut off and kept, an unfinished beginning is begun anew,
//! and anything else is refused, unchanged, with the name of the file. The store beneath would go on with less.

use crate::StoreError;
use crate::journal::{self, Journal};
use crate::manifest;
use std::fmt::{Display, Formatter};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What was mended when the store was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mended {
    /// The last batch of the newest journal was not written whole: nobody was told that it was.
    TornTail {
        /// The journal.
        journal: PathBuf,
        /// Where the cut is, in bytes.
        at: u64,
        /// How many bytes were cut off, up to the last that wasn't zero.
        bytes: u64,
        /// Where they are kept.
        kept: PathBuf,
    },
    /// The store was being made for the first time when the process ended.
    UnfinishedStore {
        /// The store's directory.
        directory: PathBuf,
    },
}

impl Display for Mended {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TornTail { journal, at, bytes, kept } => write!(
                out,
                "the last write to `{}` was not finished and never acknowledged: {bytes} bytes from byte {at} on were \
                 cut off, and are kept in `{}`",
                journal.display(),
                kept.display()
            ),
            Self::UnfinishedStore { directory } => {
                write!(out, "the store in `{}` was not made to its end; it is made anew", directory.display())
            }
        }
    }
}

/// What was found in the journals.
#[derive(Debug, Default)]
pub struct Found {
    pub mended: Vec<Mended>,
    /// The sequence number of the last batch.
    pub last: Option<u64>,
}

/// Makes the store in `directory` fit to be opened. `acknowledged` is the number of a batch that it must have.
pub fn mend(directory: &Path, acknowledged: Option<u64>) -> Result<Found, StoreError> {
    if !directory.exists() {
        return match acknowledged {
            None => Ok(Found::default()),
            Some(_) => {
                Err(StoreError::Damaged { path: directory.to_owned(), what: "it is missing".to_owned() })
            }
        };
    }
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::Read { path, source }
    };
    let mut found = Found::default();
    let paths = journal::journals(directory).map_err(fail(directory))?;
    let mut journals = Vec::new();
    for path in &paths {
        let journal = journal::look_through(path, found.last).map_err(fail(path))?;
        found.last = journal.last.or(found.last);
        journals.push(journal);
    }
    check_files(directory, &journals, acknowledged, &mut found)?;
    let Some(newest) = journals.pop() else { return Ok(found) };
    for journal in &journals {
        // A journal is synced before the next one is begun.
        if let Some(unsound) = &journal.unsound {
            return Err(damaged(journal, unsound, "newer journals follow it"));
        }
    }
    if let Some(unsound) = &newest.unsound {
        if let Some(sound) = newest.sound_after {
            return Err(damaged(&newest, unsound, &format!("a sound batch follows at byte {sound}")));
        }
        if newest.last < acknowledged && newest.last.is_some() {
            return Err(damaged(&newest, unsound, "what is damaged there had been acknowledged"));
        }
        found.mended.push(cut(&newest.path, unsound)?);
    } else if let (Some(last), Some(acknowledged)) = (newest.last, acknowledged)
        && last < acknowledged
    {
        return Err(StoreError::Incomplete { directory: directory.to_owned(), last, acknowledged });
    }
    Ok(found)
}

fn damaged(journal: &Journal, unsound: &Range<u64>, reason: &str) -> StoreError {
    let what = format!("it can't be read at byte {}, and {reason}", unsound.start);
    StoreError::Damaged { path: journal.path.clone(), what }
}

/// Whether the files are there without which the store would be taken for a new one, and its rows for nobody's.
fn check_files(
    directory: &Path,
    journals: &[Journal],
    acknowledged: Option<u64>,
    found: &mut Found,
) -> Result<(), StoreError> {
    let keyspaces = directory.join("keyspaces");
    let fail = |source| StoreError::Read { path: keyspaces.clone(), source };
    let mut numbered = Vec::new();
    if keyspaces.exists() {
        for entry in std::fs::read_dir(&keyspaces).map_err(fail)? {
            numbered.push(entry.map_err(fail)?.path());
        }
    }
    let is_meta = |path: &&PathBuf| path.file_name().is_some_and(|name| name == "0");
    let has_tables = |path: &PathBuf| {
        std::fs::read_dir(path.join("tables")).is_ok_and(|mut tables| tables.next().is_some())
    };
    let has_batches = journals.iter().any(|journal| journal.last.is_some() || journal.unsound.is_some());
    let has_rows = acknowledged.is_some()
        || has_batches
        || numbered.iter().any(|path| !is_meta(&path) && has_tables(path));
    let missing = |path: PathBuf| Err(StoreError::Damaged { path, what: "it is missing".to_owned() });
    let marker = directory.join("version");
    if !has_rows {
        // The marker is written last, when there is a journal: without it nothing was ever kept here.
        if marker.exists() && journals.is_empty() {
            return missing(directory.join("0.jnl"));
        }
        if !marker.exists() && (!journals.is_empty() || keyspaces.exists()) {
            std::fs::remove_dir_all(directory)
                .map_err(|source| StoreError::Write { path: directory.to_owned(), source })?;
            found.mended.push(Mended::UnfinishedStore { directory: directory.to_owned() });
        }
        return Ok(());
    }
    let meta = keyspaces.join("0");
    let rows = numbered.iter().filter(|path| !is_meta(path));
    let mut needed = vec![marker, meta.join("current")];
    needed.extend(rows.clone().map(|path| path.join("current")));
    let manifests: Vec<&Path> =
        std::iter::once(meta.as_path()).chain(rows.clone().map(PathBuf::as_path)).collect();
    if let Some(path) = needed.into_iter().find(|path| !path.exists()) {
        return missing(path);
    }
    if rows.count() == 0 {
        return missing(keyspaces.join("1"));
    }
    if journals.is_empty() {
        return missing(directory.join("0.jnl"));
    }
    manifests.into_iter().try_for_each(manifest::check)
}

/// Cuts the journal off where it is torn; what is cut off is kept beside it.
fn cut(path: &Path, torn: &Range<u64>) -> Result<Mended, StoreError> {
    let kept = PathBuf::from(format!("{}.torn-at-{}", path.display(), torn.start));
    let bytes = torn.end - torn.start;
    let fail = |source| StoreError::Write { path: path.to_owned(), source };
    let mut journal = OpenOptions::new().read(true).write(true).open(path).map_err(fail)?;
    journal.seek(SeekFrom::Start(torn.start)).map_err(fail)?;
    keep(&mut journal.by_ref().take(bytes), &kept)
        .map_err(|source| StoreError::Write { path: kept.clone(), source })?;
    // Only when the copy is durable.
    journal.set_len(torn.start).and_then(|()| journal.sync_all()).map_err(fail)?;
    Ok(Mended::TornTail { journal: path.to_owned(), at: torn.start, bytes, kept })
}

fn keep(piece: &mut impl Read, kept: &Path) -> std::io::Result<()> {
    let mut copy = File::create(kept)?;
    std::io::copy(piece, &mut copy)?;
    copy.sync_all()?;
    File::open(kept.parent().unwrap_or(Path::new(".")))?.sync_all()
}

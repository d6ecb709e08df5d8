//! Rebuilds a directory as a power loss could have left it: of each file what was synced, and of the rest nothing, a part,
//! or garbage; of each directory's names those that were synced, and of later changes the first few.
//!
//! A change of a name is durable when its directory was synced; or, half of the time, as on the common journaling file
//! systems, also when the file was. Changes within a directory are kept in their order; between directories, and between
//! the bytes of a file, there is no order.

use super::log::Record;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use stepwell_bench::trouble::{Doing, Trouble};

/// What a disk writes whole or not at all.
const SECTOR: u64 = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    Directory,
    File { inode: u64 },
}

pub type Names = BTreeMap<PathBuf, Node>;

/// All names beneath a directory, itself included.
pub fn names(directory: &Path) -> Result<Names, Trouble> {
    let mut names = Names::new();
    let mut open = vec![directory.to_owned()];
    while let Some(path) = open.pop() {
        if !path.exists() {
            continue;
        }
        for entry in fs::read_dir(&path).doing(path.display())? {
            let entry = entry.doing(path.display())?;
            let kind = entry.file_type().doing(entry.path().display())?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                let inode = entry.metadata().doing(entry.path().display())?.ino();
                names.insert(entry.path(), Node::File { inode });
            }
        }
        names.insert(path, Node::Directory);
    }
    Ok(names)
}

/// Gives each file a second name, so that it can come back.
pub fn save(directory: &Path, names: &Names, saved: &Path) -> Result<(), Trouble> {
    for (path, node) in names {
        if let Node::File { inode } = node {
            fs::hard_link(path, saved.join(inode.to_string())).doing(directory.display())?;
        }
    }
    Ok(())
}

pub fn lose(
    directory: &Path,
    saved: &Path,
    before: &Names,
    records: &[Record],
    rng: &mut fastrand::Rng,
) -> Result<String, Trouble> {
    let synced = Synced::new(records);
    let (names, names_lost) = keep_names(directory, before, records, &synced, rng);
    put_names(directory, saved, &names)?;
    let mut told = format!("{names_lost} changes of names undone");
    let mut pending: BTreeMap<u64, Vec<&Record>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        let inode = match record {
            Record::Write { inode, .. } | Record::Truncate { inode, .. } => *inode,
            _ => continue,
        };
        if !synced.has_file(inode, at) {
            pending.entry(inode).or_default().push(record);
        }
    }
    for (path, node) in &names {
        if let Node::File { inode } = node
            && let Some(writes) = pending.get(inode)
        {
            let fate = Fate::draw(rng);
            lose_bytes(path, writes, fate, rng)?;
            let name = path.strip_prefix(directory).unwrap_or(path);
            told += &format!("; {fate:?} of {} writes to {}", writes.len(), name.display());
        }
    }
    Ok(told)
}

/// Up to which record each file and directory is durable.
struct Synced<'a> {
    files: BTreeMap<u64, u64>,
    directories: BTreeMap<&'a Path, u64>,
    all: u64,
}

impl<'a> Synced<'a> {
    fn new(records: &'a [Record]) -> Self {
        let mut synced = Self { files: BTreeMap::new(), directories: BTreeMap::new(), all: 0 };
        for record in records {
            match record {
                Record::SyncFile { inode, records } => {
                    let known = synced.files.entry(*inode).or_default();
                    *known = (*known).max(*records);
                }
                Record::SyncDirectory { path, records } => {
                    let known = synced.directories.entry(path).or_default();
                    *known = (*known).max(*records);
                }
                Record::SyncAll { records } => synced.all = synced.all.max(*records),
                _ => {}
            }
        }
        synced
    }

    fn has_file(&self, inode: u64, at: usize) -> bool {
        let records = self.files.get(&inode).copied().unwrap_or(0).max(self.all);
        at < records as usize
    }

    fn has_name(&self, path: &Path, at: usize) -> bool {
        let parent = path.parent().and_then(|parent| self.directories.get(parent));
        at < parent.copied().unwrap_or(0).max(self.all) as usize
    }
}

/// The names that are left, and how many changes are undone.
fn keep_names(
    directory: &Path,
    before: &Names,
    records: &[Record],
    synced: &Synced,
    rng: &mut fastrand::Rng,
) -> (Names, usize) {
    let is_lenient = rng.bool();
    let mut pending: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    let mut durable: BTreeMap<&Path, usize> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        let Some(path) = changed_name(record) else { continue };
        let Some(parent) = path.parent() else { continue };
        let with_its_file =
            is_lenient && matches!(record, Record::Create { inode, .. } if synced.files.contains_key(inode));
        if synced.has_name(path, at) || with_its_file {
            // Whatever came before it in that directory is durable too.
            durable.insert(parent, at);
        }
        pending.entry(parent).or_default().push(at);
    }
    let mut undone: BTreeSet<usize> = BTreeSet::new();
    for (parent, changes) in pending {
        let durable = durable.get(parent).copied();
        let open: Vec<usize> =
            changes.into_iter().filter(|at| durable.is_none_or(|last| *at > last)).collect();
        let kept = match rng.u8(0..3) {
            0 => 0,
            1 => open.len(),
            _ => rng.usize(0..=open.len()),
        };
        undone.extend(open[kept..].iter().copied());
    }
    let mut names = before.clone();
    for (_, record) in records.iter().enumerate().filter(|(at, _)| !undone.contains(at)) {
        apply(&mut names, record);
    }
    let orphans: Vec<PathBuf> =
        names.keys().filter(|path| is_orphan(&names, directory, path)).cloned().collect();
    for path in orphans {
        names.remove(&path);
    }
    (names, undone.len())
}

fn changed_name(record: &Record) -> Option<&Path> {
    match record {
        Record::Create { path, .. } | Record::Unlink { path } | Record::MakeDirectory { path } => Some(path),
        Record::Rename { to, .. } => Some(to),
        _ => None,
    }
}

fn apply(names: &mut Names, record: &Record) {
    match record {
        Record::Create { inode, path } => drop(names.insert(path.clone(), Node::File { inode: *inode })),
        Record::MakeDirectory { path } => drop(names.insert(path.clone(), Node::Directory)),
        Record::Unlink { path } => drop(names.remove(path)),
        Record::Rename { from, to } => {
            let beneath: Vec<PathBuf> = names.keys().filter(|path| path.starts_with(from)).cloned().collect();
            for path in beneath {
                if let (Ok(rest), Some(node)) = (path.strip_prefix(from), names.remove(&path)) {
                    // Joining nothing would end the path with a slash.
                    let path = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
                    names.insert(path, node);
                }
            }
        }
        _ => {}
    }
}

/// Whether a directory above it is gone.
fn is_orphan(names: &Names, directory: &Path, path: &Path) -> bool {
    let mut above = path.ancestors().skip(1).take_while(|above| above.starts_with(directory));
    above.any(|above| names.get(above) != Some(&Node::Directory))
}

/// Makes the directory have these names.
fn put_names(directory: &Path, saved: &Path, wanted: &Names) -> Result<(), Trouble> {
    let there = names(directory)?;
    for (path, node) in there.iter().rev().filter(|(path, node)| wanted.get(*path) != Some(*node)) {
        match node {
            Node::Directory => fs::remove_dir(path).doing(path.display())?,
            Node::File { .. } => fs::remove_file(path).doing(path.display())?,
        }
    }
    for (path, node) in wanted.iter().filter(|(path, node)| there.get(*path) != Some(*node)) {
        match node {
            Node::Directory => fs::create_dir(path).doing(path.display())?,
            Node::File { inode } => {
                fs::hard_link(saved.join(inode.to_string()), path).doing(path.display())?;
            }
        }
    }
    Ok(())
}

/// What became of the bytes of a file that were not synced.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Dropped,
    Kept,
    /// The first of them are there, and then nothing.
    Cut,
    /// The first of them are there, and then garbage.
    Garbage,
    /// Each sector is there, or isn't, or is garbage.
    Scattered,
}

impl Fate {
    fn draw(rng: &mut fastrand::Rng) -> Self {
        [Self::Dropped, Self::Kept, Self::Cut, Self::Garbage, Self::Scattered][rng.usize(0..5)]
    }
}

fn lose_bytes(path: &Path, writes: &[&Record], fate: Fate, rng: &mut fastrand::Rng) -> Result<(), Trouble> {
    let file = OpenOptions::new().read(true).write(true).open(path).doing(path.display())?;
    let kept: Vec<Vec<u8>> = writes.iter().map(|record| written(&file, record)).collect::<Result<_, _>>()?;
    for record in writes.iter().rev() {
        undo(&file, record).doing(path.display())?;
    }
    let total: u64 = kept.iter().map(|bytes| bytes.len() as u64).sum();
    let mut left = match fate {
        Fate::Dropped => return Ok(()),
        Fate::Kept => u64::MAX,
        Fate::Cut | Fate::Garbage => rng.u64(0..=total),
        Fate::Scattered => 0,
    };
    for (record, bytes) in writes.iter().zip(&kept) {
        match record {
            Record::Truncate { size, .. } if left > 0 => file.set_len(*size).doing(path.display())?,
            Record::Write { offset, .. } => {
                let whole = left.min(bytes.len() as u64);
                file.write_all_at(&bytes[..whole as usize], *offset).doing(path.display())?;
                left -= whole;
                redo_rest(&file, *offset + whole, &bytes[whole as usize..], fate, rng)
                    .doing(path.display())?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The bytes that a write wrote, as far as they weren't cut off since.
fn written(file: &File, record: &Record) -> Result<Vec<u8>, Trouble> {
    let Record::Write { offset, length, .. } = record else { return Ok(Vec::new()) };
    let size = file.metadata().doing("the size of a file")?.len();
    let mut bytes = vec![0; (offset + length).min(size).saturating_sub(*offset) as usize];
    file.read_exact_at(&mut bytes, *offset).doing("the bytes of a file")?;
    Ok(bytes)
}

fn undo(file: &File, record: &Record) -> std::io::Result<()> {
    match record {
        Record::Write { offset, size_before, before, .. } => {
            file.write_all_at(before, *offset)?;
            file.set_len(*size_before)
        }
        Record::Truncate { size_before, size, lost, .. } => {
            file.set_len(*size_before)?;
            file.write_all_at(lost, *size)
        }
        _ => Ok(()),
    }
}

/// What is there of a write behind what was kept of it, sector by sector.
fn redo_rest(
    file: &File,
    offset: u64,
    bytes: &[u8],
    fate: Fate,
    rng: &mut fastrand::Rng,
) -> std::io::Result<()> {
    let mut at = 0;
    while at < bytes.len() {
        let sector_left = SECTOR - (offset + at as u64) % SECTOR;
        let end = bytes.len().min(at + sector_left as usize);
        let place = offset + at as u64;
        match (fate, rng.u8(0..3)) {
            (Fate::Garbage, _) | (Fate::Scattered, 0) => {
                let mut garbage = vec![0; end - at];
                rng.fill(&mut garbage);
                file.write_all_at(&garbage, place)?;
            }
            (Fate::Scattered, 1) => file.write_all_at(&bytes[at..end], place)?,
            _ => {}
        }
        at = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

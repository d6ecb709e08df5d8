//! The disk beneath: how often it syncs, which bounds all that is durable, and how much a directory takes on it.

use crate::figures::Latency;
use crate::trouble::{Doing, Trouble};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes that are appended before each sync: about one small commit.
const APPENDED: [u8; 1024] = [b'.'; 1024];

/// What a loop of append and fdatasync did.
pub struct Syncs {
    pub per_second: f64,
    pub latency: Latency,
}

/// Appends and syncs for `time` in a file of `directory`.
///
/// # Errors
/// What the disk said.
pub fn sync_rate(directory: &Path, time: Duration) -> Result<Syncs, Trouble> {
    let mut file = tempfile::tempfile_in(directory).doing("making a file to sync")?;
    let mut latency = Latency::default();
    let began = Instant::now();
    while began.elapsed() < time {
        let at = Instant::now();
        file.write_all(&APPENDED).doing("appending")?;
        file.sync_data().doing("fdatasync")?;
        latency.record(at.elapsed());
    }
    let per_second = latency.count() as f64 / began.elapsed().as_secs_f64();
    Ok(Syncs { per_second, latency })
}

/// Bytes on the disk that the files below `path` take.
///
/// # Errors
/// What the disk said.
pub fn space(path: &Path) -> Result<u64, Trouble> {
    let metadata = std::fs::symlink_metadata(path).doing(path.display())?;
    let mut bytes = metadata.blocks() * 512;
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path).doing(path.display())? {
            let entry = entry.doing(path.display())?.path();
            match space(&entry) {
                Ok(more) => bytes += more,
                // The server may have removed a file meanwhile.
                Err(Trouble::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }
    Ok(bytes)
}

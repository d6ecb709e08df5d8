//! Deployment packages: a zip becomes a read-only directory, named by the SHA-256 of its bytes.
//!
//! The zip is hostile until shown otherwise: names that lead out of the directory, links that other entries would be
//! written through, and archives that unpack to more than AWS allows are refused before anything takes their place.

use std::collections::HashSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::sys;

/// AWS's limit of the unpacked size.
pub const MAX_UNPACKED_BYTES: u64 = 262_144_000;
const MAX_ENTRIES: usize = 100_000;
const MAX_LINK_BYTES: u64 = 4096;

#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// AWS says: Could not unzip uploaded file.
    #[error("not a zip file that can be unpacked: {0}")]
    Malformed(String),
    #[error("unzipped size must be smaller than {MAX_UNPACKED_BYTES} bytes")]
    TooLarge,
    #[error("entry `{0}` would be written outside of the function's directory")]
    UnsafePath(String),
    #[error("writing the function's code failed: {0}")]
    Io(#[from] io::Error),
}

/// Unpacks into `<codes>/<sha256>/task` unless that is there already.
pub(crate) fn unpack(codes: &Path, zip: &Bytes) -> Result<PathBuf, UnpackError> {
    unpack_within(MAX_UNPACKED_BYTES, codes, zip)
}

fn unpack_within(limit: u64, codes: &Path, zip: &Bytes) -> Result<PathBuf, UnpackError> {
    let home = codes.join(hex(&Sha256::digest(zip)));
    let task = home.join("task");
    if task.is_dir() {
        return Ok(task);
    }
    fs::create_dir_all(codes)?;
    let staging = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(codes)?;
    let root = staging.path().join("task");
    fs::create_dir(&root)?;
    write_entries(&root, zip, limit)?;
    // What is here is believed to be whole, after a power cut too.
    sys::sync_filesystem(&File::open(&root)?)?;
    match fs::rename(staging.path(), &home) {
        Ok(()) => drop(staging.keep()),
        // Somebody unpacked the same bytes meanwhile.
        Err(_) if task.is_dir() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(task)
}

fn write_entries(root: &Path, zip: &Bytes, limit: u64) -> Result<(), UnpackError> {
    let mut archive = ZipArchive::new(Cursor::new(zip.as_ref())).map_err(malformed)?;
    if archive.len() > MAX_ENTRIES {
        return Err(UnpackError::TooLarge);
    }
    let mut room = limit;
    let mut links = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(malformed)?;
        let path = root.join(safe_path(entry.name())?);
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(unwritable)?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            entry.by_ref().take(MAX_LINK_BYTES).read_to_string(&mut target).map_err(unreadable)?;
            links.push((path, target));
        } else {
            let executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
            room = write_file(&path, &mut entry, executable, room)?;
        }
    }
    write_links(root, links)
}

/// Returns what room is left.
fn write_file(path: &Path, entry: &mut impl Read, executable: bool, room: u64) -> Result<u64, UnpackError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(unwritable)?;
    }
    // An archive may name a file twice: the last one counts, as with `unzip`.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path).map_err(unwritable)?;
    // The header's size is not believed. One byte more than there is room for shows that it is too much.
    let written = io::copy(&mut entry.take(room + 1), &mut file).map_err(unreadable)?;
    if written > room {
        return Err(UnpackError::TooLarge);
    }
    file.set_permissions(Permissions::from_mode(if executable { 0o555 } else { 0o444 }))?;
    Ok(room - written)
}

/// Last, so that nothing is written through a link.
fn write_links(root: &Path, links: Vec<(PathBuf, String)>) -> Result<(), UnpackError> {
    let mut made = HashSet::new();
    for (path, target) in links {
        let unsafe_path =
            || UnpackError::UnsafePath(path.strip_prefix(root).unwrap_or(&path).display().to_string());
        let parent = path.parent().ok_or_else(unsafe_path)?;
        if parent.ancestors().any(|ancestor| made.contains(ancestor)) || path.exists() {
            return Err(unsafe_path());
        }
        fs::create_dir_all(parent)?;
        std::os::unix::fs::symlink(&target, &path).map_err(|_| unsafe_path())?;
        made.insert(path);
    }
    Ok(())
}

/// A relative path that stays below its root.
fn safe_path(name: &str) -> Result<PathBuf, UnpackError> {
    let unsafe_path = || UnpackError::UnsafePath(name.chars().take(200).collect());
    // Some tools on Windows write backslashes; AWS takes them for separators too.
    let name_with_slashes = name.replace('\\', "/");
    if name.contains('\0') {
        return Err(unsafe_path());
    }
    let mut path = PathBuf::new();
    for component in Path::new(&name_with_slashes).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(unsafe_path()),
        }
    }
    if path.as_os_str().is_empty() { Err(unsafe_path()) } else { Ok(path) }
}

fn malformed(error: zip::result::ZipError) -> UnpackError {
    UnpackError::Malformed(error.to_string())
}

/// Reading an entry fails on its bytes; writing it fails on our disk.
fn unreadable(error: io::Error) -> UnpackError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput => {
            UnpackError::Malformed(error.to_string())
        }
        _ => UnpackError::Io(error),
    }
}

/// Names that can't stand beside one another are the archive's fault; anything else is our disk's.
fn unwritable(error: io::Error) -> UnpackError {
    use io::ErrorKind::{AlreadyExists, InvalidFilename, IsADirectory, NotADirectory};
    match error.kind() {
        AlreadyExists | InvalidFilename | IsADirectory | NotADirectory => {
            UnpackError::Malformed(error.to_string())
        }
        _ => UnpackError::Io(error),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    type Writer = zip::ZipWriter<Cursor<Vec<u8>>>;

    fn zip_of(write: impl FnOnce(&mut Writer)) -> Bytes {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        write(&mut writer);
        writer.finish().unwrap().into_inner().into()
    }

    fn file(writer: &mut Writer, name: &str, content: &[u8]) {
        writer.start_file(name, SimpleFileOptions::default().unix_permissions(0o644)).unwrap();
        writer.write_all(content).unwrap();
    }

    fn link(writer: &mut Writer, name: &str, target: &str) {
        writer.add_symlink(name, target, SimpleFileOptions::default()).unwrap();
    }

    fn left_in(directory: &Path) -> usize {
        fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn code_is_unpacked_once_and_read_only() {
        let codes = tempfile::tempdir().unwrap();
        let zip = zip_of(|writer| {
            file(writer, "index.js", b"exports.handler");
            writer.start_file("bin/run", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
            file(writer, "a\\b.txt", b"windows");
            link(writer, "bin/again", "run");
        });
        let task = unpack(codes.path(), &zip).unwrap();
        assert_eq!(unpack(codes.path(), &zip).unwrap(), task);
        assert_eq!(left_in(codes.path()), 1);
        assert_eq!(fs::read(task.join("index.js")).unwrap(), b"exports.handler");
        assert_eq!(fs::read(task.join("a/b.txt")).unwrap(), b"windows");
        let mode = |name: &str| fs::metadata(task.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("index.js"), mode("bin/run"), mode("bin/again")), (0o444, 0o555, 0o555));
    }

    #[test]
    fn hostile_archives_leave_nothing_behind() {
        let outside = tempfile::tempdir().unwrap();
        let target = outside.path().to_str().unwrap().to_owned();
        let cases: Vec<(&str, Bytes, &str)> = vec![
            ("empty", Bytes::new(), "not a zip"),
            ("text", Bytes::from_static(b"hello"), "not a zip"),
            ("upwards", zip_of(|w| file(w, "../escaped", b"x")), "outside"),
            ("absolute", zip_of(|w| file(w, "/etc/escaped", b"x")), "outside"),
            ("hidden upwards", zip_of(|w| file(w, "a/../../escaped", b"x")), "outside"),
            ("backslashes", zip_of(|w| file(w, "..\\escaped", b"x")), "outside"),
            (
                "a link through a link",
                zip_of(|w| {
                    link(w, "out", &target);
                    link(w, "out/escaped", "/etc/passwd");
                }),
                "outside",
            ),
            (
                "a bomb",
                zip_of(|w| {
                    w.start_file("zeros", SimpleFileOptions::default()).unwrap();
                    for _ in 0..3 {
                        w.write_all(&vec![0; 1024 * 1024]).unwrap();
                    }
                }),
                "unzipped size",
            ),
            (
                "a file that is a directory too",
                zip_of(|w| {
                    file(w, "a", b"x");
                    file(w, "a/b", b"x");
                }),
                "not a zip",
            ),
            ("a name beyond all limits", zip_of(|w| file(w, &"x".repeat(300), b"x")), "not a zip"),
            ("cut short", zip_of(|w| file(w, "index.js", b"x")).slice(..40), "not a zip"),
        ];
        for (name, zip, expected) in cases {
            let codes = tempfile::tempdir().unwrap();
            let error = unpack_within(2 * 1024 * 1024, codes.path(), &zip).expect_err(name).to_string();
            assert!(error.contains(expected), "{name}: {error}");
            assert_eq!(left_in(codes.path()), 0, "{name}");
        }
        assert_eq!(left_in(outside.path()), 0);
    }

    #[test]
    fn a_file_is_never_written_through_a_link() {
        let (codes, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = outside.path().to_str().unwrap().to_owned();
        let zip = zip_of(|writer| {
            link(writer, "out", &target);
            file(writer, "out/escaped", b"x");
        });
        assert!(unpack(codes.path(), &zip).is_err());
        assert_eq!(left_in(outside.path()), 0);
    }

    #[test]
    fn flipped_bits_are_an_error_or_another_file_and_never_a_panic() {
        let zip = zip_of(|writer| {
            file(writer, "index.js", &b"exports.handler = 1;".repeat(20));
            link(writer, "l", "index.js");
        });
        for index in 0..zip.len() {
            for bit in [0x01, 0x80] {
                let mut bytes = zip.to_vec();
                bytes[index] ^= bit;
                let codes = tempfile::tempdir().unwrap();
                drop(unpack(codes.path(), &bytes.into()));
                let outside = codes.path().parent().unwrap().join("index.js");
                assert!(!outside.exists());
            }
        }
    }
}

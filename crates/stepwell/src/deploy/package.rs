//! Local code as a zip archive: the same bytes for the same files, whoever packs them, wherever and whenever. Names are
//! sorted, times are fixed, and of a file's mode only that its owner may execute it is kept.

use std::fs;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::failure::{Failure, Outcome};

/// Unpacked bytes that a function's code has at most.
const LARGEST: u64 = 262_144_000;
/// Folders within folders; a link that leads back up would go on for ever.
const DEEPEST: usize = 64;

/// The archive of a folder or a file. One that is an archive already is taken as it is.
pub fn pack(path: &Path) -> Outcome<Vec<u8>> {
    let told = |failure: PackFailure| match failure {
        PackFailure::Read(path, source) => Failure::Unreadable { path, source },
        PackFailure::Write(reason) => Failure::told(format!("cannot pack `{}`: {reason}", path.display())),
    };
    let facts = fs::metadata(path).map_err(|source| told(PackFailure::Read(path.to_owned(), source)))?;
    let is_archive =
        path.extension().is_some_and(|extension| ["zip", "jar"].iter().any(|known| extension == *known));
    if facts.is_file() && is_archive {
        return read(path).map_err(told);
    }
    let files = if facts.is_dir() { files_in(path) } else { single(path) };
    files.and_then(|files| archive(&files)).map_err(told)
}

#[derive(Debug)]
enum PackFailure {
    Read(PathBuf, io::Error),
    Write(String),
}

struct Packed {
    /// Within the archive, with slashes.
    name: String,
    path: PathBuf,
}

fn single(path: &Path) -> Result<Vec<Packed>, PackFailure> {
    let name = path.file_name().ok_or_else(|| PackFailure::Write("it has no name".to_owned()))?;
    Ok(vec![Packed { name: utf8(Path::new(name))?, path: path.to_owned() }])
}

/// All files below a folder, links followed, sorted by their names' bytes.
fn files_in(folder: &Path) -> Result<Vec<Packed>, PackFailure> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        if depth > DEEPEST {
            return Err(PackFailure::Write(format!("`{}` is nested too deep", folder.display())));
        }
        let unreadable = |source| PackFailure::Read(folder.clone(), source);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let name = format!("{prefix}{}", utf8(Path::new(&entry.file_name()))?);
            let facts = fs::metadata(&path).map_err(|source| PackFailure::Read(path.clone(), source))?;
            if facts.is_dir() {
                folders.push((path, format!("{name}/"), depth + 1));
            } else if facts.is_file() {
                files.push(Packed { name, path });
            }
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    if files.is_empty() {
        return Err(PackFailure::Write("there are no files in it".to_owned()));
    }
    Ok(files)
}

fn utf8(path: &Path) -> Result<String, PackFailure> {
    let name = path.to_str().map(str::to_owned);
    name.ok_or_else(|| PackFailure::Write(format!("the name of `{}` is not UTF-8", path.display())))
}

fn archive(files: &[Packed]) -> Result<Vec<u8>, PackFailure> {
    let unwritable = |error: &dyn std::fmt::Display| PackFailure::Write(error.to_string());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut total = 0;
    for Packed { name, path } in files {
        total += size(path)?;
        if total > LARGEST {
            return Err(PackFailure::Write(format!(
                "its files have more than {LARGEST} bytes, a function's limit"
            )));
        }
        writer.start_file(name, options(path)?).map_err(|error| unwritable(&error))?;
        writer.write_all(&read(path)?).map_err(|error| unwritable(&error))?;
    }
    writer.finish().map(Cursor::into_inner).map_err(|error| unwritable(&error))
}

fn options(path: &Path) -> Result<SimpleFileOptions, PackFailure> {
    let mode = if is_executable(path)? { 0o755 } else { 0o644 };
    Ok(SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        // The earliest that the format knows: 1980-01-01.
        .last_modified_time(DateTime::default())
        .unix_permissions(mode))
}

fn is_executable(path: &Path) -> Result<bool, PackFailure> {
    use std::os::unix::fs::PermissionsExt;
    let facts = fs::metadata(path).map_err(|source| PackFailure::Read(path.to_owned(), source))?;
    Ok(facts.permissions().mode() & 0o100 != 0)
}

fn size(path: &Path) -> Result<u64, PackFailure> {
    fs::metadata(path).map(|facts| facts.len()).map_err(|source| PackFailure::Read(path.to_owned(), source))
}

fn read(path: &Path) -> Result<Vec<u8>, PackFailure> {
    fs::read(path).map_err(|source| PackFailure::Read(path.to_owned(), source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn write(folder: &Path, name: &str, content: &str, mode: u32) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Name, mode and content of each entry, in order.
    fn entries(bytes: &[u8]) -> Vec<(String, u32, String)> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        (0..archive.len())
            .map(|index| {
                let mut file = archive.by_index(index).unwrap();
                assert_eq!(file.last_modified(), Some(DateTime::default()));
                let mut content = String::new();
                file.read_to_string(&mut content).unwrap();
                (file.name().to_owned(), file.unix_mode().unwrap() & 0o777, content)
            })
            .collect()
    }

    fn entry(name: &str, mode: u32, content: &str) -> (String, u32, String) {
        (name.to_owned(), mode, content.to_owned())
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        let files =
            [("b.js", "b", 0o644), ("a/z.js", "z", 0o600), ("a.js", "a", 0o664), ("bootstrap", "x", 0o744)];
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        for (name, content, mode) in files {
            write(folders[0].path(), name, content, mode);
        }
        // Made in another order, at another time, by someone with another umask.
        for (name, content, mode) in files.iter().rev() {
            write(folders[1].path(), name, content, mode & !0o066);
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
            fs::File::options()
                .write(true)
                .open(folders[1].path().join(name))
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        let packed = folders.each_ref().map(|folder| pack(folder.path()).unwrap());
        assert_eq!(packed[0], packed[1]);
        assert_eq!(
            entries(&packed[0]),
            [
                entry("a.js", 0o644, "a"),
                entry("a/z.js", 0o644, "z"),
                entry("b.js", 0o644, "b"),
                entry("bootstrap", 0o755, "x")
            ]
        );
        write(folders[1].path(), "b.js", "c", 0o644);
        assert_ne!(pack(folders[1].path()).unwrap(), packed[0]);
    }

    #[test]
    fn a_file_is_packed_by_its_name_and_an_archive_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "index.js", "code", 0o644);
        write(folder.path(), "done.zip", "no archive, and not ours to judge", 0o644);
        assert_eq!(
            entries(&pack(&folder.path().join("index.js")).unwrap()),
            [entry("index.js", 0o644, "code")]
        );
        assert_eq!(pack(&folder.path().join("done.zip")).unwrap(), b"no archive, and not ours to judge");
    }

    #[test]
    fn links_are_followed_but_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "real/index.js", "code", 0o644);
        symlink("real", folder.path().join("link")).unwrap();
        let names =
            entries(&pack(folder.path()).unwrap()).into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
        assert_eq!(names, ["link/index.js", "real/index.js"]);
        symlink("..", folder.path().join("real/up")).unwrap();
        assert!(pack(folder.path()).is_err());
    }

    #[test]
    fn what_cannot_be_packed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let empty = pack(folder.path()).unwrap_err().line();
        assert!(empty.starts_with("cannot pack `") && empty.ends_with("there are no files in it"), "{empty}");
        let missing = pack(&folder.path().join("none")).unwrap_err().line();
        assert!(missing.starts_with("cannot read `") && missing.contains("No such file"), "{missing}");
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        let dangling = pack(folder.path()).unwrap_err().line();
        assert!(dangling.contains("dangling"), "{dangling}");
    }
}

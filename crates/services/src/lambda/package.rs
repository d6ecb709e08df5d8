//! A deployment package as it arrives: a zip archive, base64 in the request.
//!
//! It is hashed and looked into while the request is decoded, before the shard sees it, so that the writer never waits for
//! fifty megabytes. Only the archive's directory is read: unpacking is the runner's, which trusts none of its sizes.

use crate::failure::Failure;
use crate::lambda::code::Sha256;
use crate::lambda::errors;
use serde::{Deserialize, Deserializer};
use sha2::Digest;
use std::io::{Cursor, Write};
use stepwell_wire::{ApiError, Blob};
use zip::ZipArchive;
use zip::write::SimpleFileOptions;

/// AWS's limit for a package that is uploaded directly.
pub const ZIPPED_BYTES: u64 = 52_428_800;
/// AWS's limit for what it unpacks to, layers included.
pub const UNZIPPED_BYTES: u64 = 262_144_000;

/// A package, and what its directory says.
#[derive(Debug, Clone)]
pub struct Package {
    pub bytes: Vec<u8>,
    pub sha256: Sha256,
    contents: Contents,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contents {
    NoBytes,
    NoArchive,
    Archive { unzipped: u64 },
}

impl Package {
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let sha256 = sha2::Sha256::digest(&bytes).into();
        let contents = if bytes.is_empty() { Contents::NoBytes } else { contents(&bytes) };
        Self { bytes, sha256, contents }
    }

    /// An archive with one file: what a template's inline code stands for. The same text gives the same bytes.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it can't be written.
    pub fn inline(file: &str, text: &str) -> Result<Self, Failure> {
        let write = || {
            let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
            // The time is the format's own beginning.
            archive.start_file(file, SimpleFileOptions::default().unix_permissions(0o644))?;
            archive.write_all(text.as_bytes())?;
            archive.finish()
        };
        let archive: zip::result::ZipResult<Cursor<Vec<u8>>> = write();
        let archive = archive.map_err(|error| Failure::broken(format!("inline code: {error}")))?;
        Ok(Self::new(archive.into_inner()))
    }

    /// Whether a function can be made of it.
    ///
    /// # Errors
    /// AWS's own.
    pub fn check(&self) -> Result<(), ApiError> {
        if self.bytes.len() as u64 > ZIPPED_BYTES {
            return Err(errors::zipped_size_exceeded(ZIPPED_BYTES));
        }
        let text = match self.contents {
            Contents::Archive { unzipped } if unzipped <= UNZIPPED_BYTES => return Ok(()),
            Contents::Archive { .. } => format!("Unzipped size must be smaller than {UNZIPPED_BYTES} bytes"),
            Contents::NoBytes => "Uploaded file must be a non-empty zip".to_owned(),
            Contents::NoArchive => {
                "Could not unzip uploaded file. Please check your file, then try to upload again.".to_owned()
            }
        };
        Err(errors::invalid_parameter(text))
    }
}

fn contents(bytes: &[u8]) -> Contents {
    let read = || {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        let mut unzipped = 0_u64;
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).ok()?;
            // A file that would land beside its directory isn't unpacked.
            file.enclosed_name()?;
            unzipped = unzipped.saturating_add(file.size());
        }
        Some(unzipped)
    };
    read().map_or(Contents::NoArchive, |unzipped| Contents::Archive { unzipped })
}

impl<'de> Deserialize<'de> for Package {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Blob::deserialize(deserializer).map(|blob| Self::new(blob.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        Package::new(bytes.to_vec()).check().map_or_else(|error| error.message, |()| String::new())
    }

    #[test]
    fn an_archive_is_taken_and_nothing_else() {
        let good = Package::inline("index.py", "def handler(event, context): pass").unwrap();
        assert_eq!(refusal(&good.bytes), "");
        assert_eq!(
            good.bytes,
            Package::inline("index.py", "def handler(event, context): pass").unwrap().bytes
        );
        let unreadable = "Could not unzip uploaded file. Please check your file, then try to upload again.";
        assert_eq!(refusal(b"PK\x03\x04 not really"), unreadable);
        assert_eq!(refusal(b""), "Uploaded file must be a non-empty zip");
        for cut in [1, 10, good.bytes.len() / 2, good.bytes.len() - 1] {
            assert_eq!(refusal(&good.bytes[..cut]), unreadable, "cut after {cut}");
        }
    }

    #[test]
    fn a_file_outside_of_its_directory_is_refused() {
        for name in ["../evil.py", "/etc/passwd", "a/../../evil.py"] {
            assert_ne!(refusal(&Package::inline(name, "").unwrap().bytes), "", "{name}");
        }
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_by_what_its_directory_says() {
        let mut bytes = Package::inline("big.bin", "x").unwrap().bytes;
        // The uncompressed size in the directory's entry, 24 bytes behind its signature.
        let entry = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        bytes[entry + 24..entry + 28].copy_from_slice(&300_000_000_u32.to_le_bytes());
        assert_eq!(refusal(&bytes), "Unzipped size must be smaller than 262144000 bytes");
    }
}

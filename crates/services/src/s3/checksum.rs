//! The checksums that a request may carry beside its bytes, and that its object is told of again.

use crate::s3::errors;
use crate::s3::model::{Algorithm, Checksum};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use stepwell_wire::ApiError;

/// The members of inputs and outputs, in base64; a request has one of them at most.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Checksums {
    #[serde(rename = "ChecksumCRC32")]
    pub crc32: Option<String>,
    #[serde(rename = "ChecksumCRC32C")]
    pub crc32c: Option<String>,
    #[serde(rename = "ChecksumCRC64NVME")]
    pub crc64nvme: Option<String>,
    #[serde(rename = "ChecksumSHA1")]
    pub sha1: Option<String>,
    #[serde(rename = "ChecksumSHA256")]
    pub sha256: Option<String>,
}

impl Checksums {
    /// The members for an object's checksum.
    #[must_use]
    pub fn of(checksum: Option<&Checksum>) -> Self {
        let mut members = Self::default();
        if let Some(Checksum { algorithm, value }) = checksum {
            *members.member(*algorithm) = Some(value.clone());
        }
        members
    }

    fn member(&mut self, algorithm: Algorithm) -> &mut Option<String> {
        match algorithm {
            Algorithm::Crc32 => &mut self.crc32,
            Algorithm::Crc32C => &mut self.crc32c,
            Algorithm::Crc64Nvme => &mut self.crc64nvme,
            Algorithm::Sha1 => &mut self.sha1,
            Algorithm::Sha256 => &mut self.sha256,
        }
    }

    /// The one that was given.
    #[must_use]
    pub fn given(&self) -> Option<Checksum> {
        let all = [
            (Algorithm::Crc32, &self.crc32),
            (Algorithm::Crc32C, &self.crc32c),
            (Algorithm::Crc64Nvme, &self.crc64nvme),
            (Algorithm::Sha1, &self.sha1),
            (Algorithm::Sha256, &self.sha256),
        ];
        all.into_iter().find_map(|(algorithm, value)| Some(Checksum { algorithm, value: value.clone()? }))
    }

    /// Whether the one that was given is that of these bytes.
    ///
    /// # Errors
    /// S3's, if it isn't.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), ApiError> {
        match self.given() {
            Some(given) if given.value != compute(given.algorithm, bytes) => {
                Err(errors::bad_digest(name(given.algorithm)))
            }
            _ => Ok(()),
        }
    }
}

fn compute(algorithm: Algorithm, bytes: &[u8]) -> String {
    const CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    const CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
    const CRC64: Crc<u64> = Crc::<u64>::new(&CRC_64_NVME);
    match algorithm {
        Algorithm::Crc32 => BASE64.encode(CRC32.checksum(bytes).to_be_bytes()),
        Algorithm::Crc32C => BASE64.encode(CRC32C.checksum(bytes).to_be_bytes()),
        Algorithm::Crc64Nvme => BASE64.encode(CRC64.checksum(bytes).to_be_bytes()),
        Algorithm::Sha1 => BASE64.encode(Sha1::digest(bytes)),
        Algorithm::Sha256 => BASE64.encode(Sha256::digest(bytes)),
    }
}

fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Crc32 => "CRC32",
        Algorithm::Crc32C => "CRC32C",
        Algorithm::Crc64Nvme => "CRC64NVME",
        Algorithm::Sha1 => "SHA1",
        Algorithm::Sha256 => "SHA256",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_published_check_values() {
        let bytes = b"123456789";
        assert_eq!(compute(Algorithm::Crc32, bytes), BASE64.encode(0xcbf4_3926_u32.to_be_bytes()));
        assert_eq!(compute(Algorithm::Crc32C, bytes), BASE64.encode(0xe306_9283_u32.to_be_bytes()));
        assert_eq!(
            compute(Algorithm::Crc64Nvme, bytes),
            BASE64.encode(0xae8b_1486_0a79_9888_u64.to_be_bytes())
        );
        let wrong = Checksums { crc32: Some("AAAAAA==".to_owned()), ..Checksums::default() };
        assert_eq!(wrong.verify(bytes).unwrap_err().code, "BadDigest");
        assert!(wrong.verify(b"").is_ok(), "nothing has the checksum zero");
    }
}

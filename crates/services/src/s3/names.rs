//! What buckets, keys and metadata may be called:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>

use crate::s3::errors;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use stepwell_wire::ApiError;

/// Bytes of a key.
const MOST_KEY_BYTES: usize = 1024;
/// Bytes of the names and the values of metadata, together.
const MOST_METADATA_BYTES: usize = 2048;

/// Whether a bucket may have this name.
#[must_use]
pub fn is_bucket(name: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let edges =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.bytes().all(allowed)
        && edges(name.bytes().next())
        && edges(name.bytes().last())
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|prefix| name.starts_with(prefix))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3"].iter().any(|suffix| name.ends_with(suffix))
}

/// # Errors
/// S3's, for a key that is too long.
pub fn check_key(key: &str) -> Result<(), ApiError> {
    match key.len() > MOST_KEY_BYTES {
        true => Err(errors::key_too_long(key.len())),
        false => Ok(()),
    }
}

/// # Errors
/// S3's, for more metadata than an object may have.
pub fn check_metadata(metadata: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let size = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    match size > MOST_METADATA_BYTES {
        true => Err(errors::metadata_too_large(size)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_a_host_can_have() {
        for name in ["abc", "my.bucket-1", "0ab", &"a".repeat(63)] {
            assert!(is_bucket(name), "{name}");
        }
        let long = "a".repeat(64);
        for name in
            ["", "ab", &long, "Abc", "a_b", "-ab", "ab-", "a..b", "1.2.3.4", "xn--a", "a-s3alias", "ä-b"]
        {
            assert!(!is_bucket(name), "{name}");
        }
    }
}

//! Where a function's package can be fetched, as `GetFunction` says it: an address that lets in whoever has it, for ten minutes,
//! as AWS's presigned one does.

use crate::lambda::code::Sha256;
use crate::secrets::{Purpose, Secrets};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stepwell_wire::ids::hex;

/// What stands before the key in the path.
pub const PATH: &str = "/_stepwell/v1/code/";

const VALID_MS: u64 = 600_000;

/// The address of a package, given out at `wall_ms`.
#[must_use]
pub fn url(base_url: &str, sha256: &Sha256, secrets: &Secrets, wall_ms: u64) -> String {
    let until_ms = wall_ms + VALID_MS;
    let sealed = secrets.seal(Purpose::CodeLocation, &[&sha256[..], &until_ms.to_be_bytes()].concat());
    format!("{base_url}{PATH}{}?key={}", hex(sha256), URL_SAFE_NO_PAD.encode(sealed))
}

/// The package that the key of an address opens at `wall_ms`; nothing if the key is none of ours or too old.
#[must_use]
pub fn opened(key: &str, secrets: &Secrets, wall_ms: u64) -> Option<Sha256> {
    let sealed = URL_SAFE_NO_PAD.decode(key).ok()?;
    let (sha256, until_ms) = secrets.open(Purpose::CodeLocation, &sealed)?.split_first_chunk::<32>()?;
    let until_ms = u64::from_be_bytes(until_ms.try_into().ok()?);
    (wall_ms < until_ms).then_some(*sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_opens_its_package_and_only_for_a_while() {
        let secrets = Secrets::new([7; 32]);
        let url = url("http://localhost:4566", &[9; 32], &secrets, 1000);
        let (address, key) = url.split_once("?key=").unwrap();
        assert_eq!(address, format!("http://localhost:4566/_stepwell/v1/code/{}", "09".repeat(32)));
        assert_eq!(opened(key, &secrets, 600_999), Some([9; 32]));
        assert_eq!(opened(key, &secrets, 601_000), None);
        assert_eq!(opened(key, &Secrets::new([8; 32]), 1000), None);
        for hostile in ["", "AAAA", "€", &key[1..], &format!("{key}A")] {
            assert_eq!(opened(hostile, &secrets, 1000), None, "{hostile}");
        }
    }
}

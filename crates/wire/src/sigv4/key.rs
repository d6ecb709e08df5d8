//! The chain of keys from a secret to the one that signs a day's requests to a service in a region.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::TERMINATOR;
use super::claim::Scope;

pub(super) fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes a key of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub(super) fn signing_key(secret: &str, scope: &Scope) -> Vec<u8> {
    [&scope.date, &scope.region, &scope.service, TERMINATOR]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| mac(&key, part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::hex;

    #[test]
    fn the_chain_of_the_published_example() {
        let scope = Scope {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            date: "20240102".to_owned(),
            region: "us-east-1".to_owned(),
            service: "states".to_owned(),
        };
        let key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", &scope);
        assert_eq!(hex(&key), "3b7ea9a0bb7fd39304b76217dae72d32ba1d63f0102f2da2f536312e52ff8a6a");
    }
}

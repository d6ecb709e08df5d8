//! The key material of this installation, made at its first start and kept in the store.
//!
//! Task tokens and receipt handles are authenticated with keys derived from it, one for each use; what is secret and has to be
//! known again is encrypted (XChaCha20-Poly1305).

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What an authenticated or encrypted text is for. Its number is part of what is signed, or of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    TaskToken = 1,
    ReceiptHandle = 2,
    PageToken = 3,
    SessionToken = 4,
    SessionSecret = 5,
    DeletionTask = 6,
    SubscriptionToken = 20,
    Notification = 21,
    CodeLocation = 40,
    Connection = 50,
    Fetch = 51,
}

/// Bytes of a nonce: enough to be drawn without looking at those before.
const NONCE: usize = 24;

/// The master key.
#[derive(Clone)]
pub struct Secrets {
    master: [u8; 32],
}

impl Secrets {
    #[must_use]
    pub fn new(master: [u8; 32]) -> Self {
        Self { master }
    }

    /// A tag of 16 bytes over `message`, for this purpose only.
    #[must_use]
    pub fn tag(&self, purpose: Purpose, message: &[u8]) -> [u8; 16] {
        let whole = self.mac(purpose, message);
        std::array::from_fn(|index| whole[index])
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> [u8; 32] {
        // INVARIANT: HMAC takes a key of any length.
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.master).expect("HMAC takes any key");
        mac.update(&[purpose as u8]);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    fn cipher(&self, purpose: Purpose) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.mac(purpose, b"encryption").into())
    }

    /// `message`, encrypted for this purpose, after its nonce. The nonce is drawn anew for each.
    #[must_use]
    pub fn encrypt(&self, purpose: Purpose, nonce: [u8; NONCE], message: &[u8]) -> Vec<u8> {
        let sealed = self.cipher(purpose).encrypt(XNonce::from_slice(&nonce), message);
        // INVARIANT: it fails only for messages of 256 GiB and more.
        [&nonce[..], &sealed.expect("a message that fits into memory can be encrypted")].concat()
    }

    /// The message of an encrypted one, if it is ours and untouched.
    #[must_use]
    pub fn decrypt(&self, purpose: Purpose, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        self.cipher(purpose).decrypt(XNonce::from_slice(nonce), sealed).ok()
    }

    /// `message` followed by its tag.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, message: &[u8]) -> Vec<u8> {
        [message, &self.tag(purpose, message)].concat()
    }

    /// The message of a sealed one, if the tag is ours. Takes the same time for every wrong tag.
    #[must_use]
    pub fn open<'a>(&self, purpose: Purpose, sealed: &'a [u8]) -> Option<&'a [u8]> {
        let (message, tag) = sealed.split_last_chunk::<16>()?;
        bool::from(self.tag(purpose, message).ct_eq(tag)).then_some(message)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_untouched_message_opens_and_only_for_its_purpose() {
        let secrets = Secrets::new([7; 32]);
        let sealed = secrets.seal(Purpose::TaskToken, b"message");
        assert_eq!(secrets.open(Purpose::TaskToken, &sealed), Some(b"message".as_slice()));
        assert_eq!(secrets.open(Purpose::ReceiptHandle, &sealed), None);
        assert_eq!(Secrets::new([8; 32]).open(Purpose::TaskToken, &sealed), None);
        for index in 0..sealed.len() {
            let mut touched = sealed.clone();
            touched[index] ^= 1;
            assert_eq!(secrets.open(Purpose::TaskToken, &touched), None, "byte {index}");
        }
        assert_eq!(secrets.open(Purpose::TaskToken, b"short"), None);
    }

    #[test]
    fn only_the_untouched_message_is_decrypted_and_only_for_its_purpose() {
        let secrets = Secrets::new([7; 32]);
        let sealed = secrets.encrypt(Purpose::Connection, [1; NONCE], b"message");
        assert_eq!(secrets.decrypt(Purpose::Connection, &sealed).as_deref(), Some(b"message".as_slice()));
        assert_eq!(secrets.decrypt(Purpose::Fetch, &sealed), None);
        assert_eq!(Secrets::new([8; 32]).decrypt(Purpose::Connection, &sealed), None);
        for index in 0..sealed.len() {
            let mut touched = sealed.clone();
            touched[index] ^= 1;
            assert_eq!(secrets.decrypt(Purpose::Connection, &touched), None, "byte {index}");
        }
        assert_eq!(secrets.decrypt(Purpose::Connection, b"short"), None);
    }
}

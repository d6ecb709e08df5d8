//! Randomness as an input: a seed that the server drew for a command, stretched by SHA-256 in counter mode.
//!
//! The same seed gives the same bytes, so a command that is applied again decides the same.
//! The bytes are fit for secrets if the seed is.

use sha2::{Digest, Sha256};
use stepwell_wire::ids;

/// What the server draws from the operating system for each command.
pub type Seed = [u8; 32];

/// An endless source of bytes from one seed.
#[derive(Debug, Clone)]
pub struct Entropy {
    seed: Seed,
    counter: u64,
}

impl Entropy {
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { seed, counter: 0 }
    }

    /// The next 32 bytes.
    pub fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        Sha256::new().chain_update(self.seed).chain_update(self.counter.to_be_bytes()).finalize().into()
    }

    /// The next `N` bytes, at most 32.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= 32) };
        let block = self.block();
        std::array::from_fn(|index| block[index])
    }

    /// A UUID of version 4.
    pub fn uuid(&mut self) -> String {
        ids::uuid(self.bytes())
    }

    /// `length` characters of `alphabet`, each as likely as the others.
    pub fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut text = String::with_capacity(length);
        // Bytes beyond the last whole run of the alphabet would favour its beginning: they are passed over.
        let fair = 256 - 256 % alphabet.len();
        while text.len() < length {
            for byte in self.block() {
                if usize::from(byte) < fair && text.len() < length {
                    text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
                }
            }
        }
        text
    }
}

impl stepwell_asl::scope::Entropy for Entropy {
    fn next_u64(&mut self) -> u64 {
        u64::from_be_bytes(self.bytes())
    }
}

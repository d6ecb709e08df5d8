//! Signature version 4: what a request claims ([`Claim`]), whether the claim holds ([`verify`]), and how our
//! own clients sign ([`sign`]).
//!
//! The bytes that were received are what is verified: path and query are taken as they came, and a body is
//! hashed here, whatever a header says of its hash; S3 alone lets a header say that a body isn't signed as a whole.

mod canonical;
mod claim;
mod failure;
mod key;
mod piece;
mod sign;
mod verify;

pub use claim::{Claim, Scope};
pub use failure::AuthFailure;
pub use piece::PieceSigner;
pub use sign::{Credentials, sign};
pub use verify::{KeyLookup, verify};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const TERMINATOR: &str = "aws4_request";

#[cfg(test)]
mod tests;

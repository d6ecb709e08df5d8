//! The signatures of a body that is sent in pieces: each covers its piece and the signature before it, the first one's being
//! the request's own. <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::claim::{Claim, Scope};
use super::failure::AuthFailure;
use super::key::{mac, signing_key};
use super::{ALGORITHM, TERMINATOR};
use crate::ids::hex;
use crate::time::amz_date;

/// Checks one piece after another.
#[derive(Debug)]
pub struct PieceSigner {
    key: Vec<u8>,
    scope: Scope,
    signed_ms: i64,
    previous: String,
}

impl PieceSigner {
    /// Begins with a request's own signature, which has been verified.
    #[must_use]
    pub fn after(claim: &Claim, secret: &str) -> PieceSigner {
        PieceSigner {
            key: signing_key(secret, &claim.scope),
            scope: claim.scope.clone(),
            signed_ms: claim.signed_ms,
            previous: claim.signature.clone(),
        }
    }

    /// Whether the next piece is signed as it should be.
    pub fn verify_piece(&mut self, piece: &[u8], signature: Option<&str>) -> Result<(), AuthFailure> {
        let covered = format!("{}\n{}", hex(&Sha256::digest(b"")), hex(&Sha256::digest(piece)));
        self.verify("PAYLOAD", &covered, signature)
    }

    /// Whether the trailers are signed as they should be, by the last of them.
    pub fn verify_trailers(&mut self, trailers: &[(String, String)]) -> Result<(), AuthFailure> {
        let is_signature = |name: &str| name == "x-amz-trailer-signature";
        let text: String = trailers
            .iter()
            .filter(|(name, _)| !is_signature(name))
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let signature = trailers.iter().find(|(name, _)| is_signature(name)).map(|(_, value)| value.as_str());
        self.verify("TRAILER", &hex(&Sha256::digest(text.as_bytes())), signature)
    }

    fn verify(&mut self, kind: &str, covered: &str, signature: Option<&str>) -> Result<(), AuthFailure> {
        let Scope { date, region, service, .. } = &self.scope;
        let text = format!(
            "{ALGORITHM}-{kind}\n{}\n{date}/{region}/{service}/{TERMINATOR}\n{}\n{covered}",
            amz_date(self.signed_ms),
            self.previous
        );
        let expected = hex(&mac(&self.key, &text));
        let matches: bool = expected.as_bytes().ct_eq(signature.unwrap_or_default().as_bytes()).into();
        if !matches {
            return Err(AuthFailure::BadSignature);
        }
        self.previous = expected;
        Ok(())
    }
}

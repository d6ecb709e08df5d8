//! Whether a claim holds. The order of the checks is AWS's: the key, its token, the scope, the clock, and
//! last the signature, so that the first error is the one AWS would name.

use subtle::ConstantTimeEq;

use super::canonical::{canonical_request, string_to_sign};
use super::claim::{Claim, Place};
use super::failure::AuthFailure;
use super::key::{mac, signing_key};
use crate::ids::hex;
use crate::message::Request;
use crate::time::amz_date;

/// What is known of an access key.
#[derive(Debug, Clone, Copy)]
pub enum KeyLookup<'a> {
    Unknown,
    /// Temporary credentials whose time is over.
    Expired,
    Known {
        secret: &'a str,
        /// For temporary credentials: the token that must come with every request.
        session_token: Option<&'a str>,
    },
}

/// How far apart the clocks of client and server may be.
const SKEW_MS: i64 = 300_000;
const S3_SKEW_MS: i64 = 900_000;

/// Checks `claim`, which was read from `request`, as of `now_ms`. `service` is the signing name of the
/// service that the request was routed to.
pub fn verify(
    request: &Request<'_>,
    claim: &Claim,
    key: KeyLookup<'_>,
    service: &str,
    now_ms: i64,
) -> Result<(), AuthFailure> {
    let secret = verify_key(claim, key)?;
    verify_scope(claim, service)?;
    verify_clock(claim, now_ms)?;
    verify_headers(request, claim)?;
    verify_signature(request, claim, secret)
}

fn verify_key<'a>(claim: &Claim, key: KeyLookup<'a>) -> Result<&'a str, AuthFailure> {
    match key {
        KeyLookup::Unknown => Err(AuthFailure::UnknownKey),
        KeyLookup::Expired => Err(AuthFailure::ExpiredToken),
        KeyLookup::Known { secret, session_token } => {
            let given = claim.session_token.as_deref().unwrap_or_default();
            let matches: bool = given.as_bytes().ct_eq(session_token.unwrap_or_default().as_bytes()).into();
            if matches { Ok(secret) } else { Err(AuthFailure::UnknownKey) }
        }
    }
}

fn verify_scope(claim: &Claim, service: &str) -> Result<(), AuthFailure> {
    let date = &amz_date(claim.signed_ms)[..8];
    if claim.scope.date != date {
        return Err(AuthFailure::WrongScope(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{date}', from '{}'.",
            claim.scope.date,
            amz_date(claim.signed_ms)
        )));
    }
    if !crate::arn::is_region(&claim.scope.region) {
        return Err(AuthFailure::invalid_region());
    }
    if claim.scope.service != service {
        return Err(AuthFailure::WrongScope(format!(
            "Credential should be scoped to correct service: '{service}'."
        )));
    }
    Ok(())
}

fn verify_clock(claim: &Claim, now_ms: i64) -> Result<(), AuthFailure> {
    let signed_ms = claim.signed_ms;
    let skew_ms = if claim.scope.service == "s3" { S3_SKEW_MS } else { SKEW_MS };
    let lifetime_ms = match claim.place {
        Place::Header => skew_ms,
        Place::Query { expires_ms } => expires_ms,
    };
    if signed_ms < now_ms - lifetime_ms {
        Err(AuthFailure::Expired { signed_ms, now_ms, allowed_ms: lifetime_ms })
    } else if signed_ms > now_ms + skew_ms {
        Err(AuthFailure::NotYetCurrent { signed_ms, now_ms, allowed_ms: skew_ms })
    } else {
        Ok(())
    }
}

/// What decides who is addressed and what is done must be under the signature.
fn verify_headers(request: &Request<'_>, claim: &Claim) -> Result<(), AuthFailure> {
    let signed = |name: &str| claim.signed_headers.iter().any(|header| header == name);
    if !signed("host") {
        return Err(AuthFailure::WrongScope(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    match request.header("x-amz-target") {
        Some(_) if !signed("x-amz-target") => Err(AuthFailure::WrongScope(
            "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn verify_signature(request: &Request<'_>, claim: &Claim, secret: &str) -> Result<(), AuthFailure> {
    let canonical = canonical_request(request, &claim.signed_headers, &claim.scope.service);
    let text = string_to_sign(&canonical, claim.signed_ms, &claim.scope);
    let signature = hex(&mac(&signing_key(secret, &claim.scope), &text));
    let matches: bool = signature.as_bytes().ct_eq(claim.signature.as_bytes()).into();
    if matches { Ok(()) } else { Err(AuthFailure::BadSignature) }
}

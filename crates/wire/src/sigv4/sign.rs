//! Signing, in the header form: for our own command line, for calls that the server makes, and for tests.

use super::ALGORITHM;
use super::canonical::{canonical_request, string_to_sign};
use super::claim::Scope;
use super::key::{mac, signing_key};
use crate::ids::hex;
use crate::message::Request;
use crate::time::amz_date;

#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    pub session_token: Option<&'a str>,
}

/// The headers to add to `request`: `x-amz-date`, `x-amz-security-token`, `authorization`. What the request
/// has of `host`, `content-type` and `x-amz-*` is signed.
pub fn sign(
    request: &Request<'_>,
    credentials: Credentials<'_>,
    region: &str,
    service: &str,
    now_ms: i64,
) -> Vec<(&'static str, String)> {
    let date = amz_date(now_ms);
    let mut added = vec![("x-amz-date", date.clone())];
    if let Some(token) = credentials.session_token {
        added.push(("x-amz-security-token", token.to_owned()));
    }
    let mut signed = request.clone();
    signed.headers.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
    let names = signed_header_names(&signed);
    let scope = Scope {
        access_key_id: credentials.access_key_id.to_owned(),
        date: date[..8].to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
    };
    let text = string_to_sign(&canonical_request(&signed, &names, service), now_ms, &scope);
    let signature = hex(&mac(&signing_key(credentials.secret_access_key, &scope), &text));
    let Scope { access_key_id, date, .. } = &scope;
    let authorization = format!(
        "{ALGORITHM} Credential={access_key_id}/{date}/{region}/{service}/aws4_request, SignedHeaders={}, Signature={signature}",
        names.join(";")
    );
    added.push(("authorization", authorization));
    added
}

fn signed_header_names(request: &Request<'_>) -> Vec<String> {
    let mut names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect::<Vec<_>>();
    names.retain(|name| name == "host" || name == "content-type" || name.starts_with("x-amz-"));
    names.sort();
    names.dedup();
    names
}

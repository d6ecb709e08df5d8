//! The canonical request and the string to sign: the one form in which signer and verifier see a request.

use sha2::{Digest, Sha256};

use super::claim::Scope;
use super::{ALGORITHM, TERMINATOR};
use crate::ids::hex;
use crate::message::Request;
use crate::{time, uri};

/// S3 alone takes a path as it is; every other service encodes it once more.
pub(super) fn canonical_request(request: &Request<'_>, signed_headers: &[String], service: &str) -> String {
    let path =
        if service == "s3" { absolute(request.path) } else { uri::encode_path(&normalized(request.path)) };
    let headers: String =
        signed_headers.iter().map(|name| format!("{name}:{}\n", header(request, name))).collect();
    let body = payload_hash(request, service);
    [request.method, &path, &canonical_query(request.query), &headers, &signed_headers.join(";"), &body]
        .join("\n")
}

/// The hash of the body; S3's requests may say that it isn't signed, or only piece by piece.
fn payload_hash(request: &Request<'_>, service: &str) -> String {
    let own = || hex(&Sha256::digest(request.body));
    if service != "s3" {
        return own();
    }
    match request.header("x-amz-content-sha256") {
        Some(word) if word == UNSIGNED || word.starts_with("STREAMING-") => word.to_owned(),
        Some(_) => own(),
        // A link is signed before anyone knows what will be sent.
        None if request.header("authorization").is_none() => UNSIGNED.to_owned(),
        None => own(),
    }
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

pub(super) fn string_to_sign(canonical: &str, signed_ms: i64, scope: &Scope) -> String {
    let Scope { date, region, service, .. } = scope;
    let hash = hex(&Sha256::digest(canonical.as_bytes()));
    format!("{ALGORITHM}\n{}\n{date}/{region}/{service}/{TERMINATOR}\n{hash}", time::amz_date(signed_ms))
}

/// All values of a header, in the order of their appearance, each with its runs of spaces made one.
fn header(request: &Request<'_>, name: &str) -> String {
    let values = request.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    values
        .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join(",")
}

/// Names and values encoded anew, without the signature itself, sorted by encoded name and value.
fn canonical_query(query: &str) -> String {
    let mut pairs = query
        .split('&')
        .filter(|field| !field.is_empty())
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .map(|(name, value)| [name, value].map(|text| uri::encode_bytes(&uri::decode_bytes(text))))
        .filter(|[name, _]| !name.eq_ignore_ascii_case("X-Amz-Signature"))
        .collect::<Vec<_>>();
    pairs.sort();
    pairs.iter().map(|[name, value]| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn absolute(path: &str) -> String {
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

/// Without empty, `.` and `..` segments, as signers send and sign it.
fn normalized(path: &str) -> String {
    let mut kept = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let trailing = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{trailing}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_normalized_and_a_query_sorted() {
        for (path, expected) in
            [("", "/"), ("/", "/"), ("//a/./b/../c/", "/a/c/"), ("/../..", "/"), ("/a%2Fb", "/a%2Fb")]
        {
            assert_eq!(normalized(path), expected, "{path}");
        }
        assert_eq!(canonical_query("b=2&a=%7e&b=1&&c&X-Amz-Signature=x&d=a+b"), "a=~&b=1&b=2&c=&d=a%2Bb");
    }

    #[test]
    fn the_values_of_a_header_are_trimmed_and_joined() {
        let request = Request { headers: vec![("a", "  x   y "), ("A", "z")], ..Request::default() };
        assert_eq!(header(&request, "a"), "x y,z");
    }
}

//! Who a request says it is from: the `Authorization` header, or the parameters of a presigned query. Read
//! strictly to be verified, and loosely ([`Scope::peek`]) to be routed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{ALGORITHM, AuthFailure, TERMINATOR};
use crate::message::Request;
use crate::{time, uri};

/// `<key id>/<yyyymmdd>/<region>/<service>/aws4_request`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub access_key_id: String,
    pub date: String,
    pub region: String,
    pub service: String,
}

/// Where the signature was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    Query { expires_ms: i64 },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub scope: Scope,
    pub session_token: Option<String>,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    pub(super) signed_ms: i64,
    pub(super) place: Place,
}

impl Claim {
    /// `None` for a request that isn't signed.
    pub fn of(request: &Request<'_>) -> Result<Option<Claim>, AuthFailure> {
        if let Some(header) = request.header("authorization") {
            return from_header(request, header).map(Some);
        }
        let parameters = Parameters::of(request.query);
        if parameters.get("X-Amz-Algorithm").or(parameters.get("X-Amz-Signature")).is_some() {
            return from_query(&parameters).map(Some);
        }
        Ok(None)
    }
}

impl Scope {
    /// The scope that a request names, well signed or not: enough to route it.
    pub fn peek(request: &Request<'_>) -> Option<Scope> {
        let credential = match request.header("authorization") {
            Some(header) => {
                let rest = header.split_once("Credential=")?.1;
                rest.split([',', ' ']).next().unwrap_or(rest).to_owned()
            }
            None => Parameters::of(request.query).get("X-Amz-Credential")?.to_owned(),
        };
        Scope::parse(&credential).ok()
    }

    fn parse(credential: &str) -> Result<Scope, AuthFailure> {
        let parts = credential.split('/').collect::<Vec<_>>();
        let [access_key_id, date, region, service, terminator] = parts[..] else {
            return Err(AuthFailure::Incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            )));
        };
        if terminator != TERMINATOR {
            return Err(AuthFailure::WrongScope(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
            )));
        }
        Ok(Scope {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}

fn from_header(request: &Request<'_>, header: &str) -> Result<Claim, AuthFailure> {
    let fields = header_fields(header)?;
    let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let date = request.header("x-amz-date").or_else(|| request.header("date"));
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (field("Credential"), field("Signature"), field("SignedHeaders"), date)
    else {
        let present = [
            (field("Credential"), "Authorization header requires 'Credential' parameter. "),
            (field("Signature"), "Authorization header requires 'Signature' parameter. "),
            (field("SignedHeaders"), "Authorization header requires 'SignedHeaders' parameter. "),
            (date, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "),
        ];
        let missing: String =
            present.iter().filter(|(value, _)| value.is_none()).map(|(_, text)| *text).collect();
        return Err(AuthFailure::Incomplete(format!("{missing}{}", quoted(header))));
    };
    let signed_ms =
        time::parse_amz_date(date).or_else(|| time::parse_http_date(date)).ok_or_else(|| bad_date(date))?;
    Ok(Claim {
        scope: Scope::parse(credential)?,
        session_token: request.header("x-amz-security-token").map(str::to_owned),
        signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
        signature: signature.to_owned(),
        signed_ms,
        place: Place::Header,
    })
}

fn header_fields(header: &str) -> Result<Vec<(&str, &str)>, AuthFailure> {
    let Some(fields) =
        header.trim().strip_prefix(ALGORITHM).filter(|rest| rest.is_empty() || rest.starts_with(' '))
    else {
        // Another scheme has none of the parameters.
        return Ok(Vec::new());
    };
    let fields = fields.split(',').map(str::trim).filter(|field| !field.is_empty());
    fields
        .map(|field| {
            field.split_once('=').ok_or_else(|| {
                AuthFailure::Incomplete(format!(
                    "'{field}' not a valid key=value pair (missing equal-sign) in Authorization header {}",
                    quoted(header)
                ))
            })
        })
        .collect()
}

/// A header may hold a valid signature, so it is quoted by its hash alone, as AWS does.
fn quoted(header: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(header.as_bytes()));
    format!("(Hashed with SHA-256 and encoded with Base64) Authorization={hash}")
}

fn bad_date(date: &str) -> AuthFailure {
    AuthFailure::Incomplete(format!(
        "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
    ))
}

const QUERY_PARAMETERS: [&str; 5] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
/// A presigned request is good for a week at most.
const LONGEST_S: i64 = 604_800;

fn from_query(parameters: &Parameters) -> Result<Claim, AuthFailure> {
    let [Some(algorithm), Some(credential), Some(signature), Some(signed_headers), Some(date)] =
        QUERY_PARAMETERS.map(|name| parameters.get(name))
    else {
        let missing = QUERY_PARAMETERS.iter().filter(|name| parameters.get(name).is_none());
        let text: String =
            missing.map(|name| format!("AWS query-string parameters must include '{name}'. ")).collect();
        return Err(AuthFailure::Incomplete(format!("{text}Re-examine the query-string parameters.")));
    };
    if algorithm != ALGORITHM {
        return Err(AuthFailure::Incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")));
    }
    let expires = parameters.get("X-Amz-Expires").map_or(Some(300), |text| text.parse().ok());
    let expires_s = expires.filter(|seconds| (0..=LONGEST_S).contains(seconds)).ok_or_else(|| {
        AuthFailure::Incomplete(format!("X-Amz-Expires must be a number from 0 to {LONGEST_S}"))
    })?;
    Ok(Claim {
        scope: Scope::parse(credential)?,
        session_token: parameters.get("X-Amz-Security-Token").map(str::to_owned),
        signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
        signature: signature.to_owned(),
        signed_ms: time::parse_amz_date(date).ok_or_else(|| bad_date(date))?,
        place: Place::Query { expires_ms: expires_s * 1000 },
    })
}

/// The decoded parameters of a query.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn of(query: &str) -> Parameters {
        let decoded = |text: &str| uri::decode(text).map(|text| text.into_owned());
        let pairs = query.split('&').filter_map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            decoded(name).zip(decoded(value))
        });
        Parameters(pairs.collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

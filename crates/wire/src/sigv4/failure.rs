//! Why a request is not let in, and AWS's words for it. The code depends on the protocol, so each error
//! carries its three forms.

use crate::error::{ApiError, CORAL_SERVICE};
use crate::time::amz_date;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthFailure {
    /// Unsigned.
    Missing,
    /// Signed in a way that can't be read; the text says what is wrong with it.
    Incomplete(String),
    UnknownKey,
    /// The temporary credentials have run out.
    ExpiredToken,
    BadSignature,
    /// The scope's date, region, service or terminator is wrong; the text says which.
    WrongScope(String),
    /// Signed too long ago, or its lifetime is over.
    Expired {
        signed_ms: i64,
        now_ms: i64,
        allowed_ms: i64,
    },
    NotYetCurrent {
        signed_ms: i64,
        now_ms: i64,
        allowed_ms: i64,
    },
}

impl AuthFailure {
    pub fn invalid_region() -> AuthFailure {
        AuthFailure::WrongScope("Credential should be scoped to a valid region.".to_owned())
    }

    fn message(&self) -> String {
        match self {
            AuthFailure::Missing => "Missing Authentication Token".to_owned(),
            AuthFailure::Incomplete(text) | AuthFailure::WrongScope(text) => text.clone(),
            AuthFailure::UnknownKey => "The security token included in the request is invalid.".to_owned(),
            AuthFailure::ExpiredToken => "The security token included in the request is expired".to_owned(),
            AuthFailure::BadSignature => BAD_SIGNATURE.to_owned(),
            AuthFailure::Expired { signed_ms, now_ms, allowed_ms } => format!(
                "Signature expired: {} is now earlier than {} ({} - {}.)",
                amz_date(*signed_ms),
                amz_date(now_ms - allowed_ms),
                amz_date(*now_ms),
                span(*allowed_ms)
            ),
            AuthFailure::NotYetCurrent { signed_ms, now_ms, allowed_ms } => format!(
                "Signature not yet current: {} is still later than {} ({} + {}.)",
                amz_date(*signed_ms),
                amz_date(now_ms + allowed_ms),
                amz_date(*now_ms),
                span(*allowed_ms)
            ),
        }
    }

    /// The code in awsJson and REST, and the status in REST.
    fn json_form(&self) -> (&'static str, u16) {
        match self {
            AuthFailure::Missing => ("MissingAuthenticationTokenException", 403),
            AuthFailure::Incomplete(_) => ("IncompleteSignatureException", 400),
            AuthFailure::UnknownKey => ("UnrecognizedClientException", 403),
            AuthFailure::ExpiredToken => ("ExpiredTokenException", 403),
            _ => ("InvalidSignatureException", 403),
        }
    }

    fn query_form(&self) -> (&'static str, u16) {
        match self {
            AuthFailure::Missing => ("MissingAuthenticationToken", 403),
            AuthFailure::Incomplete(_) => ("IncompleteSignature", 400),
            AuthFailure::UnknownKey => ("InvalidClientTokenId", 403),
            AuthFailure::ExpiredToken => ("ExpiredToken", 403),
            _ => ("SignatureDoesNotMatch", 403),
        }
    }
}

const BAD_SIGNATURE: &str = "The request signature we calculated does not match the signature you provided. Check \
     your AWS Secret Access Key and signing method. Consult the service documentation for details.";

fn span(millis: i64) -> String {
    if millis % 60_000 == 0 { format!("{} min", millis / 60_000) } else { format!("{} sec", millis / 1000) }
}

impl From<AuthFailure> for ApiError {
    fn from(failure: AuthFailure) -> ApiError {
        let (code, rest_status) = failure.json_form();
        let (query_code, query_status) = failure.query_form();
        let error = ApiError::bad_request(code, failure.message())
            .with_namespace(CORAL_SERVICE)
            .with_rest(code, rest_status)
            .with_query_code(query_code)
            .with_query_status(query_status);
        match failure {
            AuthFailure::Missing => error.with_query_message("Request is missing Authentication Token"),
            _ => error,
        }
    }
}

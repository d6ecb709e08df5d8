//! Errors as S3 words them: its own codes for what any service may answer, in a document without a namespace.

use crate::error::{ApiError, CORAL_SERVICE};
use crate::message::Response;
use crate::xml;

/// The bytes of an error. A HEAD's answer loses its body on the way out.
#[must_use]
pub fn error(error: &ApiError, request_id: &str) -> Response {
    let (code, status, message) = own_words(error);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    xml::write_text(&mut out, "Code", code);
    xml::write_text(&mut out, "Message", message);
    for (name, value) in error.members() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        xml::write_text(&mut out, name, &text);
    }
    xml::write_text(&mut out, "RequestId", request_id);
    xml::write_text(&mut out, "HostId", request_id);
    out.push_str("</Error>");
    // What wasn't modified has no body.
    let body = if status == 304 { String::new() } else { out };
    Response::new(status, body)
        .with_header("x-amz-request-id", request_id)
        .with_header("x-amz-id-2", request_id)
        .with_header("Content-Type", "application/xml")
}

/// What the framework before a service says, in S3's words.
fn own_words(error: &ApiError) -> (&str, u16, &str) {
    let own = (error.code.as_ref(), error.status, error.message.as_str());
    if error.namespace != Some(CORAL_SERVICE) {
        return own;
    }
    match error.code.as_ref() {
        "ThrottlingException" => ("SlowDown", 503, "Please reduce your request rate."),
        "InternalFailure" => ("InternalError", 500, "We encountered an internal error. Please try again."),
        "AccessDeniedException" => ("AccessDenied", 403, own.2),
        "MissingAuthenticationTokenException" => ("AccessDenied", 403, "Access Denied"),
        "UnrecognizedClientException" => {
            let text = "The AWS Access Key Id you provided does not exist in our records.";
            ("InvalidAccessKeyId", 403, text)
        }
        "ExpiredTokenException" => ("ExpiredToken", 400, "The provided token has expired."),
        "IncompleteSignatureException" => ("AuthorizationHeaderMalformed", 400, own.2),
        "InvalidSignatureException" => ("SignatureDoesNotMatch", 403, own.2),
        "SerializationException" if own.2.starts_with("The XML") => ("MalformedXML", 400, own.2),
        "SerializationException" => ("InvalidArgument", 400, own.2),
        "RequestEntityTooLarge" => {
            let text = "Your proposed upload exceeds the maximum allowed size";
            ("EntityTooLarge", 400, text)
        }
        "UnknownOperationException" => {
            let text = "A header you provided implies functionality that is not implemented";
            ("NotImplemented", 501, text)
        }
        _ => own,
    }
}

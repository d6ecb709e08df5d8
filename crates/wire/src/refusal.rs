//! The refusal of a request that reaches no service here, in the protocol in which it was made: a client of
//! a service that we don't have must still be able to read why.

use crate::error::ApiError;
use crate::message::Response;
use crate::render::{Protocol, json_error, plain_query_error, rest_error};
use crate::rest_xml;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalForm {
    Json10,
    Json11,
    Query,
    RestJson,
    RestXml,
    Cbor,
}

impl From<Protocol> for RefusalForm {
    fn from(protocol: Protocol) -> RefusalForm {
        match protocol {
            Protocol::AwsJson10 => RefusalForm::Json10,
            Protocol::AwsJson11 => RefusalForm::Json11,
            Protocol::Query => RefusalForm::Query,
            Protocol::RestJson => RefusalForm::RestJson,
            Protocol::RestXml => RefusalForm::RestXml,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub form: RefusalForm,
    pub error: ApiError,
}

impl Refusal {
    pub fn new(form: RefusalForm, error: ApiError) -> Refusal {
        Refusal { form, error }
    }

    pub fn render(&self, request_id: &str) -> Response {
        let error = &self.error;
        match self.form {
            RefusalForm::Json10 => json_error(Protocol::AwsJson10, error.namespace, error, request_id),
            RefusalForm::Json11 => json_error(Protocol::AwsJson11, error.namespace, error, request_id),
            RefusalForm::Query => plain_query_error(error, request_id),
            RefusalForm::RestJson => rest_error(error, request_id),
            RefusalForm::RestXml => rest_xml::error(error, request_id),
            RefusalForm::Cbor => cbor_error(error, request_id),
        }
    }
}

/// A map of two texts; not worth a codec.
fn cbor_error(error: &ApiError, request_id: &str) -> Response {
    let mut body = vec![0xa2];
    for text in ["__type", &error.code, "message", &error.message] {
        push_cbor_text(&mut body, text);
    }
    Response::new(error.status, body)
        .with_header("x-amzn-RequestId", request_id)
        .with_header("smithy-protocol", "rpc-v2-cbor")
        .with_header("Content-Type", "application/cbor")
}

fn push_cbor_text(body: &mut Vec<u8>, text: &str) {
    // Major type 3 with a length of four bytes: longer than need be, and always right for what is sent here.
    body.push(0x7a);
    body.extend((text.len() as u32).to_be_bytes());
    body.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_its_own_refusal() {
        let error = ApiError::bad_request("InvalidAction", "no <x>");
        let body = |form| {
            let response = Refusal::new(form, error.clone()).render("id");
            assert_eq!(response.status, 400);
            String::from_utf8_lossy(&response.body).into_owned()
        };
        assert_eq!(body(RefusalForm::Json11), r#"{"__type":"InvalidAction","message":"no <x>"}"#);
        assert_eq!(
            body(RefusalForm::Query),
            "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>no &lt;x&gt;</Message></Error>\
             <RequestId>id</RequestId></ErrorResponse>"
        );
        assert!(body(RefusalForm::RestXml).contains("<Code>InvalidAction</Code>"));
        let cbor = body(RefusalForm::Cbor);
        assert!(cbor.contains("InvalidAction") && cbor.ends_with("no <x>"));
    }
}

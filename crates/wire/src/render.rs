//! From an output or an error to the bytes of a response, in the protocol in which the request came.
//!
//! An output that is a unit (`()` or a unit struct) stands for an operation without an output shape: no
//! result element in XML, an empty body in JSON. An output that is a struct without members is `{}`, or an
//! empty result element.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{ApiError, Fault};
use crate::json_output;
use crate::message::Response;
use crate::rest_xml::{self, RestOutput};
use crate::service::Service;
use crate::xml::{self, Flattened, IsoPrecision, Style};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    AwsJson10,
    AwsJson11,
    Query,
    RestJson,
    RestXml,
}

impl Protocol {
    pub fn content_type(self) -> &'static str {
        match self {
            Protocol::AwsJson10 => "application/x-amz-json-1.0",
            Protocol::AwsJson11 => "application/x-amz-json-1.1",
            Protocol::Query => "text/xml",
            Protocol::RestJson => "application/json",
            Protocol::RestXml => "application/xml",
        }
    }
}

/// An output could not be written: a defect of ours, to be logged and answered as an internal failure.
#[derive(Debug, thiserror::Error)]
#[error("the output of {operation} can't be written: {reason}")]
pub struct RenderError {
    operation: String,
    reason: String,
}

/// What goes around an output or an error.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    pub service: Service,
    pub protocol: Protocol,
    pub operation: &'a str,
    pub request_id: &'a str,
    pub style: Style<'a>,
    /// Where the members of an output of REST with XML stand.
    pub output: Option<&'a RestOutput>,
}

impl<'a> Envelope<'a> {
    pub fn new(
        service: Service,
        protocol: Protocol,
        operation: &'a str,
        request_id: &'a str,
    ) -> Envelope<'a> {
        let timestamps = match service {
            Service::Iam | Service::Sts => IsoPrecision::Seconds,
            _ => IsoPrecision::Millis,
        };
        Envelope {
            service,
            protocol,
            operation,
            request_id,
            style: Style { flattened: &[], timestamps },
            output: None,
        }
    }

    /// The members that this operation's XML has no wrapping element for.
    pub fn with_flattened(mut self, flattened: &'a [Flattened]) -> Envelope<'a> {
        self.style.flattened = flattened;
        self
    }

    /// Where this operation's members stand, in REST with XML.
    pub fn with_output(mut self, output: Option<&'a RestOutput>) -> Envelope<'a> {
        self.output = output;
        self
    }

    pub(crate) fn unwritable(&self, reason: String) -> RenderError {
        RenderError { operation: self.operation.to_owned(), reason }
    }

    /// A 200 with the output. A REST operation may change the status and add headers.
    pub fn success<T: Serialize + ?Sized>(&self, output: &T) -> Result<Response, RenderError> {
        let failed = |reason: String| RenderError { operation: self.operation.to_owned(), reason };
        let body = match self.protocol {
            Protocol::RestXml => return rest_xml::success(self, output).map_err(failed),
            Protocol::Query => {
                self.result_document(output).map_err(|error| failed(error.to_string()))?.into_bytes()
            }
            _ => json_output::encode(output).map_err(|error| failed(error.to_string()))?,
        };
        Ok(self.response(200, body))
    }

    /// A payload that is not this protocol's to write, such as what a function returned.
    pub fn payload(&self, status: u16, content_type: &str, body: impl Into<bytes::Bytes>) -> Response {
        Response::new(status, body)
            .with_header("Content-Type", content_type)
            .with_header("x-amzn-RequestId", self.request_id)
    }

    pub fn error(&self, error: &ApiError) -> Response {
        match self.protocol {
            Protocol::AwsJson10 | Protocol::AwsJson11 => self.json_error(error),
            Protocol::Query => self.response(error.query_status(), self.error_document(error).into_bytes()),
            Protocol::RestJson => rest_error(error, self.request_id),
            Protocol::RestXml => rest_xml::error(error, self.request_id),
        }
    }

    fn response(&self, status: u16, body: Vec<u8>) -> Response {
        let response = Response::new(status, body).with_header("x-amzn-RequestId", self.request_id);
        let bare = response.body.is_empty() && self.protocol == Protocol::RestJson;
        if bare { response } else { response.with_header("Content-Type", self.protocol.content_type()) }
    }

    fn result_document<T: Serialize + ?Sized>(&self, output: &T) -> Result<String, serde::de::value::Error> {
        let mut out = self.document("Response", Some(self.operation));
        xml::write_element(&mut out, &format!("{}Result", self.operation), output, self.style)?;
        out.push_str("<ResponseMetadata>");
        xml::write_text(&mut out, "RequestId", self.request_id);
        out.push_str("</ResponseMetadata></");
        out.push_str(self.operation);
        out.push_str("Response>");
        Ok(out)
    }

    /// The opening of a document, in the service's namespace. SQS alone begins with a declaration.
    fn document(&self, root: &str, prefix: Option<&str>) -> String {
        let declaration = if self.service == Service::Sqs { "<?xml version=\"1.0\"?>" } else { "" };
        let namespace = self.service.xml_namespace().unwrap_or_default();
        format!("{declaration}<{}{root} xmlns=\"{namespace}\">", prefix.unwrap_or_default())
    }

    fn error_document(&self, error: &ApiError) -> String {
        let mut out = self.document("ErrorResponse", None);
        out.push_str(&error_element(error));
        if self.service == Service::Sqs {
            // Within `<Error>`, as its last element.
            out.truncate(out.len() - "</Error>".len());
            out.push_str("<Detail/></Error>");
        }
        xml::write_text(&mut out, "RequestId", self.request_id);
        out.push_str("</ErrorResponse>");
        out
    }

    fn json_error(&self, error: &ApiError) -> Response {
        let namespace = error.namespace.or(self.service.error_namespace());
        let response = json_error(self.protocol, namespace, error, self.request_id);
        match self.service {
            // So that clients that once spoke the query protocol find the codes they know.
            Service::Sqs => response.with_header(
                "x-amzn-query-error",
                format!("{};{}", error.query_code(), error.fault().as_str()),
            ),
            _ => response,
        }
    }
}

fn error_element(error: &ApiError) -> String {
    let mut out = String::from("<Error>");
    xml::write_text(&mut out, "Type", error.fault().as_str());
    xml::write_text(&mut out, "Code", error.query_code());
    xml::write_text(&mut out, "Message", error.query_message());
    out.push_str("</Error>");
    out
}

/// An error of the query protocol for a service that isn't here, whose namespace is unknown.
pub(crate) fn plain_query_error(error: &ApiError, request_id: &str) -> Response {
    let mut out = String::from("<ErrorResponse>");
    out.push_str(&error_element(error));
    xml::write_text(&mut out, "RequestId", request_id);
    out.push_str("</ErrorResponse>");
    Response::new(error.query_status(), out)
        .with_header("x-amzn-RequestId", request_id)
        .with_header("Content-Type", Protocol::Query.content_type())
}

pub(crate) fn json_error(
    protocol: Protocol,
    namespace: Option<&str>,
    error: &ApiError,
    request_id: &str,
) -> Response {
    let kind = match namespace {
        Some(namespace) => format!("{namespace}#{}", error.code),
        None => error.code.to_string(),
    };
    let mut members = Map::from_iter([("__type".to_owned(), Value::from(kind))]);
    push_message(&mut members, if error.has_capital_message() { "Message" } else { "message" }, error);
    Response::new(error.status, Value::Object(members).to_string())
        .with_header("x-amzn-RequestId", request_id)
        .with_header("Content-Type", protocol.content_type())
}

/// Errors of the service say whose fault they are; those of the framework before it have a message only.
pub(crate) fn rest_error(error: &ApiError, request_id: &str) -> Response {
    let mut members = Map::new();
    if error.namespace.is_none() {
        let kind = if error.fault() == Fault::Receiver { "Service" } else { "User" };
        members.insert("Type".to_owned(), Value::from(kind));
    }
    let capital = error.namespace.is_none() || error.has_capital_message();
    push_message(&mut members, if capital { "Message" } else { "message" }, error);
    Response::new(error.rest_status(), Value::Object(members).to_string())
        .with_header("x-amzn-RequestId", request_id)
        .with_header("x-amzn-ErrorType", error.rest_code())
        .with_header("Content-Type", Protocol::RestJson.content_type())
}

fn push_message(members: &mut Map<String, Value>, key: &str, error: &ApiError) {
    if !error.message.is_empty() {
        members.insert(key.to_owned(), Value::from(error.message.as_str()));
    }
    members.extend(error.members().map(|(name, value)| (name.clone(), value.clone())));
}

#[cfg(test)]
mod tests;

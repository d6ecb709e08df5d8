//! An error as a service composes it: a code, a message, a status, and where a protocol wants other words,
//! those. It knows nothing of JSON or XML; [`crate::render`] writes it.
//!
//! The code is the name of the error's shape. AWS gives several generic errors another code and status in
//! the query protocol and in REST, so one error carries all its forms.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::service::Service;

/// The namespace of errors that AWS's service framework raises, before a service is reached.
pub const CORAL_SERVICE: &str = "com.amazon.coral.service";
/// The namespace of violations of a constraint of the model.
pub const CORAL_VALIDATE: &str = "com.amazon.coral.validate";

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    pub code: Cow<'static, str>,
    pub message: String,
    pub status: u16,
    /// `None` means the namespace of the service that answers.
    pub namespace: Option<&'static str>,
    // Boxed because most errors have none, and a `Result` should stay small.
    details: Option<Box<Details>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Details {
    query: Form,
    rest: Form,
    fault: Option<Fault>,
    capital_message: bool,
    members: Map<String, Value>,
}

/// What another protocol says instead; `None` means the same.
#[derive(Debug, Clone, Default, PartialEq)]
struct Form {
    code: Option<Cow<'static, str>>,
    status: Option<u16>,
    message: Option<String>,
}

/// Whose fault it was: the sender's of the request or its receiver's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Sender,
    Receiver,
}

impl Fault {
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Sender => "Sender",
            Fault::Receiver => "Receiver",
        }
    }
}

impl ApiError {
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> ApiError {
        ApiError { code: code.into(), message: message.into(), status, namespace: None, details: None }
    }

    /// An error of status 400, as nearly all are.
    pub fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> ApiError {
        ApiError::new(code, 400, message)
    }

    pub fn with_namespace(mut self, namespace: &'static str) -> ApiError {
        self.namespace = Some(namespace);
        self
    }

    /// The code in the query protocol, and in SQS's `x-amzn-query-error`.
    pub fn with_query_code(mut self, code: impl Into<Cow<'static, str>>) -> ApiError {
        self.details_mut().query.code = Some(code.into());
        self
    }

    pub fn with_query_status(mut self, status: u16) -> ApiError {
        self.details_mut().query.status = Some(status);
        self
    }

    /// SQS words some errors differently in its two protocols.
    pub fn with_query_message(mut self, message: impl Into<String>) -> ApiError {
        self.details_mut().query.message = Some(message.into());
        self
    }

    pub fn with_rest(mut self, code: impl Into<Cow<'static, str>>, status: u16) -> ApiError {
        let rest = &mut self.details_mut().rest;
        rest.code = Some(code.into());
        rest.status = Some(status);
        self
    }

    pub fn with_fault(mut self, fault: Fault) -> ApiError {
        self.details_mut().fault = Some(fault);
        self
    }

    /// The framework's own errors spell the JSON member `Message`, services `message`.
    pub fn with_capital_message(mut self) -> ApiError {
        self.details_mut().capital_message = true;
        self
    }

    /// A further member of the error's shape, beside its message.
    pub fn with_member(mut self, name: impl Into<String>, value: impl Into<Value>) -> ApiError {
        self.details_mut().members.insert(name.into(), value.into());
        self
    }

    fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }

    pub fn query_code(&self) -> &str {
        self.query().and_then(|form| form.code.as_deref()).unwrap_or(&self.code)
    }

    pub fn query_status(&self) -> u16 {
        self.query().and_then(|form| form.status).unwrap_or(self.status)
    }

    pub fn query_message(&self) -> &str {
        self.query().and_then(|form| form.message.as_deref()).unwrap_or(&self.message)
    }

    pub fn rest_code(&self) -> &str {
        self.rest().and_then(|form| form.code.as_deref()).unwrap_or(&self.code)
    }

    pub fn rest_status(&self) -> u16 {
        self.rest().and_then(|form| form.status).unwrap_or(self.status)
    }

    pub fn fault(&self) -> Fault {
        let default = if self.status >= 500 { Fault::Receiver } else { Fault::Sender };
        self.details.as_ref().and_then(|details| details.fault).unwrap_or(default)
    }

    pub fn has_capital_message(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.capital_message)
    }

    pub fn members(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.details.iter().flat_map(|details| details.members.iter())
    }

    fn query(&self) -> Option<&Form> {
        self.details.as_ref().map(|details| &details.query)
    }

    fn rest(&self) -> Option<&Form> {
        self.details.as_ref().map(|details| &details.rest)
    }
}

/// The errors that any operation of any service may answer with.
impl ApiError {
    /// The body is not what the protocol asks for, or a member has the wrong type.
    pub fn serialization(message: impl Into<String>) -> ApiError {
        ApiError::bad_request("SerializationException", message)
            .with_namespace(CORAL_SERVICE)
            .with_query_code("MalformedInput")
            .with_capital_message()
    }

    /// The caller's input violates the model: `1 validation error detected: …`.
    pub fn validation(message: impl Into<String>) -> ApiError {
        ApiError::bad_request("ValidationException", message)
            .with_namespace(CORAL_VALIDATE)
            .with_query_code("ValidationError")
    }

    /// No such operation in this service. REST services answer for a path they don't have.
    pub fn unknown_operation(service: Service, operation: &str) -> ApiError {
        let text = match service {
            Service::Sqs => format!("The action {operation} is not valid for this endpoint."),
            _ => format!("Could not find operation {operation} for version {}", service.version()),
        };
        ApiError::bad_request("UnknownOperationException", "")
            .with_namespace(CORAL_SERVICE)
            .with_query_code("InvalidAction")
            .with_query_message(text)
            .with_rest("UnknownOperationException", 404)
    }

    pub fn throttling(service: Service) -> ApiError {
        let error = ApiError::bad_request("ThrottlingException", "Rate exceeded")
            .with_namespace(CORAL_SERVICE)
            .with_query_code("Throttling")
            .with_rest("TooManyRequestsException", 429);
        match service {
            Service::Sqs => error.with_query_code("RequestThrottled"),
            _ => error,
        }
    }

    /// Each service refuses under its own code and status; the text is `User: … is not authorized to …`.
    pub fn access_denied(service: Service, message: impl Into<String>) -> ApiError {
        let status = if service == Service::Sqs { 403 } else { 400 };
        let query_code = if service == Service::Sns { "AuthorizationError" } else { "AccessDenied" };
        ApiError::new("AccessDeniedException", status, message)
            .with_namespace(CORAL_SERVICE)
            .with_capital_message()
            .with_query_code(query_code)
            .with_query_status(403)
            .with_rest("AccessDeniedException", 403)
    }

    /// Ours, and opaque: what happened stands in the log under the request id.
    pub fn internal_failure() -> ApiError {
        ApiError::new(
            "InternalFailure",
            500,
            "The request processing has failed because of an unknown error.",
        )
        .with_namespace(CORAL_SERVICE)
        .with_rest("ServiceException", 500)
    }

    pub fn service_unavailable(message: impl Into<String>) -> ApiError {
        ApiError::new("ServiceUnavailable", 503, message)
            .with_namespace(CORAL_SERVICE)
            .with_rest("ServiceUnavailableException", 503)
    }

    /// The body is longer than the service reads.
    pub fn request_entity_too_large() -> ApiError {
        ApiError::new("RequestEntityTooLarge", 413, "The request body is too large.")
            .with_namespace(CORAL_SERVICE)
            .with_rest("RequestTooLargeException", 413)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_the_same_in_every_protocol_unless_told_otherwise() {
        let error = ApiError::new("NotFound", 404, "Topic does not exist");
        assert_eq!(
            (error.query_code(), error.query_status(), error.query_message()),
            ("NotFound", 404, "Topic does not exist")
        );
        assert_eq!((error.rest_code(), error.rest_status()), ("NotFound", 404));
        assert_eq!(error.fault(), Fault::Sender);
        assert_eq!(ApiError::internal_failure().fault(), Fault::Receiver);
    }

    #[test]
    fn access_is_denied_in_the_words_of_each_service() {
        let forms = |service| {
            let error = ApiError::access_denied(service, "User: x");
            (error.status, error.query_code().to_owned(), error.query_status(), error.rest_status())
        };
        assert_eq!(forms(Service::States).0, 400);
        assert_eq!(forms(Service::Sqs), (403, "AccessDenied".to_owned(), 403, 403));
        assert_eq!(forms(Service::Sns).1, "AuthorizationError");
        assert_eq!(forms(Service::Lambda).3, 403);
    }

    #[test]
    fn an_error_is_small_enough_to_return_by_value() {
        assert!(size_of::<ApiError>() <= 96);
    }
}

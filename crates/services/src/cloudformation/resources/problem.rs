//! Why a handler failed, and how the resource's status says it.

use super::schema::{ResourceType, Sdk};
use crate::failure::Failure;
use stepwell_wire::ApiError;

/// Why a resource could not be made, changed or taken away.
#[derive(Debug)]
pub enum Problem {
    /// The resource's own fault, told as AWS's handlers tell it.
    Refused(Refusal),
    /// Properties that don't fit the schema.
    Properties(Vec<String>),
    /// Not a matter of the resource: rows to be fetched first, or a store that failed.
    Failure(Failure),
}

/// What a handler or its service has against a resource.
#[derive(Debug, Clone)]
pub enum Refusal {
    Service(Box<ApiError>),
    /// The handler's own words, with its error code.
    Handler {
        message: String,
        code: &'static str,
    },
}

impl Problem {
    /// The handler's own words.
    pub fn handler(message: impl Into<String>, code: &'static str) -> Self {
        Self::Refused(Refusal::Handler { message: message.into(), code })
    }

    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::handler(message, "InvalidRequest")
    }

    /// A resource of this name is there, and isn't this stack's.
    pub fn already_exists(resource_type: &str, identifier: &str) -> Self {
        let message =
            format!("Resource of type '{resource_type}' with identifier '{identifier}' already exists.");
        Self::handler(message, "AlreadyExists")
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => Self::Refused(Refusal::Service(error)),
            other => Self::Failure(other),
        }
    }
}

/// The reason of a resource's status.
#[must_use]
pub fn reason(refusal: &Refusal, resource_type: &ResourceType, token: &str, request_id: &str) -> String {
    let (message, code) = match refusal {
        Refusal::Service(error) => {
            let error: &ApiError = error;
            (format!("{} {}", error.message, origin(error, resource_type.sdk, request_id)), code(error))
        }
        Refusal::Handler { message, code } => (message.clone(), *code),
    };
    format!(
        "Resource handler returned message: \"{message}\" (RequestToken: {token}, HandlerErrorCode: {code})"
    )
}

fn origin(error: &ApiError, sdk: Sdk, request_id: &str) -> String {
    let status = error.status;
    match sdk {
        Sdk::One(service) => format!(
            "(Service: {service}; Status Code: {status}; Error Code: {}; Request ID: {request_id}; Proxy: null)",
            error.code
        ),
        Sdk::Two(service) => format!("(Service: {service}, Status Code: {status}, Request ID: {request_id})"),
    }
}

/// The answer; nothing if the service knows no such thing, which is what a deletion wants.
///
/// # Errors
/// Anything else that is refused.
pub fn unless_gone<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Refused(error)) if code(&error) == "NotFound" => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What kind of error AWS's handlers make of a service's.
fn code(error: &ApiError) -> &'static str {
    const KINDS: [(&str, &[&str]); 7] = [
        ("AccessDenied", &["AccessDenied", "AuthorizationError", "Unauthorized"]),
        ("Throttling", &["Throttl", "TooManyRequests"]),
        ("AlreadyExists", &["AlreadyExist", "NameExists"]),
        ("ResourceConflict", &["ResourceConflict", "DeleteConflict", "ConcurrentModification"]),
        ("NotFound", &["NotFound", "DoesNotExist", "NoSuchEntity", "NonExistent"]),
        ("ServiceLimitExceeded", &["LimitExceeded", "TooManyTags"]),
        (
            "InvalidRequest",
            &["Invalid", "Malformed", "Validation", "Serialization", "Missing", "UnknownAttribute"],
        ),
    ];
    if error.status >= 500 {
        return "ServiceInternalError";
    }
    let matches = |words: &[&str]| words.iter().any(|word| error.code.contains(word));
    KINDS.iter().find(|(_, words)| matches(words)).map_or("GeneralServiceException", |(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::resources::find;

    #[test]
    fn a_services_refusal_is_told_as_awss_handlers_tell_it() {
        let machine = find("AWS::StepFunctions::StateMachine").unwrap();
        let refused =
            |code: &'static str, text: &str| Refusal::Service(Box::new(ApiError::bad_request(code, text)));
        assert_eq!(
            reason(&refused("InvalidDefinition", "Invalid State Machine Definition: 'x'"), machine, "t", "r"),
            "Resource handler returned message: \"Invalid State Machine Definition: 'x' (Service: AWSStepFunctions; \
             Status Code: 400; Error Code: InvalidDefinition; Request ID: r; Proxy: null)\" (RequestToken: t, \
             HandlerErrorCode: InvalidRequest)"
        );
        let queue = find("AWS::SQS::Queue").unwrap();
        assert_eq!(
            reason(&refused("QueueNameExists", "No."), queue, "t", "r"),
            "Resource handler returned message: \"No. (Service: Sqs, Status Code: 400, Request ID: r)\" (RequestToken: t, \
             HandlerErrorCode: AlreadyExists)"
        );
    }

    #[test]
    fn errors_have_their_kinds() {
        for (code_of_service, status, expected) in [
            ("AccessDeniedException", 400, "AccessDenied"),
            ("StateMachineDoesNotExist", 400, "NotFound"),
            ("NoSuchEntity", 404, "NotFound"),
            ("EntityAlreadyExists", 409, "AlreadyExists"),
            ("ResourceConflictException", 409, "ResourceConflict"),
            ("InvalidParameterValueException", 400, "InvalidRequest"),
            ("LimitExceeded", 409, "ServiceLimitExceeded"),
            ("Strange", 400, "GeneralServiceException"),
            ("Invalid", 500, "ServiceInternalError"),
        ] {
            assert_eq!(code(&ApiError::new(code_of_service, status, "")), expected, "{code_of_service}");
        }
    }
}

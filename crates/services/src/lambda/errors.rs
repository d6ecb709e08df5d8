//! What Lambda says to a caller's mistake, word for word (recorded).
//!
//! Bodies differ in one letter: `ResourceNotFoundException` spells its member `Message`, the others `message`.

use stepwell_wire::ApiError;
use stepwell_wire::error::CORAL_SERVICE;

/// An error whose body is `{"Type": "User", "message": …}`.
fn user(code: &'static str, status: u16, message: impl Into<String>) -> ApiError {
    ApiError::new(code, status, message).with_namespace(CORAL_SERVICE).with_member("Type", "User")
}

pub fn invalid_parameter(message: impl Into<String>) -> ApiError {
    user("InvalidParameterValueException", 400, message)
}

pub fn conflict(message: impl Into<String>) -> ApiError {
    user("ResourceConflictException", 409, message)
}

pub fn precondition_failed() -> ApiError {
    user(
        "PreconditionFailedException",
        412,
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
}

pub fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new("ResourceNotFoundException", 404, message)
}

pub fn function_not_found(arn: &str) -> ApiError {
    not_found(format!("Function not found: {arn}"))
}

/// Of mappings, policies and function URLs.
pub fn resource_not_found() -> ApiError {
    not_found("The resource you requested does not exist.")
}

pub fn too_many_requests(reason: &str) -> ApiError {
    ApiError::new("TooManyRequestsException", 429, "Rate Exceeded.")
        .with_namespace(CORAL_SERVICE)
        .with_member("Reason", reason)
        .with_member("Type", "User")
}

pub fn zipped_size_exceeded(limit: u64) -> ApiError {
    user("RequestEntityTooLargeException", 413, format!("Zipped size must be smaller than {limit} bytes"))
}

pub fn request_too_large(message: impl Into<String>) -> ApiError {
    user("RequestTooLargeException", 413, message)
}

pub fn invalid_request_content(message: impl Into<String>) -> ApiError {
    user("InvalidRequestContentException", 400, message)
}

/// A function that can't be changed or run in the state that it is in.
pub fn wrong_state(state: &str) -> ApiError {
    conflict(format!(
        "The operation cannot be performed at this time. The function is currently in the following state: {state}"
    ))
}

pub fn update_in_progress(arn: &str) -> ApiError {
    conflict(format!(
        "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    ))
}

pub fn policy_length_exceeded(length: usize, limit: usize) -> ApiError {
    let text = format!("The final policy size ({length}) is bigger than the limit ({limit}).");
    user("PolicyLengthExceededException", 400, text)
}

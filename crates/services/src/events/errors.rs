//! What EventBridge says to a caller's mistake.

use stepwell_wire::ApiError;

pub fn connection_already_exists(name: &str) -> ApiError {
    ApiError::bad_request("ResourceAlreadyExistsException", format!("Connection {name} already exists."))
}

pub fn connection_does_not_exist(name: &str) -> ApiError {
    let text = format!("Failed to describe the connection(s). Connection '{name}' does not exist.");
    ApiError::bad_request("ResourceNotFoundException", text)
}

/// Parameters that aren't those of the authorization's type.
pub fn parameters_missing(kind: &str) -> ApiError {
    ApiError::validation(format!("AuthParameters for the authorization type {kind} must be specified."))
}

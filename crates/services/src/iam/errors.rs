//! What IAM says to a caller's mistake, word for word.

use stepwell_wire::ApiError;

/// `kind` as IAM names it: role, user, group, policy.
pub fn no_such(kind: &str, name: &str) -> ApiError {
    no_such_entity(format!("The {kind} with name {name} cannot be found."))
}

pub fn no_such_entity(message: impl Into<String>) -> ApiError {
    ApiError::new("NoSuchEntity", 404, message)
}

pub fn already_exists(message: impl Into<String>) -> ApiError {
    ApiError::new("EntityAlreadyExists", 409, message)
}

pub fn delete_conflict(what: &str) -> ApiError {
    ApiError::new("DeleteConflict", 409, format!("Cannot delete entity, must {what} first."))
}

pub fn limit_exceeded(message: impl Into<String>) -> ApiError {
    ApiError::new("LimitExceeded", 409, message)
}

pub fn invalid_input(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("InvalidInput", message)
}

/// A service-linked role, which belongs to its service.
pub fn protected_role(name: &str) -> ApiError {
    let text = format!(
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    );
    ApiError::bad_request("UnmodifiableEntity", text)
}

//! What CloudWatch Logs says to a caller's mistake, word for word.

use stepwell_wire::ApiError;

pub fn log_group_does_not_exist() -> ApiError {
    ApiError::bad_request("ResourceNotFoundException", "The specified log group does not exist.")
}

pub fn log_stream_does_not_exist() -> ApiError {
    ApiError::bad_request("ResourceNotFoundException", "The specified log stream does not exist.")
}

pub fn log_group_exists() -> ApiError {
    ApiError::bad_request("ResourceAlreadyExistsException", "The specified log group already exists")
}

pub fn log_stream_exists() -> ApiError {
    ApiError::bad_request("ResourceAlreadyExistsException", "The specified log stream already exists")
}

pub fn invalid_parameter(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("InvalidParameterException", message)
}

pub fn invalid_next_token() -> ApiError {
    invalid_parameter("The specified nextToken is invalid.")
}

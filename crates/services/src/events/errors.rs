//! What EventBridge says to a caller's mistake.

use stepwell_wire::ApiError;

pub fn connection_already_exists(name: &str) -> ApiError {
    ApiError::bad_request("ResourceAlreadyExistsException", format!("Connection {name} already exists."))
}

pub fn connection_does_not_exist(name: &str) -> ApiError {
    let text = format!("Failed to describe the connection(s). Connection '{name}' does not exist.");
    ApiError::bad_request("ResourceNotFoundException", text)
}

pub fn rule_does_not_exist(name: &str) -> ApiError {
    let text = format!("Rule {name} does not exist on EventBus default.");
    ApiError::bad_request("ResourceNotFoundException", text)
}

pub fn bus_does_not_exist(name: &str) -> ApiError {
    ApiError::bad_request("ResourceNotFoundException", format!("Event bus {name} does not exist."))
}

pub fn limit_exceeded() -> ApiError {
    let text = "The requested resource exceeds the maximum number allowed.";
    ApiError::bad_request("LimitExceededException", text.to_owned())
}

/// Why it isn't one, AWS says in the words of its own parser.
pub fn invalid_event_pattern(pattern: &str) -> ApiError {
    let reason = match serde_json::from_str::<serde_json::Value>(pattern) {
        Err(error) => format!("Filter is not valid JSON: {error}"),
        Ok(serde_json::Value::Object(_)) => "Filter has a rule that is not known".to_owned(),
        Ok(_) => "Filter is not an object".to_owned(),
    };
    let text = format!("Event pattern is not valid. Reason: {reason}");
    ApiError::bad_request("InvalidEventPatternException", text)
}

/// Parameters that aren't those of the authorization's type.
pub fn parameters_missing(kind: &str) -> ApiError {
    ApiError::validation(format!("AuthParameters for the authorization type {kind} must be specified."))
}

//! What Step Functions says to a caller's mistake, word for word (recorded).

use stepwell_wire::ApiError;

fn error(code: &'static str, message: String) -> ApiError {
    ApiError::bad_request(code, message)
}

pub fn invalid_arn(reason: &str) -> ApiError {
    error("InvalidArn", format!("Invalid Arn: '{reason}'"))
}

pub fn invalid_name(name: &str) -> ApiError {
    error("InvalidName", format!("Invalid Name: '{name}'"))
}

/// The text comes whole from the diagnostics.
pub fn invalid_definition(message: String) -> ApiError {
    error("InvalidDefinition", message)
}

pub fn invalid_logging_configuration(reason: &str) -> ApiError {
    error("InvalidLoggingConfiguration", format!("Invalid Logging Configuration: {reason}"))
}

pub fn invalid_execution_input(reason: &str) -> ApiError {
    error("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{reason}'"))
}

pub fn invalid_output(reason: &str) -> ApiError {
    error("InvalidOutput", format!("Invalid Output: '{reason}'"))
}

pub fn activity_worker_limit_exceeded() -> ApiError {
    let text = "The maximum number of workers concurrently polling for activity tasks has been reached.";
    error("ActivityWorkerLimitExceeded", text.to_owned())
}

/// For task tokens and page tokens alike.
pub fn invalid_token() -> ApiError {
    error("InvalidToken", "Invalid Token: 'Invalid token'".to_owned())
}

pub fn task_timed_out() -> ApiError {
    error("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'".to_owned())
}

pub fn task_does_not_exist() -> ApiError {
    error("TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'".to_owned())
}

pub fn state_machine_does_not_exist(arn: &str) -> ApiError {
    error("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
}

/// The ARN of a distributed Map state, where only a state machine is meant. The wording is ours.
pub fn labelled_state_machine(arn: &str) -> ApiError {
    ApiError::validation(format!("The ARN of a Distributed Map state can't be used here: '{arn}'"))
}

pub fn state_machine_already_exists(arn: &str) -> ApiError {
    error("StateMachineAlreadyExists", format!("State Machine Already Exists: '{arn}'"))
}

pub fn execution_does_not_exist(arn: &str) -> ApiError {
    error("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))
}

pub fn execution_already_exists(arn: &str) -> ApiError {
    error("ExecutionAlreadyExists", format!("Execution Already Exists: '{arn}'"))
}

pub fn execution_not_redrivable(reason: &str) -> ApiError {
    error("ExecutionNotRedrivable", reason.to_owned())
}

pub fn activity_does_not_exist(arn: &str) -> ApiError {
    error("ActivityDoesNotExist", format!("Activity Does Not Exist: '{arn}'"))
}

pub fn activity_already_exists(arn: &str) -> ApiError {
    error("ActivityAlreadyExists", format!("Activity Already Exists: '{arn}'"))
}

pub fn missing_required_parameter() -> ApiError {
    let text = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified";
    error("MissingRequiredParameter", text.to_owned())
}

pub fn no_such_resource() -> ApiError {
    error("ResourceNotFound", "Request references a resource that does not exist.".to_owned())
}

pub fn revision_conflict(given: &str, current: &str) -> ApiError {
    conflict(format!(
        "Failed to publish the State Machine version for revision {given}. The current State Machine revision is {current}."
    ))
}

pub fn version_has_aliases(aliases: &[String]) -> ApiError {
    conflict(format!(
        "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [{}]",
        aliases.join(", ")
    ))
}

pub fn alias_conflict() -> ApiError {
    let text = "Failed to create alias because an alias with the same name and a different routing configuration already exists.";
    conflict(text.to_owned())
}

fn conflict(message: String) -> ApiError {
    ApiError::new("ConflictException", 409, message)
}

/// The wording is ours.
pub fn quota_exceeded(message: &str) -> ApiError {
    ApiError::new("ServiceQuotaExceededException", 402, message)
}

pub fn resource_not_found(arn: &str) -> ApiError {
    error("ResourceNotFound", format!("Resource not found: '{arn}'"))
}

/// An express state machine where only standard ones are, or the other way round.
pub fn type_not_supported() -> ApiError {
    let text = "This operation is not supported by this type of state machine";
    error("StateMachineTypeNotSupported", text.to_owned())
}

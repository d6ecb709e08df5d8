//! What CloudFormation says when it refuses, word for word.

use super::template::TemplateError;
use crate::failure::Failure;
use stepwell_wire::ApiError;

/// Nearly everything is a `ValidationError`.
pub fn validation(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("ValidationError", message)
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        ApiError::bad_request(error.code(), error.message()).into()
    }
}

pub fn stack_exists(name: &str) -> ApiError {
    ApiError::bad_request("AlreadyExistsException", format!("Stack [{name}] already exists"))
}

/// DescribeStacks, GetTemplate, ListStackResources say so.
pub fn no_stack_with_id(name: &str) -> ApiError {
    validation(format!("Stack with id {name} does not exist"))
}

/// Most say so.
pub fn no_stack(name: &str) -> ApiError {
    validation(format!("Stack [{name}] does not exist"))
}

/// DescribeStackResource and DescribeStackResources say so.
pub fn no_stack_in_quotes(name: &str) -> ApiError {
    validation(format!("Stack '{name}' does not exist"))
}

pub fn no_change_set(name: &str) -> ApiError {
    ApiError::new("ChangeSetNotFound", 404, format!("ChangeSet [{name}] does not exist"))
}

pub fn no_updates() -> ApiError {
    validation("No updates are to be performed.")
}

pub fn wrong_state(stack_arn: &str, status: &str) -> ApiError {
    validation(format!("Stack:{stack_arn} is in {status} state and can not be updated."))
}

pub fn bad_role(role_arn: &str) -> ApiError {
    validation(format!("Role {role_arn} is invalid or cannot be assumed"))
}

/// `done` is what can't be done to the export.
pub fn export_in_use(done: &str, export: &str, importer: &str) -> String {
    format!("Export {export} cannot be {done} as it is in use by {importer}")
}

pub fn invalid_token() -> ApiError {
    validation("NextToken is not valid.")
}

pub fn no_resource(logical_id: &str, stack: &str) -> ApiError {
    validation(format!("Resource {logical_id} does not exist for stack {stack}"))
}

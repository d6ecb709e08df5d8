//! What SQS says to a caller's mistake, word for word (recorded), in both its protocols.

use stepwell_wire::ApiError;
use stepwell_wire::error::CORAL_SERVICE;

const NAMESPACE: &str = "com.amazonaws.sqs";

pub fn queue_does_not_exist() -> ApiError {
    ApiError::bad_request("QueueDoesNotExist", "The specified queue does not exist.")
        .with_namespace(NAMESPACE)
        .with_query_code("AWS.SimpleQueueService.NonExistentQueue")
        .with_query_message("The specified queue does not exist for this wsdl version.")
}

pub fn queue_name_exists(attribute: &str) -> ApiError {
    let text =
        format!("A queue already exists with the same name and a different value for attribute {attribute}");
    ApiError::bad_request("QueueNameExists", text)
        .with_namespace(NAMESPACE)
        .with_query_code("QueueAlreadyExists")
}

pub fn invalid_parameter(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("InvalidParameterValueException", message)
        .with_namespace(CORAL_SERVICE)
        .with_query_code("InvalidParameterValue")
}

pub fn missing_parameter(name: &str) -> ApiError {
    ApiError::bad_request(
        "MissingRequiredParameterException",
        format!("The request must contain the parameter {name}."),
    )
    .with_namespace(CORAL_SERVICE)
    .with_query_code("MissingParameter")
}

pub fn receipt_handle_is_invalid(handle: &str) -> ApiError {
    ApiError::bad_request(
        "ReceiptHandleIsInvalid",
        format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
    )
    .with_namespace(NAMESPACE)
}

pub fn message_not_inflight() -> ApiError {
    ApiError::bad_request("MessageNotInflight", "The message referred to isn't in flight.")
        .with_namespace(NAMESPACE)
        .with_query_code("AWS.SimpleQueueService.MessageNotInflight")
}

pub fn purge_queue_in_progress(name: &str) -> ApiError {
    let text = format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
    ApiError::new("PurgeQueueInProgress", 403, text)
        .with_namespace(NAMESPACE)
        .with_query_code("AWS.SimpleQueueService.PurgeQueueInProgress")
}

pub fn invalid_message_contents() -> ApiError {
    ApiError::bad_request(
        "InvalidMessageContents",
        "The message contains characters outside the allowed set.",
    )
    .with_namespace(NAMESPACE)
}

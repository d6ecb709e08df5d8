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
    let text = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
    ApiError::bad_request("InvalidMessageContents", text).with_namespace(NAMESPACE)
}

/// `Value … for parameter … is invalid. Reason: …`.
pub fn invalid_value(parameter: &str, value: impl std::fmt::Display, reason: &str) -> ApiError {
    invalid_parameter(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

pub fn invalid_queue_name(is_fifo: bool) -> ApiError {
    invalid_parameter(match is_fifo {
        false => "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        true => {
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."
        }
    })
}

fn invalid_attribute_name(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("InvalidAttributeName", message).with_namespace(NAMESPACE)
}

pub fn unknown_attribute(name: &str) -> ApiError {
    invalid_attribute_name(format!("Unknown Attribute {name}."))
}

pub fn only_of_fifo(name: &str) -> ApiError {
    invalid_attribute_name(format!("You can specify the {name} only when FifoQueue is set to true."))
}

pub fn two_encryptions() -> ApiError {
    invalid_attribute_name(
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    )
}

pub fn invalid_attribute_value(name: &str) -> ApiError {
    ApiError::bad_request("InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
        .with_namespace(NAMESPACE)
}

pub fn queue_type_is_fixed() -> ApiError {
    let text = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
    ApiError::bad_request("InvalidAttributeValue", text).with_namespace(NAMESPACE)
}

fn batch_error(code: &'static str, message: String) -> ApiError {
    ApiError::bad_request(code, message)
        .with_namespace(NAMESPACE)
        .with_query_code(format!("AWS.SimpleQueueService.{code}"))
}

pub fn empty_batch_request(entry: &str) -> ApiError {
    batch_error("EmptyBatchRequest", format!("There should be at least one {entry} in the request."))
}

pub fn too_many_entries(count: usize) -> ApiError {
    let text = format!("Maximum number of entries per request are 10. You have sent {count}.");
    batch_error("TooManyEntriesInBatchRequest", text)
}

pub fn batch_entry_ids_not_distinct(id: &str) -> ApiError {
    batch_error("BatchEntryIdsNotDistinct", format!("Id {id} repeated."))
}

pub fn invalid_batch_entry_id() -> ApiError {
    let text = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
    batch_error("InvalidBatchEntryId", text.to_owned())
}

pub fn batch_request_too_long(most: usize, bytes: usize) -> ApiError {
    let text = format!("Batch requests cannot be longer than {most} bytes. You have sent {bytes} bytes.");
    batch_error("BatchRequestTooLong", text)
}

pub fn over_limit(queue: &str) -> ApiError {
    let text = format!("The maximum number of in flight messages is reached for queue {queue}.");
    ApiError::new("OverLimit", 403, text).with_namespace(NAMESPACE)
}

pub fn receipt_handle_has_expired(handle: &str) -> ApiError {
    invalid_value("ReceiptHandle", handle, "The receipt handle has expired.")
}

pub fn resource_not_found(message: impl Into<String>) -> ApiError {
    ApiError::new("ResourceNotFoundException", 404, message).with_namespace(NAMESPACE)
}

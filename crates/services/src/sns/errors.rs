//! What SNS says to a caller's mistake, word for word (recorded where not said otherwise).

use stepwell_wire::ApiError;

/// `Invalid parameter: …`.
pub fn invalid_parameter(tail: impl std::fmt::Display) -> ApiError {
    ApiError::bad_request("InvalidParameter", format!("Invalid parameter: {tail}"))
}

/// A message attribute that can't be.
pub fn parameter_value_invalid(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("ParameterValueInvalid", message)
}

pub fn no_such_topic() -> ApiError {
    ApiError::new("NotFound", 404, "Topic does not exist")
}

pub fn no_such_subscription() -> ApiError {
    ApiError::new("NotFound", 404, "Subscription does not exist")
}

/// Of the operations on tags.
pub fn no_such_resource() -> ApiError {
    ApiError::new("ResourceNotFound", 404, "Resource does not exist")
}

pub fn tag_limit_exceeded() -> ApiError {
    ApiError::bad_request(
        "TagLimitExceeded",
        "Could not complete request: tag quota of per resource exceeded",
    )
}

pub fn subscription_limit_exceeded() -> ApiError {
    ApiError::new("SubscriptionLimitExceeded", 403, "Subscription limit exceeded for this topic")
}

pub fn empty_batch_request() -> ApiError {
    ApiError::bad_request("EmptyBatchRequest", "The batch request doesn't contain any entries.")
}

pub fn too_many_entries() -> ApiError {
    let text = "The batch request contains more entries than permissible.";
    ApiError::bad_request("TooManyEntriesInBatchRequest", text)
}

pub fn batch_entry_ids_not_distinct() -> ApiError {
    let text = "Two or more batch entries in the request have the same Id.";
    ApiError::bad_request("BatchEntryIdsNotDistinct", text)
}

pub fn batch_entry_id_has(impermissible: &str) -> ApiError {
    let text = format!(
        "The Id of a batch entry in the batch request contains an impermissible character: {impermissible}"
    );
    ApiError::bad_request("InvalidBatchEntryId", text)
}

pub fn batch_entry_id_is_too_long(id: &str) -> ApiError {
    let text = format!("The Id of a batch entry in the batch request is too long: {id}");
    ApiError::bad_request("InvalidBatchEntryId", text)
}

pub fn batch_request_too_long() -> ApiError {
    let text = "The length of all the messages put together is more than the limit.";
    ApiError::bad_request("BatchRequestTooLong", text)
}

//! S3's errors, word for word.

use stepwell_wire::ApiError;

pub fn no_such_bucket(bucket: &str) -> ApiError {
    ApiError::new("NoSuchBucket", 404, "The specified bucket does not exist")
        .with_member("BucketName", bucket)
}

pub fn no_such_key(key: &str) -> ApiError {
    ApiError::new("NoSuchKey", 404, "The specified key does not exist.").with_member("Key", key)
}

pub fn no_such_upload(upload: &str) -> ApiError {
    let text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    ApiError::new("NoSuchUpload", 404, text).with_member("UploadId", upload)
}

pub fn access_denied() -> ApiError {
    ApiError::new("AccessDenied", 403, "Access Denied")
}

pub fn bucket_already_exists(bucket: &str) -> ApiError {
    let text = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
    ApiError::new("BucketAlreadyExists", 409, text).with_member("BucketName", bucket)
}

pub fn bucket_already_owned_by_you(bucket: &str) -> ApiError {
    let text = "Your previous request to create the named bucket succeeded and you already own it.";
    ApiError::new("BucketAlreadyOwnedByYou", 409, text).with_member("BucketName", bucket)
}

pub fn bucket_not_empty(bucket: &str) -> ApiError {
    ApiError::new("BucketNotEmpty", 409, "The bucket you tried to delete is not empty")
        .with_member("BucketName", bucket)
}

pub fn invalid_bucket_name(bucket: &str) -> ApiError {
    ApiError::bad_request("InvalidBucketName", "The specified bucket is not valid.")
        .with_member("BucketName", bucket)
}

pub fn illegal_location(region: &str) -> ApiError {
    let text = format!(
        "The {region} location constraint is incompatible for the region specific endpoint this request was sent to."
    );
    ApiError::bad_request("IllegalLocationConstraintException", text)
}

pub fn key_too_long(size: usize) -> ApiError {
    ApiError::bad_request("KeyTooLongError", "Your key is too long")
        .with_member("Size", size)
        .with_member("MaxSizeAllowed", 1024)
}

pub fn metadata_too_large(size: usize) -> ApiError {
    let text = "Your metadata headers exceed the maximum allowed metadata size";
    ApiError::bad_request("MetadataTooLarge", text)
        .with_member("Size", size)
        .with_member("MaxSizeAllowed", 2048)
}

pub fn entity_too_large(size: u64, allowed: u64) -> ApiError {
    ApiError::bad_request("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
        .with_member("ProposedSize", size)
        .with_member("MaxSizeAllowed", allowed)
}

pub fn entity_too_small(size: u64, number: u64) -> ApiError {
    ApiError::bad_request("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        .with_member("ProposedSize", size)
        .with_member("MinSizeAllowed", super::model::LEAST_PART_BYTES)
        .with_member("PartNumber", number)
}

pub fn invalid_part() -> ApiError {
    let text = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    ApiError::bad_request("InvalidPart", text)
}

pub fn invalid_part_order() -> ApiError {
    let text = "The list of parts was not in ascending order. Parts must be ordered by part number.";
    ApiError::bad_request("InvalidPartOrder", text)
}

pub fn malformed_xml() -> ApiError {
    let text = "The XML you provided was not well-formed or did not validate against our published schema";
    ApiError::bad_request("MalformedXML", text)
}

pub fn invalid_argument(text: impl Into<String>, name: &str, value: &str) -> ApiError {
    ApiError::bad_request("InvalidArgument", text)
        .with_member("ArgumentName", name)
        .with_member("ArgumentValue", value)
}

pub fn invalid_digest() -> ApiError {
    ApiError::bad_request("InvalidDigest", "The Content-MD5 you specified was invalid.")
}

pub fn bad_digest(name: &str) -> ApiError {
    let text = match name {
        "Content-MD5" => "The Content-MD5 you specified did not match what we received.".to_owned(),
        _ => format!("The {name} you specified did not match the calculated checksum."),
    };
    ApiError::bad_request("BadDigest", text)
}

pub fn precondition_failed(condition: &str) -> ApiError {
    ApiError::new("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold")
        .with_member("Condition", condition)
}

pub fn not_modified() -> ApiError {
    ApiError::new("NotModified", 304, "Not Modified")
}

pub fn invalid_range(range: &str, size: u64) -> ApiError {
    ApiError::new("InvalidRange", 416, "The requested range is not satisfiable")
        .with_member("RangeRequested", range)
        .with_member("ActualObjectSize", size)
}

pub fn request_timeout() -> ApiError {
    let text = "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.";
    ApiError::bad_request("RequestTimeout", text)
}

pub fn copy_to_itself() -> ApiError {
    let text = "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
    ApiError::bad_request("InvalidRequest", text)
}

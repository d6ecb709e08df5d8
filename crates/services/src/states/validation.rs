//! What is checked of texts in requests: JSON in Jackson's words, sizes, paging.

use crate::context::Context;
use crate::secrets::Purpose;
use crate::states::errors;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stepwell_asl::jackson;
use stepwell_wire::ApiError;

/// Bytes of an input or output at most, in UTF-8.
pub const MOST_BYTES: usize = 262_144;
/// Characters of an error's name at most.
const LONGEST_ERROR: usize = 256;
/// Characters of a cause at most.
const LONGEST_CAUSE: usize = 32_768;
/// Entries on a page, unless the caller asks for fewer; and at most.
const PAGE: usize = 100;
const LONGEST_PAGE: i64 = 1000;

/// Checks the input of an execution.
///
/// # Errors
/// `InvalidExecutionInput`, or `ValidationException` for the size.
pub fn input(text: &str) -> Result<(), ApiError> {
    size(text, "input")?;
    if text.trim().is_empty() {
        return Err(errors::invalid_execution_input("Invalid execution input."));
    }
    jackson::parse(text).map(drop).map_err(|error| errors::invalid_execution_input(&error.message))
}

/// Checks the output of a task.
///
/// # Errors
/// `InvalidOutput`, or `ValidationException` for the size.
pub fn output(text: &str) -> Result<(), ApiError> {
    size(text, "output")?;
    jackson::parse(text).map(drop).map_err(|error| errors::invalid_output(&error.message))
}

/// Checks how large a text is.
///
/// # Errors
/// `ValidationException`.
pub fn size(text: &str, field: &str) -> Result<(), ApiError> {
    if text.len() <= MOST_BYTES {
        return Ok(());
    }
    Err(too_long(text, field, MOST_BYTES))
}

/// Checks the error and the cause of a failure.
///
/// # Errors
/// `ValidationException` for their lengths.
pub fn failure(error: Option<&str>, cause: Option<&str>) -> Result<(), ApiError> {
    for (text, field, longest) in [(error, "error", LONGEST_ERROR), (cause, "cause", LONGEST_CAUSE)] {
        if let Some(text) = text.filter(|text| text.chars().count() > longest) {
            return Err(too_long(text, field, longest));
        }
    }
    Ok(())
}

fn too_long(text: &str, field: &str, longest: usize) -> ApiError {
    violated(text, field, &format!("Member must have length less than or equal to {longest}"))
}

/// A violation of a constraint of the model.
pub fn violated(value: impl std::fmt::Display, field: &str, rule: &str) -> ApiError {
    ApiError::validation(format!(
        "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {rule}"
    ))
}

/// Whether an answer is to have definitions, inputs and outputs.
///
/// # Errors
/// `ValidationException` for what AWS knows no such word.
pub fn has_data(included_data: Option<&str>) -> Result<bool, ApiError> {
    match included_data {
        None | Some("ALL_DATA") => Ok(true),
        Some("METADATA_ONLY") => Ok(false),
        Some(other) => {
            let rule = "Member must satisfy enum value set: [ALL_DATA, METADATA_ONLY]";
            Err(violated(other, "includedData", rule))
        }
    }
}

/// The size of a page.
///
/// # Errors
/// `ValidationException` outside of 0 to 1000; 0 is the default.
pub fn page_size(max_results: Option<i64>) -> Result<usize, ApiError> {
    match max_results {
        None | Some(0) => Ok(PAGE),
        Some(size) if size > LONGEST_PAGE => Err(violated(
            size,
            "maxResults",
            &format!("Member must have value less than or equal to {LONGEST_PAGE}"),
        )),
        Some(size) => usize::try_from(size)
            .map_err(|_| violated(size, "maxResults", "Member must have value greater than or equal to 0")),
    }
}

/// A page token that goes on at `cursor`, for this list only.
pub fn page_token(list: &str, cursor: &[u8], context: &Context) -> String {
    let message = [list.as_bytes(), &[0], cursor].concat();
    URL_SAFE_NO_PAD.encode(context.secrets.seal(Purpose::PageToken, &message))
}

/// Characters of a page token at most: the model's bound for most lists, and for lists of executions.
pub const LONGEST_PAGE_TOKEN: usize = 1024;
pub const LONGEST_EXECUTIONS_PAGE_TOKEN: usize = 3096;

/// The cursor of a page token of this list.
///
/// # Errors
/// `InvalidToken`, or `ValidationException` for the length.
pub fn page_cursor(list: &str, token: &str, longest: usize, context: &Context) -> Result<Vec<u8>, ApiError> {
    if token.len() > longest {
        return Err(too_long(token, "nextToken", longest));
    }
    let read = || {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let message = context.secrets.open(Purpose::PageToken, &sealed)?;
        let cursor = message.strip_prefix(list.as_bytes())?.strip_prefix(&[0])?;
        Some(cursor.to_vec())
    };
    read().ok_or_else(errors::invalid_token)
}

//! Tags of functions and event source mappings.

use crate::failure::Failure;
use crate::lambda::errors;

const MOST: usize = 50;

/// Whether a resource may have so many tags.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn check_limit(count: usize) -> Result<(), Failure> {
    if count <= MOST {
        return Ok(());
    }
    Err(errors::invalid_parameter("Number of tags exceeds resource tag limit.").into())
}

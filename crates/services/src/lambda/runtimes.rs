//! Which runtimes a function may ask for.
//!
//! Unlike AWS, retired ones can still be created from `nodejs12.x` and `python3.7` on: what runs today may have been written
//! for them. Whether one can run here is found when the function is made ready.

use crate::lambda::errors;
use stepwell_wire::ApiError;

/// What AWS's message lists, in its order.
const SUPPORTED: &[&str] = &[
    "nodejs20.x",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "nodejs22.x",
    "java17",
    "nodejs16.x",
    "dotnet8",
    "python3.10",
    "java11",
    "python3.11",
    "dotnet6",
    "java21",
    "nodejs18.x",
    "provided.al2",
    "ruby3.3",
    "ruby3.4",
    "java8.al2",
    "ruby3.2",
    "python3.8",
    "python3.9",
    "nodejs24.x",
    "python3.14",
    "java25",
    "dotnet10",
];

/// Retired on AWS, and taken here.
const RETIRED: &[&str] = &["nodejs12.x", "nodejs14.x", "python3.7"];

/// Known to AWS once, and refused there and here.
const GONE: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "java8",
    "python2.7",
    "python3.6",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet5.0",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "provided",
];

/// Whether a function may have this runtime.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn check(runtime: &str) -> Result<(), ApiError> {
    if SUPPORTED.contains(&runtime) || RETIRED.contains(&runtime) {
        return Ok(());
    }
    if GONE.contains(&runtime) {
        return Err(errors::invalid_parameter(format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
        )));
    }
    Err(errors::invalid_parameter(format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a valid ARN",
        SUPPORTED.join(", ")
    )))
}

/// The file that a template's inline code becomes: `index.py`, or `index.js` for Node.
#[must_use]
pub fn inline_file(runtime: &str) -> &'static str {
    if runtime.starts_with("python") { "index.py" } else { "index.js" }
}

//! A function's environment variables: 4 KB of them, and none that the runtime sets itself.

use crate::lambda::errors;
use std::collections::BTreeMap;
use stepwell_wire::ApiError;
use stepwell_wire::constraints::{Constraints, Pattern, shown_list};

/// All of them, as JSON.
const BYTES: usize = 4096;

static KEY: Pattern = Pattern::new("[a-zA-Z]([a-zA-Z0-9_])+");

/// Set by the runtime; a function's own would be overwritten.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Adds what the model demands of the names.
pub fn constrain(constraints: &mut Constraints, variables: &BTreeMap<String, String>) {
    if variables.keys().all(|key| KEY.matches(key) || RESERVED.contains(&key.as_str())) {
        return;
    }
    let shown = shown_list(variables.iter().map(|(key, value)| format!("{key}={value}")));
    let shown = shown.replacen('[', "{", 1);
    let shown = format!("{}}}", shown.strip_suffix(']').unwrap_or(&shown));
    let rule = format!("Map keys must satisfy constraint: [{}]", KEY.rule());
    constraints.violated("environment.variables", Some(&shown), &rule);
}

/// Checks names and size.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn check(variables: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let reserved: Vec<_> = variables.keys().filter(|key| RESERVED.contains(&key.as_str())).cloned().collect();
    if !reserved.is_empty() {
        return Err(errors::invalid_parameter(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let json = serde_json::json!(variables).to_string();
    if json.len() > BYTES {
        return Err(errors::invalid_parameter(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {json}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn four_kilobytes_of_json_fit_and_no_more() {
        assert!(check(&variables(&[("LARGE_VAR", &"x".repeat(4080))])).is_ok());
        let error = check(&variables(&[("LARGE_VAR", &"x".repeat(4081))])).unwrap_err();
        assert!(error.message.contains("exceeded the 4KB limit. String measured: {\"LARGE_VAR\":\"xx"));
    }

    #[test]
    fn names_of_the_runtime_and_malformed_ones_are_refused() {
        let error = check(&variables(&[("AWS_REGION", "x"), ("OK", "x")])).unwrap_err();
        assert!(error.message.ends_with("Reserved keys used in this request: AWS_REGION"));
        for name in ["1A", "A", "A-B", "", "A B", "Ä_B"] {
            let mut constraints = crate::lambda::settings::constraints();
            constrain(&mut constraints, &variables(&[(name, "x")]));
            let message = constraints.finish().unwrap_err().message;
            assert!(
                message.contains(&format!("Value '{{{name}=x}}' at 'environment.variables'")),
                "{message}"
            );
        }
    }
}

//! What names, paths, descriptions and tags may be.

use crate::iam::errors;
use crate::iam::model::{SERVICE_ROLE_PATH, Tag};
use std::collections::HashSet;
use stepwell_wire::constraints::{Pattern, shown_list};
use stepwell_wire::{ApiError, Constraints, Service};

static NAME: Pattern = Pattern::new(r"[\w+=,.@-]+");
static PATH: Pattern = Pattern::new(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)");
static DESCRIPTION: Pattern = Pattern::new(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*");
static TAG_KEY: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+");
static TAG_VALUE: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*");

/// Constraints of IAM's model.
pub fn constraints() -> Constraints {
    Constraints::new(Service::Iam)
}

/// The name of an entity; `member` as the model has it, such as `roleName`.
///
/// # Errors
/// `ValidationError`.
pub fn check_name(member: &str, name: &str, longest: usize) -> Result<(), ApiError> {
    constraints().length(member, name, 1..=longest).finish()?;
    if NAME.matches(name) {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
    )))
}

/// The path that was given, or `/`.
///
/// # Errors
/// `ValidationError`, or `InvalidInput` for the path of roles that belong to services.
pub fn checked_path(path: Option<&str>) -> Result<String, ApiError> {
    let path = path.unwrap_or("/");
    constraints().length("path", path, 1..=512).finish()?;
    if !PATH.matches(path) {
        return Err(ApiError::validation(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ));
    }
    if path.starts_with(SERVICE_ROLE_PATH) {
        return Err(errors::invalid_input(format!(
            "The path {SERVICE_ROLE_PATH} is reserved for service-linked roles"
        )));
    }
    Ok(path.to_owned())
}

pub fn check_description(constraints: &mut Constraints, description: Option<&str>) {
    if let Some(description) = description {
        constraints.length("description", description, 0..=1000).pattern(
            "description",
            description,
            &DESCRIPTION,
        );
    }
}

/// Tags that are set: their form, and each key once.
///
/// # Errors
/// `ValidationError` or `InvalidInput`.
pub fn check_tags(tags: &[Tag]) -> Result<(), ApiError> {
    let mut constraints = constraints();
    let shown = || shown_list(tags.iter().map(|tag| format!("Tag(key={}, value={})", tag.key, tag.value)));
    if tags.len() > 50 {
        constraints.count("tags", &shown(), tags.len(), 0..=50);
    }
    for (index, tag) in tags.iter().enumerate() {
        let path = |member| format!("tags.{}.member.{member}", index + 1);
        constraints
            .length(&path("key"), &tag.key, 1..=128)
            .pattern(&path("key"), &tag.key, &TAG_KEY)
            .length(&path("value"), &tag.value, 0..=256)
            .pattern(&path("value"), &tag.value, &TAG_VALUE);
    }
    constraints.finish()?;
    let mut keys = HashSet::new();
    if !tags.iter().all(|tag| keys.insert(tag.key.to_lowercase())) {
        return Err(errors::invalid_input(DUPLICATE_TAGS));
    }
    if tags.iter().any(|tag| tag.key.to_lowercase().starts_with("aws:")) {
        return Err(errors::invalid_input("System tags cannot be added/updated by requester."));
    }
    Ok(())
}

/// IAM and STS say so with different codes.
pub const DUPLICATE_TAGS: &str = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_checked() {
        assert!(check_name("roleName", "a_b+c=d,e.f@g-H", 64).is_ok());
        for (name, part) in [
            ("", "greater than or equal to 1"),
            (&"a".repeat(65), "less than or equal to 64"),
            ("a b", "The specified value for roleName is invalid."),
            ("é", "The specified value for roleName is invalid."),
        ] {
            let error = check_name("roleName", name, 64).unwrap_err();
            assert_eq!(error.query_code(), "ValidationError");
            assert!(error.message.contains(part), "{}", error.message);
        }
        assert_eq!(checked_path(None).unwrap(), "/");
        assert_eq!(checked_path(Some("/a/b/")).unwrap(), "/a/b/");
        for path in ["", "a", "/a", "a/", "/a b/", "/aws-service-role/x/"] {
            assert!(checked_path(Some(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn tags_are_checked() {
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        assert!(check_tags(&[tag("a", ""), tag("Ünïcode key", "v/=+-@:")]).is_ok());
        let cases = [
            (vec![tag("a", "1"), tag("A", "2")], "Duplicate tag keys found."),
            (vec![tag("aws:a", "1")], "System tags"),
            (vec![tag("", "1")], "2 validation errors detected: Value '' at 'tags.1.member.key'"),
            (vec![tag("a", "<")], "at 'tags.1.member.value' failed"),
            (
                vec![tag("a", ""); 51],
                "at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
            ),
        ];
        for (tags, part) in cases {
            let error = check_tags(&tags).unwrap_err();
            assert!(error.message.contains(part), "{}", error.message);
        }
    }
}

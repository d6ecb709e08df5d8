//! Conditions on what is there: `If-Match` and its kin, of reads and of writes.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use crate::failure::Failure;
use crate::s3::errors;
use crate::s3::model::Object;
use serde::Deserialize;
use stepwell_wire::{ApiError, time};

/// Of `PutObject` and `CompleteMultipartUpload`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct WriteConditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
}

impl WriteConditions {
    /// Whether an object may be written over what is there.
    ///
    /// # Errors
    /// S3's, if it may not.
    pub fn check(&self, before: Option<&Object>, key: &str) -> Result<(), Failure> {
        match (&self.if_match, before) {
            (Some(_), None) => return Err(errors::no_such_key(key).into()),
            (Some(tags), Some(object)) if !matches(tags, &object.etag) => {
                return Err(errors::precondition_failed("If-Match").into());
            }
            _ => {}
        }
        match (&self.if_none_match, before) {
            (Some(tags), Some(object)) if matches(tags, &object.etag) => {
                Err(errors::precondition_failed("If-None-Match").into())
            }
            _ => Ok(()),
        }
    }
}

/// Of `GetObject` and `HeadObject`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ReadConditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<String>,
    if_unmodified_since: Option<String>,
}

impl ReadConditions {
    /// Whether the object is wanted. A condition on its ETag outweighs one on its time.
    ///
    /// # Errors
    /// S3's: `PreconditionFailed`, or that it wasn't modified.
    pub fn check(&self, object: &Object) -> Result<(), ApiError> {
        let modified_ms = i64::try_from(object.modified_ms).unwrap_or(i64::MAX) / 1000 * 1000;
        let since = |text: &Option<String>| text.as_deref().and_then(parse_date);
        match &self.if_match {
            Some(tags) if !matches(tags, &object.etag) => {
                return Err(errors::precondition_failed("If-Match"));
            }
            None if since(&self.if_unmodified_since).is_some_and(|since| modified_ms > since) => {
                return Err(errors::precondition_failed("If-Unmodified-Since"));
            }
            _ => {}
        }
        match &self.if_none_match {
            Some(tags) if matches(tags, &object.etag) => Err(errors::not_modified()),
            None if since(&self.if_modified_since).is_some_and(|since| modified_ms <= since) => {
                Err(errors::not_modified())
            }
            _ => Ok(()),
        }
    }
}

fn parse_date(text: &str) -> Option<i64> {
    time::parse_http_date(text).or_else(|| time::parse_iso(text))
}

/// Whether a list of tags, or `*`, names this one.
fn matches(tags: &str, etag: &str) -> bool {
    let mut tags = tags.split(',').map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == etag)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_tag_is_named_with_quotes_or_without() {
        assert!(
            matches("\"a\"", "a") && matches("a", "a") && matches("*", "a") && matches("\"b\", \"a\"", "a")
        );
        assert!(!matches("\"b\"", "a") && !matches("", "a"));
    }
}

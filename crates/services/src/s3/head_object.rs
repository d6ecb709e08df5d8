//! `HeadObject`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
//!
//! All that `GetObject` says of an object beside its bytes is found here, for both.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::s3::checksum::Checksums;
use crate::s3::conditions::ReadConditions;
use crate::s3::model::{Described, Object};
use crate::s3::range::ByteRange;
use crate::s3::{errors, find};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use stepwell_wire::Timestamp;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HeadObject {
    pub bucket: String,
    pub key: String,
    #[serde(default)]
    pub range: Option<String>,
    #[serde(default)]
    part_number: Option<u64>,
    #[serde(default)]
    checksum_mode: Option<String>,
    #[serde(flatten)]
    conditions: ReadConditions,
    #[serde(flatten)]
    overrides: Overrides,
}

/// What a link may ask to be answered with instead of what the object says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Overrides {
    #[serde(rename = "ResponseContentType")]
    content_type: Option<String>,
    #[serde(rename = "ResponseContentDisposition")]
    content_disposition: Option<String>,
    #[serde(rename = "ResponseContentEncoding")]
    content_encoding: Option<String>,
    #[serde(rename = "ResponseContentLanguage")]
    content_language: Option<String>,
    #[serde(rename = "ResponseCacheControl")]
    cache_control: Option<String>,
    #[serde(rename = "ResponseExpires")]
    expires: Option<String>,
}

/// An object, and which of its bytes are meant.
pub struct Found {
    pub object: Object,
    pub range: Range<u64>,
    is_partial: bool,
}

/// What an object says of itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ObjectFacts {
    accept_ranges: &'static str,
    content_length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_range: Option<String>,
    #[serde(rename = "ETag")]
    etag: String,
    last_modified: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts_count: Option<u32>,
    #[serde(flatten)]
    described: Described,
    #[serde(flatten)]
    checksums: Checksums,
}

impl ObjectFacts {
    /// Whether only a part of the object is meant.
    #[must_use]
    pub fn is_range(&self) -> bool {
        self.content_range.is_some()
    }
}

impl HeadObject {
    /// The object that is meant, if it is as the conditions say.
    ///
    /// # Errors
    /// S3's own.
    pub fn find(&self, rows: &dyn Rows, context: &Context) -> Result<Found, Failure> {
        let bucket = find::bucket(&self.bucket, rows, context)?;
        let object = find::object(&bucket, &self.key, rows)?;
        self.conditions.check(&object)?;
        let (range, is_partial) = self.wanted(&object)?;
        Ok(Found { object, range, is_partial })
    }

    fn wanted(&self, object: &Object) -> Result<(Range<u64>, bool), Failure> {
        if let Some(number) = self.part_number {
            return part(object, number);
        }
        let whole = (0..object.size, false);
        let Some(text) = &self.range else { return Ok(whole) };
        match ByteRange::read(text).map(|range| range.within(object.size)) {
            // What is no range of bytes is passed over, as HTTP wants it.
            None => Ok(whole),
            Some(None) => Err(errors::invalid_range(text, object.size).into()),
            Some(Some(range)) => Ok((range, true)),
        }
    }

    /// What is said of it.
    #[must_use]
    pub fn facts(&self, found: &Found) -> ObjectFacts {
        let Found { object, range, is_partial } = found;
        let modified_ms = i64::try_from(object.modified_ms).unwrap_or(i64::MAX);
        let wants_checksum = self.checksum_mode.as_deref() == Some("ENABLED") && !is_partial;
        let last = range.end.saturating_sub(1);
        ObjectFacts {
            accept_ranges: "bytes",
            content_length: range.end - range.start,
            content_range: is_partial.then(|| format!("bytes {}-{last}/{}", range.start, object.size)),
            etag: format!("\"{}\"", object.etag),
            last_modified: Timestamp::from_millis(modified_ms),
            parts_count: object.part_count.filter(|_| self.part_number.is_some()),
            described: self.overrides.over(&object.described),
            checksums: Checksums::of(object.checksum.as_ref().filter(|_| wants_checksum)),
        }
    }
}

/// A part of an object by its number, which counts from 1.
fn part(object: &Object, number: u64) -> Result<(Range<u64>, bool), Failure> {
    let index = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
    match object.parts.get(index) {
        Some(part) => {
            let start: u64 = object.parts.iter().take(index).map(|part| part.size).sum();
            Ok((start..start + part.size, true))
        }
        None if object.parts.is_empty() && number == 1 => Ok((0..0, false)),
        None => Err(errors::invalid_range(&format!("part {number}"), object.size).into()),
    }
}

impl Overrides {
    fn over(&self, described: &Described) -> Described {
        let or = |own: &Option<String>, described: &Option<String>| own.clone().or_else(|| described.clone());
        Described {
            content_type: or(&self.content_type, &described.content_type)
                .or_else(|| Some("binary/octet-stream".to_owned())),
            cache_control: or(&self.cache_control, &described.cache_control),
            content_disposition: or(&self.content_disposition, &described.content_disposition),
            content_encoding: or(&self.content_encoding, &described.content_encoding),
            content_language: or(&self.content_language, &described.content_language),
            expires: or(&self.expires, &described.expires),
            metadata: described.metadata.clone(),
        }
    }
}

impl Read for HeadObject {
    const NAME: &'static str = "HeadObject";
    type Output = ObjectFacts;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ObjectFacts, Failure> {
        Ok(self.facts(&self.find(rows, context)?))
    }
}

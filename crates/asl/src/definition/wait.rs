//! The Wait state: for a number of seconds, or until a time.

use super::fields::Fields;
use crate::diagnostic::Report;
use crate::path::Path;
use crate::timestamp;

#[derive(Clone, Debug)]
pub enum Wait {
    Seconds(u64),
    /// Milliseconds since the epoch.
    Timestamp(i64),
    SecondsPath(Path),
    TimestampPath(Path),
}

pub(crate) fn parse(fields: &Fields, report: &mut Report) -> Option<Wait> {
    const DELAYS: &[&str] = &["SecondsPath", "Seconds", "TimestampPath", "Timestamp"];
    fields.only(&[super::COMMON, super::TRANSITION, &["InputPath", "OutputPath", "Assign"], DELAYS], report);
    if !fields.exactly_one(DELAYS, report) {
        return None;
    }
    if let Some(seconds) = fields.integer("Seconds", 0, super::LONGEST_SECONDS, report) {
        return Some(Wait::Seconds(seconds));
    }
    if let Some(text) = fields.string("Timestamp", report) {
        let instant = timestamp::parse(text);
        if instant.is_none() {
            report.schema(&fields.field_location("Timestamp"), "String does not match RFC3339 timestamp");
        }
        return instant.map(Wait::Timestamp);
    }
    if let Some(path) = fields.reference_path("SecondsPath", report) {
        return Some(Wait::SecondsPath(path));
    }
    fields.reference_path("TimestampPath", report).map(Wait::TimestampPath)
}

impl Wait {
    pub(crate) fn paths<'a>(&'a self, paths: &mut Vec<&'a Path>) {
        if let Wait::SecondsPath(path) | Wait::TimestampPath(path) = self {
            paths.push(path);
        }
    }
}

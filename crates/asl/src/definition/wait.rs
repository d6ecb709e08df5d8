//! The Wait state: for a number of seconds, or until a time.

use super::Reads;
use super::fields::Fields;
use crate::diagnostic::Report;
use crate::jsonata;
use crate::path::Path;
use crate::timestamp;

#[derive(Clone, Debug)]
pub enum Wait {
    Seconds(u64),
    /// Milliseconds since the epoch.
    Timestamp(i64),
    SecondsPath(Path),
    TimestampPath(Path),
    SecondsOf(jsonata::Expression),
    TimestampOf(jsonata::Expression),
}

pub(crate) fn parse(fields: &Fields, report: &mut Report) -> Option<Wait> {
    const DELAYS: &[&str] = &["SecondsPath", "Seconds", "TimestampPath", "Timestamp"];
    const FIELDS: &[&str] = &["InputPath", "OutputPath", "Assign", "Output"];
    fields.only(&[super::COMMON, super::TRANSITION, FIELDS, DELAYS], report);
    fields.of_own_language(report);
    if !fields.exactly_one(DELAYS, report) {
        return None;
    }
    if fields.is_jsonata("Seconds") {
        return fields.jsonata("Seconds", report).map(Wait::SecondsOf);
    }
    if fields.is_jsonata("Timestamp") {
        return fields.jsonata("Timestamp", report).map(Wait::TimestampOf);
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
    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        match self {
            Wait::SecondsPath(path) | Wait::TimestampPath(path) => reads.path(path),
            Wait::SecondsOf(expression) | Wait::TimestampOf(expression) => reads.jsonata(expression),
            Wait::Seconds(_) | Wait::Timestamp(_) => {}
        }
    }
}

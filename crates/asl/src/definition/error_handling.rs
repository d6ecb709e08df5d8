//! Retry and Catch: which errors they match, and what follows.

use super::QueryLanguage;
use super::Reads;
use super::data_flow::{Assign, ResultPlace};
use super::fields::Fields;
use crate::diagnostic::Report;
use crate::template::Template;

pub(crate) const ALL: &str = "States.ALL";

#[derive(Clone, Debug)]
pub struct Retrier {
    pub error_equals: Vec<String>,
    pub interval_seconds: u64,
    pub max_attempts: u32,
    pub backoff_rate: f64,
    pub max_delay_seconds: Option<u64>,
    pub full_jitter: bool,
}

#[derive(Clone, Debug)]
pub struct Catcher {
    pub error_equals: Vec<String>,
    pub next: String,
    pub result_path: ResultPlace,
    pub assign: Option<Assign>,
    /// In JSONata, in place of ResultPath.
    pub output: Option<Template>,
}

impl Retrier {
    /// How long to wait before the retry with this number, the first being 1, without jitter.
    pub fn delay_ms(&self, retry: u32) -> u64 {
        // More than a century is no delay that anyone waits for, and keeps the arithmetic within bounds.
        const LONGEST_MS: f64 = 1e13;
        let grown =
            self.interval_seconds as f64 * self.backoff_rate.powi(retry.saturating_sub(1).min(10_000) as i32);
        let capped = self.max_delay_seconds.map_or(grown, |most| grown.min(most as f64));
        (capped * 1000.0).min(LONGEST_MS).round() as u64
    }
}

pub(crate) fn parse_retry(fields: &Fields, report: &mut Report) -> Vec<Retrier> {
    let Some(entries) = fields.objects("Retry", report) else { return Vec::new() };
    let mut retriers = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(entry) = entry else { continue };
        let last = index + 1 == entries.len();
        retriers.extend(parse_retrier(entry, last, report));
    }
    retriers
}

fn parse_retrier(entry: &Fields, last: bool, report: &mut Report) -> Option<Retrier> {
    const FIELDS: &[&str] = &[
        "ErrorEquals",
        "IntervalSeconds",
        "MaxAttempts",
        "BackoffRate",
        "MaxDelaySeconds",
        "JitterStrategy",
        "Comment",
    ];
    entry.only(&[FIELDS], report);
    entry.required(&["ErrorEquals"], report);
    // AWS takes an interval of 0, whatever its documentation says.
    let interval_seconds = entry.integer("IntervalSeconds", 0, 99_999_999, report).unwrap_or(1);
    let max_delay_seconds = entry.integer("MaxDelaySeconds", 1, 31_622_399, report);
    if max_delay_seconds.is_some_and(|most| most <= interval_seconds) {
        report.schema(
            &entry.field_location("MaxDelaySeconds"),
            "MaxDelaySeconds must be greater than IntervalSeconds",
        );
    }
    Some(Retrier {
        interval_seconds,
        max_delay_seconds,
        max_attempts: entry.integer("MaxAttempts", 0, 99_999_999, report).unwrap_or(3) as u32,
        backoff_rate: entry.number("BackoffRate", 1.0, f64::MAX, report).unwrap_or(2.0),
        full_jitter: entry.one_of("JitterStrategy", &["NONE", "FULL"], report) == Some("FULL"),
        error_equals: error_equals(entry, last, report)?,
    })
}

pub(crate) fn parse_catch(fields: &Fields, report: &mut Report) -> Vec<Catcher> {
    let Some(entries) = fields.objects("Catch", report) else { return Vec::new() };
    let mut catchers = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(entry) = entry else { continue };
        let last = index + 1 == entries.len();
        catchers.extend(parse_catcher(entry, last, report));
    }
    catchers
}

fn parse_catcher(entry: &Fields, last: bool, report: &mut Report) -> Option<Catcher> {
    entry.only(&[&["ErrorEquals", "Next", "ResultPath", "Assign", "Output", "Comment"]], report);
    entry.of_own_language(report);
    let (result_path, output) = match entry.language() {
        QueryLanguage::JsonPath => (entry.result_place("ResultPath", report), None),
        QueryLanguage::Jsonata => (ResultPlace::Replace, entry.template("Output", report)),
    };
    let assign = Assign::parse(entry, report);
    entry.required(&["ErrorEquals", "Next"], report);
    let error_equals = error_equals(entry, last, report)?;
    let next = entry.string("Next", report)?.to_owned();
    Some(Catcher { error_equals, next, result_path, assign, output })
}

fn error_equals(entry: &Fields, last: bool, report: &mut Report) -> Option<Vec<String>> {
    let names = entry.array("ErrorEquals", report)?;
    let location = entry.field_location("ErrorEquals");
    if names.is_empty() {
        report.schema(&location, "Value cannot be empty");
    }
    let mut texts = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match name.as_str() {
            Some(name) => texts.push(name.to_owned()),
            None => report.schema(&format!("{location}[{index}]"), "Expected value of type [STRING]"),
        }
    }
    if texts.iter().any(|name| name == ALL) && (texts.len() > 1 || !last) {
        report.schema(&location, "States.ALL must appear alone and at end of list");
    }
    Some(texts)
}

impl Catcher {
    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        reads.assign(self.assign.as_ref());
        self.output.iter().for_each(|output| reads.template(output));
    }
}

//! The Task state: work that something else does.

use serde_json::Value;

use super::fields::Fields;
use super::resource::Resource;
use super::{MachineType, Reads};
use crate::diagnostic::Report;
use crate::jsonata;
use crate::path::Path;
use crate::template::Template;

#[derive(Clone, Debug)]
pub struct Task {
    pub resource: Resource,
    pub timeout: Option<Seconds>,
    pub heartbeat: Option<Seconds>,
    pub credentials: Option<Template>,
}

/// A number of seconds, given or to be read.
#[derive(Clone, Debug)]
pub enum Seconds {
    Literal(u64),
    Path(Path),
    Jsonata(jsonata::Expression),
}

impl Seconds {
    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        match self {
            Seconds::Literal(_) => {}
            Seconds::Path(path) => reads.path(path),
            Seconds::Jsonata(expression) => reads.jsonata(expression),
        }
    }
}

pub(crate) fn parse(fields: &Fields, machine_type: MachineType, report: &mut Report) -> Option<Task> {
    const FIELDS: &[&str] = &[
        "InputPath",
        "OutputPath",
        "Parameters",
        "ResultSelector",
        "ResultPath",
        "Assign",
        "Arguments",
        "Output",
        "Retry",
        "Catch",
        "Resource",
        "TimeoutSeconds",
        "TimeoutSecondsPath",
        "HeartbeatSeconds",
        "HeartbeatSecondsPath",
        "Credentials",
    ];
    fields.of_own_language(report);
    fields.only(&[super::COMMON, super::TRANSITION, FIELDS], report);
    let timeout = seconds(fields, "TimeoutSeconds", "TimeoutSecondsPath", report);
    let heartbeat = seconds(fields, "HeartbeatSeconds", "HeartbeatSecondsPath", report);
    if let (Some(Seconds::Literal(timeout)), Some(Seconds::Literal(heartbeat))) = (&timeout, &heartbeat)
        && heartbeat >= timeout
    {
        let message = "HeartbeatSeconds must be smaller than TimeoutSeconds";
        report.schema(&fields.field_location("HeartbeatSeconds"), message);
    }
    let credentials = credentials(fields, report);
    if !fields.required(&["Resource"], report) {
        return None;
    }
    let resource = Resource::parse(fields, machine_type, report)?;
    if fields.has("Credentials") && matches!(resource, Resource::Activity { .. }) {
        let message = "The field 'Credentials' is not supported for activities";
        report.schema(&fields.field_location("Credentials"), message);
    }
    Some(Task { resource, timeout, heartbeat, credentials })
}

fn seconds(fields: &Fields, literal: &str, path: &str, report: &mut Report) -> Option<Seconds> {
    fields.at_most_one(&[literal, path], report);
    if fields.is_jsonata(literal) {
        return fields.jsonata(literal, report).map(Seconds::Jsonata);
    }
    match fields.integer(literal, 1, super::LONGEST_SECONDS, report) {
        Some(seconds) => Some(Seconds::Literal(seconds)),
        None => fields.reference_path(path, report).map(Seconds::Path),
    }
}

fn credentials(fields: &Fields, report: &mut Report) -> Option<Template> {
    let object = fields.object("Credentials", report)?;
    if !object.has("RoleArn") && !object.has("RoleArn.$") {
        report
            .schema(&fields.field_location("Credentials"), "The field 'RoleArn' is required but was missing");
        return None;
    }
    if matches!(object.get("RoleArn"), Some(value) if !matches!(value, Value::String(_))) {
        report.schema(&object.field_location("RoleArn"), "Expected value of type [STRING]");
        return None;
    }
    fields.template("Credentials", report)
}

impl Task {
    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        self.timeout.iter().chain(&self.heartbeat).for_each(|seconds| seconds.reads(reads));
        self.credentials.iter().for_each(|credentials| reads.template(credentials));
    }
}

//! The Task state: work that something else does.

use serde_json::Value;

use super::MachineType;
use super::fields::Fields;
use super::resource::Resource;
use crate::diagnostic::Report;
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
}

pub(crate) fn parse(fields: &Fields, machine_type: MachineType, report: &mut Report) -> Option<Task> {
    const FIELDS: &[&str] = &[
        "InputPath",
        "OutputPath",
        "Parameters",
        "ResultSelector",
        "ResultPath",
        "Assign",
        "Retry",
        "Catch",
        "Resource",
        "TimeoutSeconds",
        "TimeoutSecondsPath",
        "HeartbeatSeconds",
        "HeartbeatSecondsPath",
        "Credentials",
    ];
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
    pub(crate) fn paths<'a>(&'a self, paths: &mut Vec<&'a Path>) {
        for seconds in self.timeout.iter().chain(&self.heartbeat) {
            if let Seconds::Path(path) = seconds {
                paths.push(path);
            }
        }
        if let Some(credentials) = &self.credentials {
            paths.extend(credentials.paths());
        }
    }
}

//! What is not wrong and most likely not meant: AWS's three warnings, and our own of tasks that may wait for ever. AWS's
//! codes are documented at
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html>;
//! the texts are ours, since none of AWS's was ever recorded.

use serde_json::{Map, Value};

use super::containers;
use crate::diagnostic::{Code, Report};
use crate::template::Expression;

/// Payload templates of JSONPath.
const TEMPLATES: &[&str] = &["Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials"];

/// Fields whose paths stand in a field of another name.
const WITH_PATH: &[&str] = &["Error", "Cause", "Timestamp"];

pub(crate) fn check(machine: &Map<String, Value>, report: &mut Report) {
    let jsonata = is_jsonata(machine, false);
    check_container(machine, "", jsonata, report);
}

fn check_container(container: &Map<String, Value>, location: &str, jsonata: bool, report: &mut Report) {
    let states = container.get("States").and_then(Value::as_object).into_iter().flatten();
    for (name, value) in states {
        let location = format!("{location}/States/{name}");
        let Some(state) = value.as_object() else { continue };
        check_timeout(state, &location, report);
        if !is_jsonata(state, jsonata) {
            check_paths(state, &location, report);
        }
        for (inner, location) in containers(value, &location) {
            inner.as_object().iter().for_each(|inner| check_container(inner, &location, jsonata, report));
        }
    }
}

fn is_jsonata(holder: &Map<String, Value>, inherited: bool) -> bool {
    holder.get("QueryLanguage").and_then(Value::as_str).map_or(inherited, |language| language == "JSONata")
}

/// A token that nobody returns leaves the execution open for a year.
fn check_timeout(state: &Map<String, Value>, location: &str, report: &mut Report) {
    let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
    let waits = resource.ends_with(".waitForTaskToken") || resource.contains(":activity:");
    let ends = ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"];
    if waits && !ends.iter().any(|field| state.contains_key(*field)) {
        let message = "The task waits for its token without TimeoutSeconds or HeartbeatSeconds: \
                       if the token is lost, the execution stays open until it times out as a whole.";
        report.warning(Code::TaskWithoutTimeout, location, message);
    }
}

fn check_paths(state: &Map<String, Value>, location: &str, report: &mut Report) {
    for field in TEMPLATES {
        state.get(*field).iter().for_each(|value| no_dollar(value, &format!("{location}/{field}"), report));
    }
    for field in WITH_PATH {
        no_path(state, field, location, report);
    }
    let choices = state.get("Choices").and_then(Value::as_array).into_iter().flatten();
    for (index, choice) in choices.enumerate() {
        check_comparison(choice, &format!("{location}/Choices[{index}]"), report);
    }
    if state.get("Type").and_then(Value::as_str) == Some("Pass") {
        state
            .get("Result")
            .iter()
            .for_each(|result| is_static(result, &format!("{location}/Result"), report));
    }
}

/// A path in a field that doesn't end in `.$` is a text like any other.
fn no_dollar(value: &Value, location: &str, report: &mut Report) {
    match value {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| no_dollar(item, &format!("{location}[{index}]"), report));
        }
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| !name.ends_with(".$")) {
                let location = format!("{location}/{name}");
                if looks_like_path(value) {
                    let message = format!(
                        "The value of the field '{name}' looks like a path or an intrinsic function, \
                         which is evaluated only in a field '{name}.$'."
                    );
                    report.warning(Code::NoDollar, &location, message);
                }
                no_dollar(value, &location, report);
            }
        }
        _ => {}
    }
}

fn no_path(holder: &Map<String, Value>, field: &str, location: &str, report: &mut Report) {
    if holder.get(field).is_some_and(looks_like_path) {
        let message = format!(
            "The value of the field '{field}' looks like a path, which is read only in a field '{field}Path'."
        );
        report.warning(Code::NoPath, &format!("{location}/{field}"), message);
    }
}

/// The operands of a rule, and of the rules inside it.
fn check_comparison(rule: &Value, location: &str, report: &mut Report) {
    let Some(fields) = rule.as_object() else { return };
    for field in fields.keys().filter(|name| is_comparison(name)) {
        no_path(fields, field, location, report);
    }
    for field in ["And", "Or"] {
        let rules = fields.get(field).and_then(Value::as_array).into_iter().flatten().enumerate();
        rules.for_each(|(index, rule)| {
            check_comparison(rule, &format!("{location}/{field}[{index}]"), report)
        });
    }
    fields.get("Not").iter().for_each(|rule| check_comparison(rule, &format!("{location}/Not"), report));
}

fn is_comparison(field: &str) -> bool {
    crate::choice::ORDERED.iter().any(|(operator, ..)| *operator == field)
}

/// `Result` is copied as it is.
fn is_static(value: &Value, location: &str, report: &mut Report) {
    match value {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| is_static(item, &format!("{location}[{index}]"), report));
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let location = format!("{location}/{name}");
                if name.ends_with(".$") && looks_like_path(value) {
                    let message = "The Result of a Pass state is static: paths in it are not evaluated. \
                                   Parameters are.";
                    report.warning(Code::PassResultIsStatic, &location, message);
                }
                is_static(value, &location, report);
            }
        }
        _ => {}
    }
}

/// A text that a field for expressions would take for more than a text.
fn looks_like_path(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let begins = text == "$" || ["$.", "$[", "$$", "States."].iter().any(|start| text.starts_with(start));
        begins && Expression::parse(text).is_some()
    })
}

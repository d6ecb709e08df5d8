//! The graph of a container: every transition has its target in the same container, every state can be reached, and
//! the state machine can end.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::definition::Fields;
use crate::diagnostic::{Code, Report};

/// A transition: the state it leads to, and the field that says so.
struct Edge<'a> {
    target: &'a str,
    location: String,
}

/// `sound` says that the states themselves are in order: else some transitions may be missing, and what follows
/// from that would only hide the cause.
pub(crate) fn check(container: &Fields, start_at: &str, is_machine: bool, sound: bool, report: &mut Report) {
    let Some(states) = container.get("States").and_then(Value::as_object) else { return };
    let found_before = report.len();
    if !states.contains_key(start_at) {
        missing(start_at, "StartAt", &container.field_location("StartAt"), report);
    }
    for (name, state) in states {
        let location = format!("{}/{name}", container.field_location("States"));
        for edge in edges(state, &location).iter().filter(|edge| !states.contains_key(edge.target)) {
            missing(edge.target, "Next", &edge.location, report);
        }
    }
    if !sound || report.len() > found_before {
        return;
    }
    if is_machine && !states.values().any(is_terminal) {
        return report.error(Code::MissingEndState, None, "Workflow has no terminal state");
    }
    let reached = reachable(states, start_at);
    for name in states.keys().filter(|name| !reached.contains(name.as_str())) {
        let location = format!("{}/{name}", container.field_location("States"));
        let message = format!("State \"{name}\" is not reachable.");
        report.error(Code::MissingTransitionTarget, Some(&location), message);
    }
}

fn missing(target: &str, field: &str, location: &str, report: &mut Report) {
    let message = format!("Missing '{field}' target: {target}");
    report.error(Code::MissingTransitionTarget, Some(location), message);
}

fn is_terminal(state: &Value) -> bool {
    let type_name = state.get("Type").and_then(Value::as_str);
    matches!(type_name, Some("Succeed" | "Fail")) || state.get("End") == Some(&Value::Bool(true))
}

fn edges<'a>(state: &'a Value, location: &str) -> Vec<Edge<'a>> {
    let mut edges = Vec::new();
    for field in ["Next", "Default"] {
        edges.extend(edge(state, field, location));
    }
    for field in ["Choices", "Catch"] {
        let entries = state.get(field).and_then(Value::as_array).into_iter().flatten();
        for (index, entry) in entries.enumerate() {
            edges.extend(edge(entry, "Next", &format!("{location}/{field}[{index}]")));
        }
    }
    edges
}

fn edge<'a>(holder: &'a Value, field: &str, location: &str) -> Option<Edge<'a>> {
    let target = holder.get(field)?.as_str()?;
    Some(Edge { target, location: format!("{location}/{field}") })
}

fn reachable<'a>(states: &'a Map<String, Value>, start_at: &'a str) -> HashSet<&'a str> {
    let mut reached = HashSet::from([start_at]);
    let mut ahead = vec![start_at];
    while let Some(name) = ahead.pop() {
        let Some(state) = states.get(name) else { continue };
        for edge in edges(state, "") {
            if reached.insert(edge.target) {
                ahead.push(edge.target);
            }
        }
    }
    reached
}

//! The scopes of variables: the states of a branch or of an iteration read what is assigned around them, and may not
//! assign a variable of the same name. The rule is AWS's; its wording is ours, since none was ever seen.

use std::collections::HashSet;

use serde_json::Value;

use super::containers;
use crate::definition::Fields;
use crate::diagnostic::{Code, Report};

/// An `Assign` and where it stands.
struct Assignment<'a> {
    names: Vec<&'a str>,
    location: String,
}

pub(crate) fn check(machine: &Fields, report: &mut Report) {
    check_container(machine.object.get("States"), "/States", &HashSet::new(), report);
}

fn check_container(states: Option<&Value>, location: &str, outer: &HashSet<&str>, report: &mut Report) {
    let Some(states) = states.and_then(Value::as_object) else { return };
    let mut visible = outer.clone();
    for (name, state) in states {
        for assignment in assignments(state, &format!("{location}/{name}")) {
            for name in assignment.names {
                if outer.contains(name) {
                    let message =
                        format!("Invalid variable name '{name}': it is assigned in an outer scope.");
                    report.error(Code::InvalidVariableName, Some(&assignment.location), message);
                }
                visible.insert(name);
            }
        }
    }
    for (name, state) in states {
        for (inner, location) in containers(state, &format!("{location}/{name}")) {
            check_container(inner.get("States"), &format!("{location}/States"), &visible, report);
        }
    }
}

/// Of a state, of its choices and of its catchers.
fn assignments<'a>(state: &'a Value, location: &str) -> Vec<Assignment<'a>> {
    let mut found = vec![(state, location.to_owned())];
    for field in ["Choices", "Catch"] {
        let entries = state.get(field).and_then(Value::as_array).into_iter().flatten().enumerate();
        found.extend(entries.map(|(index, entry)| (entry, format!("{location}/{field}[{index}]"))));
    }
    found.into_iter().filter_map(|(holder, location)| assignment(holder, &location)).collect()
}

fn assignment<'a>(holder: &'a Value, location: &str) -> Option<Assignment<'a>> {
    let members = holder.get("Assign")?.as_object()?;
    let names = members.keys().map(|key| key.strip_suffix(".$").unwrap_or(key)).collect();
    Some(Assignment { names, location: format!("{location}/Assign") })
}

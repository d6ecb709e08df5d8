//! The context object of a test: what AWS makes up for a state that runs nowhere, and over that what the caller gives.

use serde_json::{Map, Value, json};
use stepwell_asl::jackson;
use stepwell_wire::ApiError;

/// What a member of the context object may hold.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Any,
}

use Kind::{Any, Number, Text};

/// The objects within a context object, and their members.
const MEMBERS: &[(&str, &[(&str, Kind)])] = &[
    (
        "Execution",
        &[
            ("Id", Text),
            ("Input", Any),
            ("Name", Text),
            ("RedriveCount", Number),
            ("RedriveTime", Text),
            ("RoleArn", Text),
            ("StartTime", Text),
        ],
    ),
    ("State", &[("EnteredTime", Text), ("Name", Text), ("RetryCount", Number)]),
    ("StateMachine", &[("Id", Text), ("Name", Text)]),
    ("Task", &[("Token", Text)]),
];

/// Reads what the caller gives. Only a task with a token has `Task`.
///
/// # Errors
/// `ValidationException`, recorded for most of what can be wrong.
pub fn read(text: &str, has_token: bool) -> Result<Map<String, Value>, ApiError> {
    let Ok(Value::Object(given)) = jackson::parse(text) else {
        return Err(invalid("Context object must be a JSON object"));
    };
    for (name, value) in &given {
        if name == "Map" {
            return Err(invalid("'Map' field is not supported when mocking a Context object"));
        }
        let Some((_, members)) = MEMBERS.iter().find(|(known, _)| known == name) else {
            return Err(not_allowed(name));
        };
        if name == "Task" && !has_token {
            return Err(invalid(
                "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' \
                 service integration pattern",
            ));
        }
        object(name, members, value)?;
    }
    Ok(given)
}

fn object(name: &str, members: &[(&str, Kind)], value: &Value) -> Result<(), ApiError> {
    let Some(object) = value.as_object() else { return Err(invalid(&format!("{name} must be an object"))) };
    for (member, value) in object {
        let Some((_, kind)) = members.iter().find(|(known, _)| known == member) else {
            return Err(not_allowed(member));
        };
        match kind {
            Text if !value.is_string() => return Err(invalid(&format!("{name}.{member} must be a string"))),
            Number if !value.is_number() => {
                return Err(invalid(&format!("{name}.{member} must be a number")));
            }
            Text | Number | Any => {}
        }
    }
    Ok(())
}

fn not_allowed(field: &str) -> ApiError {
    invalid(&format!("Field '{field}' is not allowed"))
}

fn invalid(reason: &str) -> ApiError {
    ApiError::validation(format!("Invalid Context object provided: {reason}"))
}

/// What is known of a test without the caller's help.
pub struct MadeUp<'a> {
    pub execution_arn: &'a str,
    pub execution_name: &'a str,
    pub machine_arn: &'a str,
    pub machine_name: &'a str,
    pub role_arn: Option<&'a str>,
    pub input: Value,
    pub state: &'a str,
    /// How often the state was tried before; Task, Parallel and Map states show it.
    pub retry_count: Option<u32>,
    pub token: Option<String>,
    /// As `2026-01-31T12:00:00.000Z`.
    pub now: String,
}

impl MadeUp<'_> {
    /// The whole context object. What is given replaces member by member.
    pub fn with(self, given: Map<String, Value>) -> Value {
        let mut execution = json!({
            "Id": self.execution_arn,
            "Input": self.input,
            "Name": self.execution_name,
            "StartTime": self.now,
        });
        let mut state = json!({ "Name": self.state, "EnteredTime": self.now });
        if let Some(role_arn) = self.role_arn {
            execution["RoleArn"] = role_arn.into();
        }
        if let Some(count) = self.retry_count {
            state["RetryCount"] = count.into();
        }
        let mut context = json!({
            "Execution": execution,
            "StateMachine": { "Id": self.machine_arn, "Name": self.machine_name },
            "State": state,
        });
        if let Some(token) = self.token {
            context["Task"] = json!({ "Token": token });
        }
        for (name, value) in given {
            match (context.get_mut(&name).and_then(Value::as_object_mut), value) {
                (Some(members), Value::Object(given)) => members.extend(given),
                (_, value) => context[name] = value,
            }
        }
        context
    }
}

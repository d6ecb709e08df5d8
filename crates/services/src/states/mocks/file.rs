//! The configuration file, read and checked whole: a test that meant something else than it says helps nobody.

use super::{Mocks, Response, Responses, Tries};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use stepwell_asl::position::{self, Position};

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misconfigured {
    pub position: Position,
    pub reason: String,
}

impl fmt::Display for Misconfigured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(formatter, "{line}:{column}: {}", self.reason)
    }
}

/// A place in the file and what is wrong there.
type Wrong = (String, String);

impl Mocks {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(text: &str) -> Result<Self, Misconfigured> {
        let value: Value = serde_json::from_str(text).map_err(|error| Misconfigured {
            position: Position { line: error.line(), column: error.column() },
            reason: "this is not valid JSON".to_owned(),
        })?;
        configuration(&value)
            .map_err(|(place, reason)| Misconfigured { position: position::find(text, &place), reason })
    }
}

fn configuration(value: &Value) -> Result<Mocks, Wrong> {
    let members = object(value, "")?;
    only(members, &["StateMachines", "MockedResponses"], "")?;
    let responses = match members.get("MockedResponses") {
        None => BTreeMap::new(),
        Some(value) => mocked_responses(value)?,
    };
    let mut machines = BTreeMap::new();
    let place = "/StateMachines";
    for (name, machine) in object(required(members, "StateMachines", "")?, place)? {
        machines.insert(name.clone(), test_cases(machine, &format!("{place}/{name}"), &responses)?);
    }
    Ok(Mocks { machines })
}

type Named = BTreeMap<String, Arc<Responses>>;

fn test_cases(value: &Value, place: &str, responses: &Named) -> Result<BTreeMap<String, Named>, Wrong> {
    let members = object(value, place)?;
    only(members, &["TestCases"], place)?;
    let cases = required(members, "TestCases", place)?;
    let place = format!("{place}/TestCases");
    let mut found = BTreeMap::new();
    for (name, case) in object(cases, &place)? {
        let place = format!("{place}/{name}");
        let mut states = Named::new();
        for (state, named) in object(case, &place)? {
            let place = format!("{place}/{state}");
            let Some(named) = named.as_str() else {
                return Err((place, "the name of a mocked response is expected".to_owned()));
            };
            let Some(response) = responses.get(named) else {
                return Err((place, format!("there is no mocked response `{named}`")));
            };
            states.insert(state.clone(), Arc::clone(response));
        }
        found.insert(name.clone(), states);
    }
    Ok(found)
}

fn mocked_responses(value: &Value) -> Result<Named, Wrong> {
    let place = "/MockedResponses";
    let mut found = Named::new();
    for (name, responses) in object(value, place)? {
        let place = format!("{place}/{name}");
        let mut tries: Vec<Tries> = Vec::new();
        for (numbers, response) in object(responses, &place)? {
            let place = format!("{place}/{numbers}");
            let Some((first, last)) = range(numbers) else {
                return Err((
                    place,
                    format!("`{numbers}` is no try, such as `0`, and no range of tries, such as `1-3`"),
                ));
            };
            if tries.iter().any(|other| first <= other.last && other.first <= last) {
                return Err((place, format!("a try of `{numbers}` is there already")));
            }
            tries.push(Tries { first, last, response: self::response(response, &place)? });
        }
        found.insert(name.clone(), Arc::new(Responses { name: name.clone(), tries }));
    }
    Ok(found)
}

/// `0` or `1-3`
fn range(text: &str) -> Option<(u32, u32)> {
    let number = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => digits.parse().ok(),
        false => None,
    };
    let (first, last) = match text.split_once('-') {
        None => (number(text)?, number(text)?),
        Some((first, last)) => (number(first)?, number(last)?),
    };
    (first <= last).then_some((first, last))
}

fn response(value: &Value, place: &str) -> Result<Response, Wrong> {
    let members = object(value, place)?;
    only(members, &["Return", "Throw"], place)?;
    match (members.get("Return"), members.get("Throw")) {
        (Some(result), None) => Ok(Response::Return(result.to_string())),
        (None, Some(thrown)) => {
            let place = format!("{place}/Throw");
            let members = object(thrown, &place)?;
            only(members, &["Error", "Cause"], &place)?;
            let error = text(members, "Error", &place)?.ok_or_else(|| missing("Error", &place))?;
            let cause = text(members, "Cause", &place)?.unwrap_or_default();
            Ok(Response::Throw { error, cause })
        }
        _ => Err((place.to_owned(), "one of `Return` and `Throw` is expected".to_owned())),
    }
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, Wrong> {
    value.as_object().ok_or_else(|| (place.to_owned(), "an object is expected".to_owned()))
}

fn only(members: &Map<String, Value>, known: &[&str], place: &str) -> Result<(), Wrong> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err((format!("{place}/{name}"), format!("`{name}` is not known here"))),
    }
}

fn required<'v>(members: &'v Map<String, Value>, name: &str, place: &str) -> Result<&'v Value, Wrong> {
    members.get(name).ok_or_else(|| missing(name, place))
}

fn missing(name: &str, place: &str) -> Wrong {
    (place.to_owned(), format!("`{name}` is missing"))
}

fn text(members: &Map<String, Value>, name: &str, place: &str) -> Result<Option<String>, Wrong> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err((format!("{place}/{name}"), "a text is expected".to_owned())),
    }
}

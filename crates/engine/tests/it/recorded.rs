//! Histories that AWS recorded, where they are at hand. What came back from a task is taken from the recording itself:
//! the rest of the history must follow from the definition, the input and that.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_asl::diagnostic::invalid_definition;
use stepwell_engine::{Event, Status};

use crate::world::{World, unfolded, workspace};

const AREAS: &[&str] = &[
    "assign",
    "base",
    "callback",
    "choice_operators",
    "comments",
    "context_object",
    "error_handling",
    "evaluate_jsonata",
    "intrinsic_functions",
    "outputdecl",
    "query_language",
    "scenarios",
    "services",
    "timeouts",
];

#[test]
fn histories_are_those_that_aws_recorded() {
    let Some(cases) = shared().map(|shared| shared.join("conformance/cases")).filter(|cases| cases.is_dir())
    else {
        println!("skipped: no recorded cases here");
        return;
    };
    let mut failures = Vec::new();
    let mut compared = 0;
    for area in AREAS {
        for path in files(&cases.join(area)) {
            let text = fs::read_to_string(&path).unwrap();
            let case: Value = serde_json::from_str(&text).unwrap();
            for (index, failure) in run(&case) {
                compared += 1;
                let id = &case["id"];
                failures.extend(failure.map(|failure| format!("{id} step {index}: {failure}")));
            }
        }
    }
    println!("{compared} recorded answers compared");
    assert!(compared > 100, "only {compared} recorded answers were found");
    assert!(failures.is_empty(), "{} of {compared} differ:\n{}", failures.len(), failures.join("\n"));
}

fn shared() -> Option<PathBuf> {
    match std::env::var_os("STEPWELL_SHARED") {
        Some(folder) => Some(folder.into()),
        None => Some(workspace().join("../shared")),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The histories of the case, by step: `None` where all is well.
fn run(case: &Value) -> Vec<(usize, Option<String>)> {
    let steps = case["steps"].as_array().unwrap();
    let mut results = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let is_history =
            step["operation"] == "GetExecutionHistory" && step["request"]["reverseOrder"].is_null();
        if !is_history || step["expect"].is_null() {
            continue;
        }
        let Some(start) = referred(steps, &step["request"]["executionArn"]) else { continue };
        let Some(create) = referred(steps, &start["request"]["stateMachineArn"]) else { continue };
        let definition = concatenated(&create["request"]["definition"]);
        let input = now(start["request"]["input"].as_str().unwrap_or("{}"));
        let is_here = !definition.contains("DISTRIBUTED");
        if is_here && create["expect"]["error"].is_null() && !definition.is_empty() {
            match StateMachine::compile(&definition, MachineType::Standard) {
                Ok(_) => results.push((index, compare(case, step, &definition, &input).err())),
                // An integration that is not here yet.
                Err(found) if found.iter().all(|d| d.message.contains("is not recognized")) => {}
                Err(found) => results.push((index, Some(invalid_definition(&found)))),
            }
        }
    }
    results
}

/// The step that `${3.executionArn}` names.
fn referred<'a>(steps: &'a [Value], reference: &Value) -> Option<&'a Value> {
    let index = reference.as_str()?.strip_prefix("${")?.split('.').next()?;
    steps.get(index.parse::<usize>().ok()?)
}

fn concatenated(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => match (parts.first(), parts.get(1).and_then(Value::as_u64)) {
            (Some(text @ Value::String(_)), Some(times)) => concatenated(text).repeat(times as usize),
            _ => parts.iter().map(concatenated).collect(),
        },
        Value::Object(members) => members.values().map(concatenated).collect(),
        _ => String::new(),
    }
}

fn now(input: &str) -> String {
    input.replace("${now}", "2026-01-02T03:04:05").replace("${now+3d}", "2026-01-05T03:04:05")
}

fn compare(case: &Value, step: &Value, definition: &str, input: &str) -> Result<(), String> {
    let mut world = World::new(definition, input);
    world.step(Event::Start);
    world.settle();
    while world.execution().status() == Status::Running {
        match came_back(&world, &step["expect"]["response"]["events"]) {
            Some(event) => {
                world.step(event);
                world.settle();
            }
            None if world.execution().next_due_ms().is_some() => world.until_next_due(),
            None => break,
        }
    }
    let events: Vec<Value> = world.history.iter().map(|event| event.to_json(true)).collect();
    let answer = Value::from_iter([("events".to_owned(), Value::from(events))]);
    let one = std::slice::from_ref(&step["expect"]);
    for expect in step["expect"].as_array().map_or(one, Vec::as_slice) {
        let place = expect["at"].as_str().unwrap_or_default();
        let actual = at(&answer, place).ok_or_else(|| format!("nothing at {place}"))?;
        let ignored: Vec<&str> = expect["ignore"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|path| path.as_str()?.rsplit('.').next())
            .collect();
        Comparison { case, ignored }.same(&expect["response"], actual, place)?;
    }
    Ok(())
}

/// What the recording says next of the task that is out.
fn came_back(world: &World, events: &Value) -> Option<Event> {
    let event = events.get(world.history.len())?;
    let (frame, attempt) = world.tasks.last().map(|task| (task.frame, task.attempt))?;
    let details = event.as_object()?.iter().find(|(name, _)| name.ends_with("Details"))?.1;
    let output = match &details["output"] {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    // A cause that holds JSON was parsed by whoever recorded it.
    let owned = |name: &str| match &details[name] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        parsed => Some(parsed.to_string()),
    };
    match event["type"].as_str()? {
        "TaskSubmitted" => Some(Event::TaskSubmitted { frame, attempt, output }),
        "TaskSucceeded" => Some(Event::TaskSucceeded { frame, attempt, output }),
        "TaskFailed" => {
            Some(Event::TaskFailed { frame, attempt, error: owned("error"), cause: owned("cause") })
        }
        _ => None,
    }
}

/// `events[-1].executionSucceededEventDetails.output`
fn at<'a>(answer: &'a Value, place: &str) -> Option<&'a Value> {
    let mut value = answer;
    for part in place.split(['.', '[']).filter(|part| !part.is_empty()) {
        value = match part.strip_suffix(']').map(str::parse::<i64>) {
            Some(Ok(index)) => {
                let items = value.as_array()?;
                let index = if index < 0 { items.len() as i64 + index } else { index };
                items.get(usize::try_from(index).ok()?)?
            }
            Some(Err(_)) => return None,
            None => value.get(part)?,
        };
    }
    Some(value)
}

struct Comparison<'a> {
    case: &'a Value,
    ignored: Vec<&'a str>,
}

impl Comparison<'_> {
    fn same(&self, expected: &Value, actual: &Value, place: &str) -> Result<(), String> {
        match (expected, actual) {
            (Value::String(expected), _) if self.stands_for_something(expected) => Ok(()),
            (Value::Object(_) | Value::Array(_), Value::String(text)) => {
                let parsed = serde_json::from_str(text).map_err(|_| differ(expected, actual, place))?;
                self.same(&unfolded(expected), &unfolded(&parsed), place)
            }
            (Value::Object(expected), Value::Object(actual)) => self.same_object(expected, actual, place),
            (Value::Array(wanted), Value::Array(found)) => {
                if wanted.len() != found.len() {
                    return Err(differ(expected, actual, place));
                }
                if wanted.iter().any(|event| event.get("type").is_some() && event.get("id").is_none()) {
                    return self.same_in_any_order(wanted, found, place);
                }
                let mut pairs = wanted.iter().zip(found).enumerate();
                pairs.try_for_each(|(index, (e, a))| self.same(e, a, &format!("{place}[{index}]")))
            }
            _ if expected == actual => Ok(()),
            _ => Err(differ(expected, actual, place)),
        }
    }

    fn same_object(
        &self,
        expected: &serde_json::Map<String, Value>,
        actual: &serde_json::Map<String, Value>,
        place: &str,
    ) -> Result<(), String> {
        for (name, expected) in expected.iter().filter(|(name, _)| !self.ignored.contains(&name.as_str())) {
            let place = format!("{place}.{name}");
            self.same(expected, actual.get(name).ok_or_else(|| format!("{place} is missing"))?, &place)?;
        }
        match actual
            .keys()
            .find(|name| !expected.contains_key(*name) && !self.ignored.contains(&name.as_str()))
        {
            Some(name) => Err(format!("{place}.{name} is too much: {}", actual[name])),
            None => Ok(()),
        }
    }

    /// The order of branches is a race on AWS: what has no id in the recording may stand anywhere.
    fn same_in_any_order(&self, wanted: &[Value], found: &[Value], place: &str) -> Result<(), String> {
        let mut anywhere = found.to_vec();
        anywhere.iter_mut().for_each(|event| {
            let event = event.as_object_mut().unwrap();
            event.retain(|name, _| !["id", "previousEventId"].contains(&name.as_str()));
        });
        for (index, wanted) in wanted.iter().enumerate() {
            let place = format!("{place}[{index}]");
            if wanted.get("id").is_some() {
                self.same(wanted, &found[index], &place)?;
            } else if !anywhere.iter().any(|event| self.same(wanted, event, &place).is_ok()) {
                return Err(format!("{place}: no such event: {wanted}"));
            }
        }
        Ok(())
    }

    /// A placeholder, or a text with one in it.
    fn stands_for_something(&self, expected: &str) -> bool {
        let mut placeholders = self.case["placeholders"].as_object().unwrap().keys();
        expected.contains("<region>")
            || expected.contains("<partition>")
            || matches!(expected, "datetime" | "<datetime>" | "date")
            || placeholders.any(|placeholder| expected.contains(placeholder.as_str()))
    }
}

fn differ(expected: &Value, actual: &Value, place: &str) -> String {
    let short = |value: &Value| value.to_string().chars().take(600).collect::<String>();
    format!("{place}: expected {}, got {}", short(expected), short(actual))
}

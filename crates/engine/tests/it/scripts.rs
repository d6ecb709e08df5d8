//! `testdata/engine/*.json`: given a definition and an input, when these events happen at these times, then this is the
//! history. Every case of a file is an object:
//!
//! - `name`, `definition`, `input` (JSON, or a text in `input_text`), and, where it matters, `budget` and `limits`
//! - `script`: events in order. `do` is what happens, `at` the time in milliseconds since the start (else the clock
//!   stands), `task` the number of a task in order of request. What is to be checked afterwards stands beside it:
//!   `accepted`, `due` (the next timer, in milliseconds since the start), `open` (tasks that have a token), `tasks` (the
//!   requests of this step), `work` (whether the budget ended).
//! - `history`: `["3<2", "TaskScheduled", {details}]`, without the `…Details: {"truncated": false}` members. JSON in a
//!   text stands as JSON, and must be in its compact form.
//! - `status`, `error`, `cause`, `output`: how it ended.

use std::fs;

use serde_json::{Map, Value, json};
use stepwell_engine::{Accepted, Attempt, Event, FrameId, HistoryEvent, Outcome, Resource, TaskRequest};

use crate::world::{START_MS, World, workspace};

#[test]
fn scripts_give_the_histories_that_aws_gives() {
    let folder = workspace().join("testdata/engine");
    let mut failures = Vec::new();
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in &file {
            cases += 1;
            let name = format!("{}: {}", path.file_stem().unwrap().to_string_lossy(), text(case, "name"));
            if let Err(failure) = run(case) {
                failures.push(format!("{name}\n{failure}"));
            }
        }
    }
    assert!(cases > 0);
    assert!(failures.is_empty(), "{} of {cases} cases failed:\n\n{}", failures.len(), failures.join("\n\n"));
}

fn run(case: &Value) -> Result<(), String> {
    let (world, checked) = play(case);
    checked?;
    let (again, _) = play(case);
    assert_eq!(world.stored(), again.stored(), "the same events give the same record");
    assert_eq!(world.history, again.history, "the same events give the same history");
    check_history(case, &world.history)?;
    check_outcome(case, &world)
}

fn play(case: &Value) -> (World, Result<(), String>) {
    let input = match case.get("input_text") {
        Some(text) => text.as_str().unwrap().to_owned(),
        None => case.get("input").unwrap_or(&json!({})).to_string(),
    };
    let mut world = World::new(&case["definition"].to_string(), &input);
    if let Some(budget) = case["budget"].as_u64() {
        world.budget = budget as u32;
    }
    if let Some(events) = case["limits"]["history_events"].as_u64() {
        world.limits.history_events = events;
    }
    if let Some(bytes) = case["limits"]["payload_bytes"].as_u64() {
        world.limits.payload_bytes = bytes as usize;
    }
    if let Some(ms) = case["limits"]["duration_ms"].as_u64() {
        world.limits.duration_ms = Some(ms);
    }
    for (index, entry) in case["script"].as_array().unwrap().iter().enumerate() {
        let checked = play_entry(entry, &mut world).map_err(|failure| format!("script[{index}]: {failure}"));
        if checked.is_err() {
            return (world, checked);
        }
    }
    (world, Ok(()))
}

fn play_entry(entry: &Value, world: &mut World) -> Result<(), String> {
    if let Some(at) = entry["at"].as_u64() {
        world.now_ms = START_MS + at;
    }
    let tasks_before = world.tasks.len();
    let accepted = match text(entry, "do") {
        "settle" => {
            world.settle();
            Accepted::Accepted
        }
        _ => world.step(event(entry, world)),
    };
    check(entry, "accepted", &Value::from(accepted == Accepted::Accepted), Some(&json!(true)))?;
    let execution = world.execution();
    check(entry, "due", &since_start(execution.next_due_ms()), None)?;
    check(entry, "work", &Value::from(execution.has_work()), None)?;
    let open: Vec<Value> = execution
        .open_tasks(world.machine())
        .map(|task| {
            assert!(task.resource.has_token());
            json!({
                "frame": task.frame.0,
                "attempt": task.attempt.0,
                "state": task.state,
                "since": task.since_ms - START_MS,
                "deadline": since_start(task.deadline_ms),
                "heartbeat": since_start(task.heartbeat_deadline_ms),
            })
        })
        .collect();
    check(entry, "open", &Value::from(open), None)?;
    let tasks: Vec<Value> = world.tasks[tasks_before..].iter().map(request).collect();
    check(entry, "tasks", &Value::from(tasks), None)
}

fn event(entry: &Value, world: &World) -> Event {
    let (frame, attempt) = match entry["task"].as_u64() {
        Some(task) => {
            let task = &world.tasks[task as usize];
            (task.frame, task.attempt)
        }
        None => (FrameId(0), Attempt(entry["attempt"].as_u64().unwrap_or_default())),
    };
    let owned = |name: &str| entry[name].as_str().map(str::to_owned);
    let output = match &entry["output_text"] {
        Value::String(text) => text.clone(),
        _ => entry["output"].to_string(),
    };
    let output = output.replace("\"$BIG\"", &format!("\"{}\"", "x".repeat(262_144)));
    match text(entry, "do") {
        "start" => Event::Start,
        "continue" => Event::Continue,
        "due" => Event::Due,
        "redrive" => Event::Redrive { from_start: entry["from_start"] == true },
        "stop" => Event::Stop { error: owned("error"), cause: owned("cause") },
        "submit" => Event::TaskSubmitted { frame, attempt, output },
        "begin" => Event::ActivityStarted { frame, attempt, worker_name: owned("worker_name") },
        "succeed" => Event::TaskSucceeded { frame, attempt, output },
        "fail" => Event::TaskFailed { frame, attempt, error: owned("error"), cause: owned("cause") },
        "heartbeat" => Event::Heartbeat { frame, attempt },
        other => panic!("no such event: {other}"),
    }
}

fn request(task: &TaskRequest) -> Value {
    let resource = match &task.resource {
        Resource::Lambda { arn } | Resource::Activity { arn } => arn.clone(),
        Resource::Integration(integration) => {
            format!("{}:{}", integration.service, integration.resource_name())
        }
    };
    let mut shown = Map::new();
    shown.insert("resource".to_owned(), resource.into());
    shown.insert("parameters".to_owned(), task.parameters.clone());
    for (name, value) in [
        ("token", task.token.clone().map(Value::from)),
        ("credentials", task.credentials.clone()),
        ("timeout_ms", task.timeout_ms.map(Value::from)),
        ("heartbeat_ms", task.heartbeat_ms.map(Value::from)),
    ] {
        shown.extend(value.map(|value| (name.to_owned(), value)));
    }
    Value::Object(shown)
}

fn since_start(ms: Option<u64>) -> Value {
    ms.map_or(Value::Null, |ms| (ms - START_MS).into())
}

fn check(entry: &Value, name: &str, actual: &Value, default: Option<&Value>) -> Result<(), String> {
    match entry.get(name).or(default) {
        Some(expected) if expected != actual => Err(format!("{name}: expected {expected}, got {actual}")),
        _ => Ok(()),
    }
}

fn check_history(case: &Value, history: &[HistoryEvent]) -> Result<(), String> {
    check(case, "events", &Value::from(history.len()), None)?;
    let Some(expected) = case["history"].as_array() else { return Ok(()) };
    let actual: Vec<Value> = history.iter().map(shown).collect();
    for (index, expected) in expected.iter().enumerate() {
        let matches = actual.get(index).is_some_and(|actual| same(expected, actual));
        if !matches {
            let got = actual.get(index).unwrap_or(&Value::Null);
            return Err(format!("expected {expected}\n     got {got}\n\nwhole history:\n{}", lines(&actual)));
        }
    }
    if actual.len() > expected.len() {
        return Err(format!(
            "{} events too many; whole history:\n{}",
            actual.len() - expected.len(),
            lines(&actual)
        ));
    }
    Ok(())
}

/// `["3<2", "TaskScheduled", {…}]`
fn shown(event: &HistoryEvent) -> Value {
    let json = event.to_json(true);
    let place = format!("{}<{}", event.id, event.previous_event_id);
    let details = json.as_object().unwrap().iter().find(|(name, _)| name.ends_with("Details"));
    match details {
        None => json!([place, json["type"]]),
        Some((_, details)) => {
            let mut details = details.as_object().unwrap().clone();
            details.retain(|name, value| {
                !(name.ends_with("Details") && *value == json!({ "truncated": false }))
            });
            json!([place, json["type"], details])
        }
    }
}

/// Expected JSON stands for its compact text; `"*"` for anything.
fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::String(any), _) if any == "*" => true,
        (Value::String(expected), Value::String(actual)) => expected == actual,
        (Value::Object(_) | Value::Array(_), Value::String(actual)) => *actual == format!("{expected}"),
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(e, a)| same(e, a))
        }
        (Value::Object(expected), Value::Object(actual)) => {
            expected.len() == actual.len()
                && expected.iter().all(|(name, e)| actual.get(name).is_some_and(|a| same(e, a)))
        }
        (expected, actual) => expected == actual,
    }
}

fn lines(history: &[Value]) -> String {
    history.iter().map(Value::to_string).collect::<Vec<_>>().join(",\n")
}

fn check_outcome(case: &Value, world: &World) -> Result<(), String> {
    let execution = world.execution();
    check(case, "status", &execution.status().as_str().into(), None)?;
    let (error, cause, output) = match execution.outcome().cloned() {
        None | Some(Outcome::TimedOut) => (None, None, None),
        Some(Outcome::Succeeded { output }) => (None, None, Some(output)),
        Some(Outcome::Failed { error, cause } | Outcome::Aborted { error, cause }) => (error, cause, None),
    };
    check(case, "error", &error.into(), None)?;
    check(case, "cause", &cause.into(), None)?;
    match (case.get("output"), output) {
        (Some(expected), Some(actual)) if !same(expected, &actual.clone().into()) => {
            Err(format!("output: expected {expected}, got {actual}"))
        }
        (Some(expected), None) => Err(format!("output: expected {expected}, got none")),
        _ => Ok(()),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("`{name}` is missing in {value}"))
}

//! What a history must look like: read over the API, and judged without knowing what was killed when.

use crate::client::{Answer, Client};
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// All events of an execution; nothing (and a violation) if they can't be had.
pub async fn read(client: &mut Client, world: &World, arn: &str) -> Option<Vec<Value>> {
    let mut events = Vec::new();
    let mut next = Value::Null;
    loop {
        let mut input = json!({"executionArn": arn, "maxResults": 1000});
        if next.is_string() {
            input["nextToken"] = next;
        }
        match client.states("GetExecutionHistory", &input).await {
            Answer::Done(mut page) => {
                events.extend(page["events"].as_array_mut().into_iter().flat_map(std::mem::take));
                next = page["nextToken"].take();
                if next.is_null() {
                    return Some(events);
                }
            }
            trouble => {
                world.violation(format!("the history of {arn} can't be read: {trouble:?}"));
                return None;
            }
        }
    }
}

/// Ids from 1 without a gap, each following an earlier one, in the order of time, with one end.
pub fn check_order(events: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let (id, previous) = (event["id"].as_u64(), event["previousEventId"].as_u64());
        if id != Some(index as u64 + 1) || previous.is_none_or(|previous| previous > index as u64) {
            wrong.push(format!("event {} has the id {id:?} and follows {previous:?}", index + 1));
        }
    }
    let times: Vec<f64> = events.iter().filter_map(|event| event["timestamp"].as_f64()).collect();
    if !times.is_sorted() {
        wrong.push("its times go backwards".to_owned());
    }
    let ends = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"];
    let ended: Vec<usize> = (0..events.len()).filter(|at| ends.contains(&kind(&events[*at]))).collect();
    if ended != [events.len().saturating_sub(1)] {
        wrong.push(format!("it ends at {ended:?}, of {} events", events.len()));
    }
    wrong
}

/// The two states were each entered and left once; one notification was submitted.
pub fn check_callback(events: &[Value]) -> Vec<String> {
    let counted = counts(events);
    let mut wrong = Vec::new();
    for (what, expected) in [
        ("TaskStateEntered Ask", 1),
        ("TaskStateExited Ask", 1),
        ("TaskStateEntered Tell", 1),
        ("TaskStateExited Tell", 1),
        ("ExecutionStarted ", 1),
        ("ExecutionSucceeded ", 1),
        ("TaskSubmitted sns", 1),
        ("TaskSucceeded sns", 1),
    ] {
        let found = counted.get(what).copied().unwrap_or(0);
        // Publishing is a request and response: one that isn't waited for has no `TaskSubmitted`.
        let is_optional = what == "TaskSubmitted sns" && found == 0;
        if found != expected && !is_optional {
            wrong.push(format!("`{what}` is there {found} times"));
        }
    }
    let tried = |what: &str| counted.get(what).copied().unwrap_or(0);
    let attempts = tried("TaskScheduled sqs");
    if [
        tried("TaskStarted sqs"),
        tried("TaskSubmitted sqs"),
        tried("TaskSucceeded sqs") + tried("TaskFailed sqs"),
    ] != [attempts; 3]
    {
        wrong.push(format!("its attempts don't add up: {counted:?}"));
    }
    wrong
}

/// Each of its states was entered and left as often as the definition says, and each wait lasted.
pub fn check_timed(events: &[Value]) -> Vec<String> {
    let expected: BTreeMap<String, u64> = [
        ("ExecutionStarted ", 1),
        ("WaitStateEntered First", 1),
        ("WaitStateExited First", 1),
        ("ParallelStateEntered Both", 1),
        ("ParallelStateStarted ", 1),
        ("WaitStateEntered Second", 1),
        ("WaitStateExited Second", 1),
        ("MapStateEntered Each", 1),
        ("MapStateStarted ", 1),
        ("MapIterationStarted Each", 3),
        ("WaitStateEntered Rest", 3),
        ("WaitStateExited Rest", 3),
        ("PassStateEntered Item", 3),
        ("PassStateExited Item", 3),
        ("MapIterationSucceeded Each", 3),
        ("MapStateSucceeded ", 1),
        ("MapStateExited Each", 1),
        ("ParallelStateSucceeded ", 1),
        ("ParallelStateExited Both", 1),
        ("TaskStateEntered Late", 1),
        ("TaskScheduled sqs", 1),
        ("TaskStarted sqs", 1),
        ("TaskSubmitted sqs", 1),
        ("TaskTimedOut sqs", 1),
        ("TaskStateExited Late", 1),
        ("SucceedStateEntered Enough", 1),
        ("SucceedStateExited Enough", 1),
        ("ExecutionSucceeded ", 1),
    ]
    .map(|(what, times)| (what.to_owned(), times))
    .into();
    let mut wrong = Vec::new();
    let counted = counts(events);
    if counted != expected {
        wrong.push(format!("its events are {counted:?}"));
    }
    for (entered, exited) in waits(events) {
        if exited - entered < 1.0 {
            wrong.push(format!("a wait of a second lasted {:.3} s", exited - entered));
        }
    }
    wrong
}

pub fn check_function(events: &[Value], number: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    let kinds: Vec<&str> = events.iter().map(kind).collect();
    let expected = [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ];
    if kinds != expected {
        wrong.push(format!("its events are {kinds:?}"));
    }
    let output = events.last().and_then(|event| details(event)["output"].as_str()).unwrap_or_default();
    let expected = json!({"done": number.to_string()}).to_string();
    if output != expected {
        wrong.push(format!("it ended with {output}"));
    }
    wrong
}

/// The kinds of its events are these, in this order.
fn check_kinds(events: &[Value], expected: &[&str]) -> Vec<String> {
    let kinds: Vec<&str> = events.iter().map(kind).collect();
    if kinds == expected { Vec::new() } else { vec![format!("its events are {kinds:?}")] }
}

/// The heavy expressions came to what they must, and one notification was sent.
pub fn check_heavy(events: &[Value]) -> Vec<String> {
    let expected = [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ];
    let mut wrong = check_kinds(events, &expected);
    let output = events.last().and_then(|event| details(event)["output"].as_str()).unwrap_or_default();
    let expected = json!({"weight": crate::site::weight()}).to_string();
    if output != expected {
        wrong.push(format!("it ended with {output}"));
    }
    wrong
}

pub fn check_child(events: &[Value]) -> Vec<String> {
    let expected = [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ];
    check_kinds(events, &expected)
}

/// Two children were started, and two ends were told.
pub fn check_parent(events: &[Value]) -> Vec<String> {
    check_counts(
        events,
        &[
            ("TaskStateEntered First", 1),
            ("TaskStateEntered Second", 1),
            ("TaskScheduled states", 2),
            ("TaskStarted states", 2),
            ("TaskSubmitted states", 2),
            ("TaskSucceeded states", 2),
            ("ParallelStateSucceeded ", 1),
            ("ExecutionSucceeded ", 1),
        ],
    )
}

/// Its state was entered and left once, and each attempt has one end.
pub fn check_worked(events: &[Value]) -> Vec<String> {
    let count = |name: &str| events.iter().filter(|event| kind(event) == name).count();
    let ends = ["ActivitySucceeded", "ActivityFailed", "ActivityTimedOut"].map(count);
    let mut wrong = check_counts(
        events,
        &[
            ("TaskStateEntered Work", 1),
            ("TaskStateExited Work", 1),
            ("PassStateEntered Done", 1),
            ("ExecutionSucceeded ", 1),
        ],
    );
    if ends[0] != 1 || ends.iter().sum::<usize>() != count("ActivityScheduled") {
        wrong.push(format!(
            "of {} attempts, {ends:?} succeeded, failed, timed out",
            count("ActivityScheduled")
        ));
    }
    wrong
}

pub fn check_mapped(events: &[Value]) -> Vec<String> {
    check_kinds(
        events,
        &[
            "ExecutionStarted",
            "MapStateEntered",
            "MapStateStarted",
            "MapRunStarted",
            "MapRunSucceeded",
            "MapStateSucceeded",
            "MapStateExited",
            "ExecutionSucceeded",
        ],
    )
}

fn check_counts(events: &[Value], expected: &[(&str, u64)]) -> Vec<String> {
    let counted = counts(events);
    let found = |what: &str| counted.get(what).copied().unwrap_or(0);
    let wrong = expected.iter().filter(|(what, times)| found(what) != *times);
    wrong.map(|(what, _)| format!("`{what}` is there {} times", found(what))).collect()
}

/// What the answers to its tasks say, in order.
pub fn answers(events: &[Value]) -> Vec<String> {
    let of_queue = events.iter().filter(|event| details(event)["resourceType"] == "sqs");
    of_queue.filter_map(answer).collect()
}

/// What the answer to a task says, if that is one.
pub fn answer(event: &Value) -> Option<String> {
    match kind(event) {
        "TaskSucceeded" | "ActivitySucceeded" => {
            let output: Value = serde_json::from_str(details(event)["output"].as_str()?).ok()?;
            Some(output["tag"].as_str()?.to_owned())
        }
        "TaskFailed" | "ActivityFailed" => Some(details(event)["cause"].as_str()?.to_owned()),
        _ => None,
    }
}

/// The messages that its tasks sent to the queue, in order.
pub fn message_ids(events: &[Value]) -> Vec<String> {
    let submitted = events
        .iter()
        .filter(|event| kind(event) == "TaskSubmitted" && details(event)["resourceType"] == "sqs");
    let id = |event: &Value| {
        let output: Value = serde_json::from_str(details(event)["output"].as_str()?).ok()?;
        Some(output["MessageId"].as_str()?.to_owned())
    };
    submitted.filter_map(id).collect()
}

pub fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap_or_default()
}

/// The details of an event, whatever its kind calls them.
pub fn details(event: &Value) -> &Value {
    let members = event.as_object().into_iter().flatten();
    let mut found = members.filter(|(name, _)| name.ends_with("EventDetails")).map(|(_, value)| value);
    found.next().unwrap_or(&Value::Null)
}

/// How often each kind of event is there, with the state or the resource that it is about.
fn counts(events: &[Value]) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for event in events {
        let details = details(event);
        let about = details["name"].as_str().or_else(|| details["resourceType"].as_str()).unwrap_or_default();
        *counted.entry(format!("{} {about}", kind(event))).or_default() += 1;
    }
    counted
}

/// When each wait was entered and left: an exit belongs to the entry that its chain of previous events leads to.
fn waits(events: &[Value]) -> Vec<(f64, f64)> {
    let mut pairs = Vec::new();
    for exit in events.iter().filter(|event| kind(event) == "WaitStateExited") {
        let previous = exit["previousEventId"].as_u64().unwrap_or_default() as usize;
        let entry = previous.checked_sub(1).and_then(|index| events.get(index));
        if let (Some(entry), Some(left)) = (entry, exit["timestamp"].as_f64())
            && let Some(entered) = entry["timestamp"].as_f64()
        {
            pairs.push((entered, left));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: u64, kind: &str) -> Value {
        json!({"id": id, "previousEventId": id - 1, "timestamp": id as f64, "type": kind})
    }

    #[test]
    fn order_is_judged() {
        let sound =
            vec![event(1, "ExecutionStarted"), event(2, "PassStateEntered"), event(3, "ExecutionSucceeded")];
        assert_eq!(check_order(&sound), Vec::<String>::new());
        let gap = vec![sound[0].clone(), sound[2].clone()];
        let two_ends = [sound.clone(), vec![event(4, "ExecutionFailed")]].concat();
        let open = sound[..2].to_vec();
        let mut backwards = sound.clone();
        backwards[2]["timestamp"] = json!(0.5);
        for (name, events) in [("gap", gap), ("two ends", two_ends), ("open", open), ("backwards", backwards)]
        {
            assert_eq!(check_order(&events).len(), 1, "{name}: {:?}", check_order(&events));
        }
    }

    #[test]
    fn answers_and_messages_are_found_by_their_resource() {
        let task = |kind: &str, resource: &str, member: &str, value: &str| json!({"type": kind, "taskEventDetails": {"resourceType": resource, member: value}});
        let events = [
            task("TaskSubmitted", "sqs", "output", r#"{"MessageId":"m"}"#),
            task("TaskFailed", "sqs", "cause", "answer-1"),
            task("TaskSucceeded", "sqs", "output", r#"{"tag":"answer-2"}"#),
            task("TaskSucceeded", "sns", "output", r#"{"tag":"no"}"#),
        ];
        assert_eq!(answers(&events), ["answer-1", "answer-2"]);
        assert_eq!(message_ids(&events), ["m"]);
    }
}

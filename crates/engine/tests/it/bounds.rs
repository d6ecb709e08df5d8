//! What no definition may break: a step is bounded whatever runs, and the record stays as small as what it holds.

use serde_json::{Value, json};
use stepwell_engine::{Accepted, Attempt, Event, EventKind, FrameId, Status};

use crate::world::World;

fn endless() -> World {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": true, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"},
    }});
    World::new(&definition.to_string(), "{}")
}

#[test]
fn an_endless_loop_ends_with_the_history() {
    let mut world = endless();
    world.budget = 50;
    world.step(Event::Start);
    assert!(world.execution().has_work(), "the budget holds the loop");
    assert!(world.history.len() <= 101, "{} events in one step", world.history.len());
    world.settle();
    let execution = world.execution();
    assert_eq!(execution.status(), Status::Failed);
    assert_eq!(world.history.len(), 25_000);
    let last = world.history.last().unwrap().to_json(true);
    assert_eq!(
        last["executionFailedEventDetails"],
        json!({"error": "States.Runtime",
               "cause": "The execution reached the maximum number of history events (25000)."})
    );
    assert!(world.largest_step <= 102, "{} events in one step", world.largest_step);
    assert!(world.largest_record < 1000, "{} bytes", world.largest_record);
}

#[test]
fn a_deeply_nested_value_fails_its_state_and_harms_nothing() {
    for field in [json!({"ResultPath": "$.a.a.a.a.a"}), json!({"Parameters": {"a": {"a.$": "$"}}})] {
        let mut pass = json!({"Type": "Pass", "Next": "B"});
        pass.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        let definition = json!({"StartAt": "A", "States": {
            "A": pass,
            "B": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": true, "Next": "C"}], "Default": "A"},
            "C": {"Type": "Succeed"},
        }});
        let mut world = World::new(&definition.to_string(), "{}");
        world.step(Event::Start);
        world.settle();
        let last = world.history.last().unwrap().to_json(true);
        let cause = last["executionFailedEventDetails"]["cause"].as_str().unwrap();
        assert!(cause.contains("nest"), "{cause}");
        assert!(world.history.len() < 500, "{} events", world.history.len());
    }
}

#[test]
fn a_map_of_ten_thousand_items_goes_by_the_budget() {
    let definition = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 0, "End": true}}},
        "ResultPath": null,
        "End": true,
    }}});
    let items = Value::from((0..10_000).collect::<Vec<u32>>());
    let mut world = World::new(&definition.to_string(), &items.to_string());
    world.limits.history_events = 100_000;
    world.step(Event::Start);
    let steps = world.settle();
    assert_eq!(world.execution().status(), Status::Succeeded);
    assert_eq!(world.history.len(), 2 + 4 + 4 * 10_000);
    assert!(steps > 50, "{steps} steps");
    assert!(world.largest_step <= 1000, "{} events in one step", world.largest_step);
    assert!(world.largest_record < 200_000, "{} bytes", world.largest_record);
}

#[test]
fn many_timers_at_once_go_by_the_budget() {
    let wait = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}});
    let inner = json!({"StartAt": "I", "States": {"I": {"Type": "Map", "ItemProcessor": wait, "End": true}}});
    let definition =
        json!({"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": inner, "End": true}}});
    let row: Vec<u32> = (0..40).collect();
    let rows = Value::from((0..40).map(|_| Value::from(row.clone())).collect::<Vec<_>>());
    let mut world = World::new(&definition.to_string(), &rows.to_string());
    world.step(Event::Start);
    world.settle();
    let due = world.execution().next_due_ms().unwrap();
    world.now_ms = due;
    world.step(Event::Due);
    assert_eq!(world.execution().next_due_ms(), Some(due), "what the budget left is due still");
    world.run_out();
    assert_eq!(world.execution().status(), Status::Succeeded);
    assert!(world.largest_step <= 1200, "{} events in one step", world.largest_step);
}

#[test]
fn a_parked_execution_is_small_and_does_not_hold_its_input() {
    let definition = json!({"StartAt": "T", "States": {"T": {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody": {"Token.$": "$$.Task.Token"}},
        "End": true,
    }}});
    let input = json!({"text": "x".repeat(200_000)});
    let mut world = World::new(&definition.to_string(), &input.to_string());
    world.step(Event::Start);
    assert_eq!(world.execution().status(), Status::Running);
    assert!(world.stored().len() < 150, "{} bytes", world.stored().len());
}

/// Events in any order, late, doubled and out of place, at any time: the record stays sound, and the same seed gives the
/// same bytes.
#[test]
fn events_in_any_order_never_break_the_record() {
    let task = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"MessageBody.$": "$$.Task.Token"}, "TimeoutSeconds": 50, "HeartbeatSeconds": 20,
        "Retry": [{"ErrorEquals": ["States.Timeout", "A"], "JitterStrategy": "FULL", "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["B"], "Next": "Done", "Assign": {"why.$": "$.Error"}}], "Next": "Done"});
    let inner = |name: &str| json!({"StartAt": name, "States": {name: task.clone()}}).to_string();
    let branch = |name: &str| {
        inner(name).replace("Done", &format!("{name}Done")).replacen(
            "\"States\":{",
            &format!("\"States\":{{\"{name}Done\":{{\"Type\":\"Wait\",\"Seconds\":3,\"End\":true}},"),
            1,
        )
    };
    let map = format!(
        r#"{{"StartAt":"M","States":{{"M":{{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":3,"End":true,
            "Retry":[{{"ErrorEquals":["C"],"MaxAttempts":1}}],"ItemProcessor":{}}}}}}}"#,
        branch("I")
    );
    let definition = format!(
        r#"{{"StartAt":"P","TimeoutSeconds":400,"States":{{"P":{{"Type":"Parallel","Branches":[{},{map}],"End":true,
            "Retry":[{{"ErrorEquals":["States.ALL"],"MaxAttempts":1}}]}}}}}}"#,
        branch("T")
    );
    let mut ends = std::collections::BTreeMap::new();
    for seed in 1..=30 {
        let (first, second) = (random_run(&definition, seed), random_run(&definition, seed));
        assert_eq!(first.stored(), second.stored(), "seed {seed}");
        assert_eq!(first.history, second.history, "seed {seed}");
        *ends.entry(first.execution().status().as_str()).or_insert(0) += 1;
        let terminal = first.history.iter().filter(|event| event.kind.is_terminal()).count();
        let redriven = first.history.iter().filter(|event| is_redrive(&event.kind)).count();
        let is_closed = first.execution().status() != Status::Running;
        assert_eq!(terminal, redriven + usize::from(is_closed), "seed {seed}");
    }
    assert!(ends.len() >= 3, "the seeds see different ends: {ends:?}");
}

fn is_redrive(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ExecutionRedriven { .. })
}

fn random_run(definition: &str, seed: u64) -> World {
    let mut world = World::new(definition, r#"{"items": [1, 2, 3, 4, 5]}"#);
    world.budget = 5;
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    world.step(Event::Start);
    for _ in 0..120 {
        let task = world.tasks.get(random(world.tasks.len().max(1) as u64) as usize);
        let (frame, attempt) = task.map_or((FrameId(7), Attempt(7)), |task| (task.frame, task.attempt));
        let error = ["A", "B", "C"].get(random(4) as usize).map(|error| (*error).to_owned());
        let event = match random(12) {
            0 | 1 => Event::Due,
            2 | 3 => Event::TaskSucceeded { frame, attempt, output: random(100).to_string() },
            4 => Event::TaskFailed { frame, attempt, error, cause: None },
            5 => Event::Heartbeat { frame, attempt },
            6 => Event::TaskSubmitted { frame, attempt, output: "{}".to_owned() },
            7 if random(40) == 0 => Event::Stop { error, cause: None },
            8 => Event::Redrive { from_start: random(4) == 0 },
            _ => Event::Continue,
        };
        world.now_ms += random(4000);
        let (before, stored) = (world.history.len(), world.stored().to_vec());
        let had_work = world.execution().has_work();
        if world.step(event) == Accepted::NoSuchAttempt && !had_work {
            assert_eq!(
                (world.history.len(), world.stored()),
                (before, stored.as_slice()),
                "nothing happened"
            );
        }
        let last = |of: fn(&EventKind) -> bool| world.history.iter().rposition(|event| of(&event.kind));
        let (closed, redriven) = (last(EventKind::is_terminal), last(is_redrive));
        let is_last = |at| at + 1 == world.history.len() || redriven > Some(at);
        assert!(closed.is_none_or(is_last), "the last event is the last, or a redrive follows");
    }
    world
}

#[test]
fn nothing_happens_after_the_end() {
    let definition = json!({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}});
    let mut world = World::new(&definition.to_string(), "{}");
    world.step(Event::Start);
    world.settle();
    let events = world.history.len();
    let stored = world.stored().to_vec();
    for event in [Event::Start, Event::Continue, Event::Due, Event::Stop { error: None, cause: None }] {
        world.step(event);
    }
    let task =
        world.step(Event::TaskSucceeded { frame: FrameId(0), attempt: Attempt(1), output: "1".to_owned() });
    assert_eq!(task, Accepted::NoSuchAttempt);
    assert_eq!(world.history.len(), events);
    assert_eq!(world.stored(), stored);
}

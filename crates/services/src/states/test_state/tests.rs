//! Tests of states, as data: requests, and the answers that they get. Where the answer leaves out the cause, any will do.

use super::TestState;
use crate::kept::Definitions;
use crate::operation::Execute;
use crate::states::in_memory::{Pace, PerformTask, Performance};
use crate::testing::{World, input};
use serde_json::{Value, json};
use std::sync::Arc;
use stepwell_engine::Event;
use stepwell_wire::ApiError;

/// Runs a test to its end, as the server does: its task is a command, a wait is passed over.
fn run(world: &mut World, request: Value) -> Result<Value, ApiError> {
    let mut request = request;
    request["definition"] = request["definition"].to_string().into();
    let test = input::<TestState>(request);
    let mut execution = world.begin(&test, &Definitions::default())?;
    let mut event = Event::Start;
    while execution.outcome().is_none() {
        let progress = execution.step(&event, Pace::Long, world.now_ms).expect("a long step is not undone");
        event = match (progress.tasks.into_iter().next(), progress.next_due_ms) {
            (Some(task), _) => match world.perform(PerformTask(Arc::new(task))) {
                Performance::Done(event) => event,
                Performance::Outside(effect) => panic!("{effect:?}"),
            },
            (None, Some(due_ms)) if !progress.has_work => {
                world.pass(due_ms.saturating_sub(world.now_ms));
                Event::Due
            }
            _ => Event::Continue,
        };
    }
    Ok(serde_json::to_value(test.answer(execution)?).unwrap())
}

#[test]
fn states_are_tested_as_the_cases_say() {
    let cases = include_str!("../../../../../testdata/states/test_state.json");
    let cases: Vec<Value> = serde_json::from_str(cases).unwrap();
    let mut world = World::new();
    for case in &cases {
        let mut answer = match run(&mut world, case["request"].clone()) {
            Ok(answer) => answer,
            Err(error) => json!({ "error": error.code, "message": error.message }),
        };
        if case["expected"].get("cause").is_none() {
            answer.as_object_mut().unwrap().shift_remove("cause");
        }
        assert_eq!(answer, case["expected"], "{}", case["case"]);
    }
}

const ROLE: &str = "arn:aws:iam::000000000000:role/r";

/// Its task is performed as the role that the test names, and its effect stays.
#[test]
fn without_a_mock_the_work_is_done() {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.call(input::<crate::sqs::CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    let url = "http://localhost:4566/000000000000/q";
    let definition = json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$.say"}, "End": true
    });
    let answer =
        run(&mut world, json!({"definition": definition, "roleArn": ROLE, "input": "{\"say\":\"hello\"}"}))
            .unwrap();
    assert_eq!(answer["status"], "SUCCEEDED");
    let received = world.call(input::<crate::sqs::ReceiveMessage>(json!({"QueueUrl": url}))).unwrap();
    assert_eq!(received["Messages"][0]["Body"], "hello");
}

#[test]
fn a_role_that_is_not_there_fails_the_state() {
    let definition = json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": "q", "MessageBody": "m"}, "End": true
    });
    let answer = run(&mut World::new(), json!({"definition": definition, "roleArn": ROLE})).unwrap();
    assert_eq!((&answer["status"], &answer["error"]), (&json!("FAILED"), &json!("States.TaskFailed")));
}

#[test]
fn a_wait_is_waited_for_up_to_five_minutes() {
    let mut world = World::new();
    let before = world.now_ms;
    let wait = |seconds: u64| json!({"definition": {"Type": "Wait", "Seconds": seconds, "Next": "After"}, "input": "7"});
    let answer = run(&mut world, wait(299)).unwrap();
    assert_eq!(answer, json!({"status": "SUCCEEDED", "output": "7", "nextState": "After"}));
    assert_eq!(world.now_ms - before, 299_000);
    let answer = run(&mut world, wait(301)).unwrap();
    assert_eq!(answer, json!({"status": "FAILED", "error": "States.Timeout"}));
    assert_eq!(world.now_ms - before, 599_000);
}

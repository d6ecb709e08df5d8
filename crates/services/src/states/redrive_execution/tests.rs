//! Executions that go on after they ended: once for each redrive, from where they were, and as long as AWS lets them.

use crate::sqs::{CreateQueue, ReceiveMessage};
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

const QUEUE: &str = "http://localhost:4566/000000000000/q";
const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
const DAY_MS: u64 = 86_400_000;

/// A task whose token comes through a queue, under this name.
fn ask(name: &str) -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": QUEUE, "MessageBody": {"Name": name, "TaskToken.$": "$$.Task.Token"}},
        "End": true
    })
}

fn of_states(start_at: &str, states: Value) -> Value {
    json!({"StartAt": start_at, "States": states})
}

fn world(definition: &Value) -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": "arn:aws:iam::000000000000:role/r"});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

fn start(world: &mut World) -> String {
    let started = world.call(input::<StartExecution>(json!({"stateMachineArn": MACHINE}))).unwrap();
    started["executionArn"].as_str().unwrap().to_owned()
}

/// The names and tokens of the tasks that were sent, in order.
fn asked(world: &mut World) -> Vec<(String, String)> {
    let receive = json!({"QueueUrl": QUEUE, "MaxNumberOfMessages": 10});
    let answer = world.call(input::<ReceiveMessage>(receive)).unwrap();
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    let read = |message: &Value| {
        let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        (body["Name"].as_str().unwrap().to_owned(), body["TaskToken"].as_str().unwrap().to_owned())
    };
    messages.iter().map(read).collect()
}

fn succeed(world: &mut World, token: &str) {
    world.call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": "1"}))).unwrap();
}

fn fail(world: &mut World, token: &str) {
    world.call(input::<SendTaskFailure>(json!({"taskToken": token, "error": "E"}))).unwrap();
}

fn describe(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()
}

fn redrive(world: &mut World, arn: &str, token: Option<&str>) -> Result<Value, ApiError> {
    world.call(input::<RedriveExecution>(json!({"executionArn": arn, "clientToken": token})))
}

fn event_types(world: &World, arn: &str) -> Vec<String> {
    let history = world.read(&input::<GetExecutionHistory>(json!({"executionArn": arn}))).unwrap();
    let events = history["events"].as_array().unwrap();
    let ids = events.iter().map(|event| event["id"].as_u64().unwrap());
    assert!(ids.eq(1..=events.len() as u64), "event ids have no gap");
    events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn assert_refused(answer: Result<Value, ApiError>, reason: &str) {
    let error = answer.unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), ("ExecutionNotRedrivable", reason));
}

#[test]
fn a_failed_task_is_tried_again_and_what_was_before_it_is_not() {
    let before = json!({"Type": "Pass", "Next": "Ask"});
    let mut world = world(&of_states("Before", json!({"Before": before, "Ask": ask("a")})));
    let arn = start(&mut world);
    let first = asked(&mut world).remove(0).1;
    fail(&mut world, &first);
    let failed = describe(&world, &arn);
    assert_eq!((&failed["status"], &failed["redriveStatus"]), (&json!("FAILED"), &json!("REDRIVABLE")));
    world.pass(1000);

    let redriven = redrive(&mut world, &arn, None).unwrap();
    let running = describe(&world, &arn);
    assert_eq!(running["status"], "RUNNING");
    assert_eq!((&running["redriveCount"], &running["redriveDate"]), (&json!(1), &redriven["redriveDate"]));
    for gone in ["stopDate", "error", "cause"] {
        assert_eq!(running[gone], Value::Null, "{gone}");
    }
    let late = world.call(input::<SendTaskSuccess>(json!({"taskToken": first, "output": "1"})));
    assert_eq!(late.unwrap_err().code, "TaskTimedOut");
    let second = asked(&mut world).remove(0).1;
    succeed(&mut world, &second);
    assert_eq!(describe(&world, &arn)["status"], "SUCCEEDED");
    assert_eq!(
        event_types(&world, &arn)[3..],
        [
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskFailed",
            "ExecutionFailed",
            "ExecutionRedriven",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ]
    );
    let reason = "Execution is SUCCEEDED and cannot be redriven";
    assert_refused(redrive(&mut world, &arn, None), reason);
    assert_eq!(describe(&world, &arn)["redriveStatusReason"], reason);
}

#[test]
fn only_the_branches_go_on_that_did_not_succeed_also_after_a_restart() {
    let branches: Vec<_> = ["a", "b", "c"].map(|name| of_states(name, json!({name: ask(name)}))).into();
    let parallel = json!({"Type": "Parallel", "Branches": branches, "End": true});
    let mut world = world(&of_states("P", json!({"P": parallel})));
    let arn = start(&mut world);
    let tokens = asked(&mut world);
    succeed(&mut world, &tokens[0].1);
    fail(&mut world, &tokens[1].1);
    let mut world = world.restart();
    redrive(&mut world, &arn, None).unwrap();
    let mut world = world.restart();
    let again = asked(&mut world);
    assert_eq!(again.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    again.iter().for_each(|(_, token)| succeed(&mut world, token));
    let described = describe(&world, &arn);
    assert_eq!((&described["status"], &described["output"]), (&json!("SUCCEEDED"), &json!("[1,1,1]")));
}

#[test]
fn the_same_client_token_is_the_same_redrive_for_a_quarter_of_an_hour() {
    let mut world = world(&of_states("A", json!({"A": ask("a")})));
    let arn = start(&mut world);
    let fail_next = |world: &mut World| {
        let token = asked(world).remove(0).1;
        fail(world, &token);
    };
    fail_next(&mut world);
    let first = redrive(&mut world, &arn, Some("t")).unwrap();
    world.pass(60_000);
    assert_eq!(redrive(&mut world, &arn, Some("t")).unwrap(), first);
    assert_refused(redrive(&mut world, &arn, Some("u")), "Execution is RUNNING and cannot be redriven");
    fail_next(&mut world);
    // The answer is remembered, and nothing goes on.
    assert_eq!(redrive(&mut world, &arn, Some("t")).unwrap(), first);
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    world.pass(15 * 60_000);
    assert_ne!(redrive(&mut world, &arn, Some("t")).unwrap(), first);
    assert_eq!(describe(&world, &arn)["redriveCount"], 2);
    for token in ["", "a b", &"x".repeat(65)] {
        assert_eq!(redrive(&mut world, &arn, Some(token)).unwrap_err().code, "ValidationException");
    }
}

#[test]
fn an_execution_that_was_stopped_or_timed_out_goes_on_with_a_new_time() {
    let mut definition = of_states("A", json!({"A": ask("a")}));
    definition["TimeoutSeconds"] = json!(60);
    let mut world = world(&definition);
    let arn = start(&mut world);
    world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    world.pass(100_000);
    redrive(&mut world, &arn, None).unwrap();
    world.pass(59_000);
    assert_eq!(describe(&world, &arn)["status"], "RUNNING");
    world.pass(1000);
    assert_eq!(describe(&world, &arn)["status"], "TIMED_OUT");
    redrive(&mut world, &arn, None).unwrap();
    let token = asked(&mut world).pop().unwrap().1;
    succeed(&mut world, &token);
    assert_eq!(describe(&world, &arn)["status"], "SUCCEEDED");
}

#[test]
fn an_execution_is_redriven_within_fourteen_days_of_its_end() {
    let fails = json!({"F": {"Type": "Fail", "Error": "E"}});
    let mut world = world(&of_states("F", fails));
    let arn = start(&mut world);
    world.pass(14 * DAY_MS);
    // It fails again at once, and has another fourteen days.
    redrive(&mut world, &arn, None).unwrap();
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    world.pass(14 * DAY_MS + 1);
    let reason = "Execution redrivable period exceeded";
    assert_eq!(describe(&world, &arn)["redriveStatusReason"], reason);
    assert_refused(redrive(&mut world, &arn, None), reason);
}

#[test]
fn an_execution_whose_history_is_full_is_not_redriven() {
    let states = json!({
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.end", "IsPresent": true, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"},
    });
    let mut world = world(&of_states("A", states));
    let arn = start(&mut world);
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    assert_refused(redrive(&mut world, &arn, None), "Execution history event limit exceeded");
}

#[test]
fn a_redriven_execution_is_kept_ninety_days_after_its_last_end() {
    let fails = json!({"F": {"Type": "Fail", "Error": "E"}});
    let mut world = world(&of_states("F", fails));
    let arn = start(&mut world);
    world.pass(10 * DAY_MS);
    redrive(&mut world, &arn, None).unwrap();
    world.pass(85 * DAY_MS);
    assert_eq!(describe(&world, &arn)["redriveCount"], 1);
    world.pass(6 * DAY_MS);
    let gone = world.read(&input::<DescribeExecution>(json!({"executionArn": arn})));
    assert_eq!(gone.unwrap_err().code, "ExecutionDoesNotExist");
}

#[test]
fn lists_say_what_was_redriven() {
    let fails = json!({"F": {"Type": "Fail", "Error": "E"}});
    let mut world = world(&of_states("F", fails));
    let arn = start(&mut world);
    redrive(&mut world, &arn, None).unwrap();
    let listed = world.read(&input::<ListExecutions>(json!({"stateMachineArn": MACHINE}))).unwrap();
    assert_eq!(listed["executions"][0]["redriveCount"], 1);
    assert!(listed["executions"][0]["redriveDate"].is_number());
    for filter in [json!({"redriveFilter": "REDRIVEN"}), json!({"statusFilter": "PENDING_REDRIVE"})] {
        let mut list = json!({"stateMachineArn": MACHINE});
        list.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        let refused = world.read(&input::<ListExecutions>(list)).unwrap_err();
        assert_eq!(refused.code, "ValidationException", "{filter}");
    }
}

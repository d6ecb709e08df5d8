//! The log of executions through the shard: what each level lets through, and what a line says.

use crate::logs::{CreateLogGroup, DeleteLogGroup, FilterLogEvents};
use crate::states::{CreateStateMachine, StartExecution};
use crate::testing::{World, input};
use serde_json::{Value, json};

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

/// A world with an execution that failed: a task's failure was caught, then a Fail state reached.
fn world(level: &str, includes_data: bool) -> World {
    let definition = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "none"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}], "End": true},
        "F": {"Type": "Fail", "Error": "E", "Cause": "C"},
    }});
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.call(input::<CreateLogGroup>(json!({"logGroupName": "g"}))).unwrap();
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:g:*";
    let logging = json!({"level": level, "includeExecutionData": includes_data,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]});
    let create = json!({"name": "m", "definition": definition.to_string(), "loggingConfiguration": logging,
        "roleArn": "arn:aws:iam::000000000000:role/r"});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

fn start(world: &mut World) {
    world
        .call(input::<StartExecution>(json!({"stateMachineArn": MACHINE, "name": "x", "input": "[1]"})))
        .unwrap();
}

fn lines(world: &World) -> Vec<Value> {
    let read = world.read(&input::<FilterLogEvents>(json!({"logGroupName": "g"}))).unwrap();
    let events = read["events"].as_array().unwrap();
    events.iter().map(|event| serde_json::from_str(event["message"].as_str().unwrap()).unwrap()).collect()
}

fn types(world: &World) -> Vec<String> {
    lines(world).iter().map(|line| line["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_level_lets_its_events_through() {
    let all = [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskFailed",
        "TaskStateExited",
        "FailStateEntered",
        "ExecutionFailed",
    ];
    let levels: [(&str, &[&str]); 4] = [
        ("ALL", &all),
        ("ERROR", &["TaskFailed", "FailStateEntered", "ExecutionFailed"]),
        ("FATAL", &["ExecutionFailed"]),
        ("OFF", &[]),
    ];
    for (level, expected) in levels {
        let mut world = world(level, true);
        start(&mut world);
        assert_eq!(types(&world), expected, "{level}");
    }
}

#[test]
fn a_line_has_the_events_details_and_only_texts_beside_them() {
    let mut world = world("ALL", true);
    start(&mut world);
    let expected = json!({
        "id": "2",
        "type": "TaskStateEntered",
        "details": {"name": "T", "input": "[1]", "inputDetails": {"truncated": false}},
        "redrive_count": "0",
        "previous_event_id": "0",
        "event_timestamp": "1700000000000",
        "execution_arn": "arn:aws:states:us-east-1:000000000000:execution:m:x",
    });
    assert_eq!(lines(&world)[1], expected);
}

#[test]
fn without_execution_data_names_and_errors_stay() {
    let mut world = world("ALL", false);
    start(&mut world);
    let lines = lines(&world);
    assert_eq!(lines[0]["details"], json!({"roleArn": "arn:aws:iam::000000000000:role/r"}));
    assert_eq!(lines[1]["details"], json!({"name": "T"}));
    assert_eq!(lines[7]["details"], json!({"error": "E", "cause": "C"}));
}

#[test]
fn a_group_that_is_gone_stops_nothing() {
    let mut world = world("ALL", false);
    world.call(input::<DeleteLogGroup>(json!({"logGroupName": "g"}))).unwrap();
    start(&mut world);
    world.call(input::<CreateLogGroup>(json!({"logGroupName": "g"}))).unwrap();
    assert!(lines(&world).is_empty());
}

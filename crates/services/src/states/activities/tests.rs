//! Activities through the shard: who gets a task, when a poll waits, what a token is good for, and what is left of tasks that
//! nobody took.

use crate::keys::{Family, Key};
use crate::states::*;
use crate::testing::{Pending, World, input};
use serde_json::{Value, json};
use stepwell_store::Direction;
use stepwell_wire::ApiError;

const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:a";
const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
const ROLE: &str = "arn:aws:iam::000000000000:role/r";

fn world_of(definition: &Value) -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.call(input::<CreateActivity>(json!({"name": "a"}))).unwrap();
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": ROLE});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

/// A state machine of one state, whose task is the activity's.
fn world(more: Value) -> World {
    let mut task = json!({"Type": "Task", "Resource": ACTIVITY, "End": true});
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world_of(&json!({"StartAt": "Work", "States": {"Work": task}}))
}

fn start(world: &mut World) -> String {
    let start = json!({"stateMachineArn": MACHINE, "input": r#"{"order": 1}"#});
    world.call(input::<StartExecution>(start)).unwrap()["executionArn"].as_str().unwrap().to_owned()
}

fn poll(world: &mut World) -> Pending {
    world.send(input::<GetActivityTask>(json!({"activityArn": ACTIVITY, "workerName": "w"})))
}

fn take(world: &mut World) -> Value {
    poll(world).answer().expect("a task").unwrap()
}

fn token(task: &Value) -> String {
    task["taskToken"].as_str().expect("a token").to_owned()
}

fn succeed(world: &mut World, token: &str) -> Result<Value, ApiError> {
    world.call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": "\"done\""})))
}

fn status(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()["status"].clone()
}

fn events(world: &World, arn: &str) -> Vec<Value> {
    let history = world.read(&input::<GetExecutionHistory>(json!({"executionArn": arn}))).unwrap();
    history["events"].as_array().unwrap().clone()
}

fn event_types(world: &World, arn: &str) -> Vec<String> {
    events(world, arn).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

/// How many tasks wait for a worker.
fn waiting(world: &World) -> usize {
    let all = Key::new(Family::ActivityTask);
    world.store.snapshot().scan(all.as_bytes(), &all.end(), Direction::Forward).count()
}

#[test]
fn a_thousand_workers_may_wait_and_no_more() {
    let mut world = world(json!({}));
    let waiting: Vec<Pending> = (0..1000).map(|_| poll(&mut world)).collect();
    let refused = poll(&mut world).answer().expect("an answer").unwrap_err();
    assert_eq!(refused.code, "ActivityWorkerLimitExceeded");
    start(&mut world);
    let given = waiting.iter().filter_map(Pending::answer).count();
    assert_eq!(given, 1);
    assert!(poll(&mut world).answer().is_none(), "there is room for one again");
}

#[test]
fn a_worker_gets_the_task_and_answers_it_once() {
    let mut world = world(json!({}));
    let arn = start(&mut world);
    assert_eq!(waiting(&world), 1);
    let task = take(&mut world);
    assert_eq!(task["input"], r#"{"order":1}"#);
    assert_eq!(waiting(&world), 0);
    let token = token(&task);
    succeed(&mut world, &token).unwrap();
    assert_eq!(status(&world, &arn), "SUCCEEDED");
    assert_eq!(succeed(&mut world, &token).unwrap_err().code, "TaskTimedOut");
    let expected = [
        "ExecutionStarted",
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(event_types(&world, &arn), expected);
    assert_eq!(events(&world, &arn)[3]["activityStartedEventDetails"], json!({"workerName": "w"}));
}

#[test]
fn a_poll_waits_for_a_task_and_is_answered_without_one_after_a_minute() {
    let mut world = world(json!({}));
    let (first, second) = (poll(&mut world), poll(&mut world));
    world.pass(30_000);
    start(&mut world);
    let task = first.answer().expect("whoever waits longest gets it").unwrap();
    assert!(task["taskToken"].is_string() && second.answer().is_none());
    world.pass(29_999);
    assert!(second.answer().is_none());
    world.pass(1);
    assert_eq!(second.answer().expect("an answer").unwrap(), json!({}));
}

#[test]
fn tasks_are_handed_out_in_order_also_after_a_restart() {
    let mut world = world(json!({}));
    let arns: Vec<_> = (0..3).map(|_| start(&mut world)).collect();
    let mut world = world.restart();
    for arn in &arns {
        let token = token(&take(&mut world));
        succeed(&mut world, &token).unwrap();
        assert_eq!(status(&world, arn), "SUCCEEDED");
    }
}

#[test]
fn a_task_that_nobody_takes_times_out_and_waits_no_longer() {
    let mut world = world(json!({"TimeoutSeconds": 10, "HeartbeatSeconds": 5}));
    let arn = start(&mut world);
    world.pass(9_999);
    assert_eq!(status(&world, &arn), "RUNNING");
    world.pass(1);
    assert_eq!(status(&world, &arn), "FAILED");
    assert_eq!(event_types(&world, &arn)[2..4], ["ActivityScheduled", "ActivityTimedOut"]);
    assert_eq!(waiting(&world), 0);
}

#[test]
fn heartbeats_count_from_the_start_and_keep_the_task_alive() {
    let mut world = world(json!({"TimeoutSeconds": 100, "HeartbeatSeconds": 5}));
    let arn = start(&mut world);
    world.pass(20_000);
    let token = token(&take(&mut world));
    world.pass(4_000);
    world.call(input::<SendTaskHeartbeat>(json!({"taskToken": token}))).unwrap();
    world.pass(4_999);
    assert_eq!(status(&world, &arn), "RUNNING");
    world.pass(1);
    assert_eq!(status(&world, &arn), "FAILED");
    assert_eq!(event_types(&world, &arn)[3..5], ["ActivityStarted", "ActivityTimedOut"]);
}

#[test]
fn a_stopped_execution_takes_its_task_back() {
    let mut world = world(json!({}));
    let arn = start(&mut world);
    world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    assert_eq!(waiting(&world), 0);
    assert!(poll(&mut world).answer().is_none());
}

#[test]
fn a_branch_that_fails_in_the_same_step_takes_the_others_task_back() {
    let branch = |state: Value| json!({"StartAt": "S", "States": {"S": state}});
    let branches = json!([
        branch(json!({"Type": "Task", "Resource": ACTIVITY, "End": true})),
        {"StartAt": "F", "States": {"F": {"Type": "Fail"}}}
    ]);
    let mut world = world_of(
        &json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": true}}}),
    );
    let arn = start(&mut world);
    assert_eq!((status(&world, &arn), waiting(&world)), (json!("FAILED"), 0));
}

#[test]
fn a_deleted_state_machine_takes_its_tasks_back() {
    let mut world = world(json!({}));
    start(&mut world);
    world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
    assert_eq!(waiting(&world), 0);
}

#[test]
fn a_deleted_activity_ends_polls_and_fails_states_that_come_to_it() {
    let mut world = world(json!({"TimeoutSeconds": 60}));
    let polling = poll(&mut world);
    world.call(input::<DeleteActivity>(json!({"activityArn": ACTIVITY}))).unwrap();
    let error = polling.answer().expect("an answer").unwrap_err();
    assert_eq!(error.message, format!("Activity Does Not Exist: '{ACTIVITY}'"));
    let arn = start(&mut world);
    assert_eq!(event_types(&world, &arn), ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]);
    let details = &events(&world, &arn)[2]["executionFailedEventDetails"];
    assert_eq!(details["error"], "States.Runtime");
    assert!(
        details["cause"].as_str().unwrap().ends_with(&format!("The activity {ACTIVITY} does not exist."))
    );
    world.call(input::<DeleteActivity>(json!({"activityArn": ACTIVITY}))).unwrap();
}

#[test]
fn the_tasks_of_a_deleted_activity_are_swept_and_their_states_time_out() {
    let mut world = world(json!({"TimeoutSeconds": 60}));
    let arn = start(&mut world);
    world.call(input::<DeleteActivity>(json!({"activityArn": ACTIVITY}))).unwrap();
    assert_eq!(waiting(&world), 0);
    world.call(input::<CreateActivity>(json!({"name": "a"}))).unwrap();
    assert!(poll(&mut world).answer().is_none(), "the new activity has none of the old one's tasks");
    world.pass(60_000);
    assert_eq!(status(&world, &arn), "FAILED");
}

#[test]
fn activities_are_made_once_described_listed_and_tagged() {
    let mut world = world(json!({}));
    let create = |name: &str| json!({"name": name, "tags": [{"key": "k", "value": "v"}]});
    let made = world.call(input::<CreateActivity>(create("b"))).unwrap();
    world.pass(5_000);
    assert_eq!(world.call(input::<CreateActivity>(create("b"))).unwrap(), made);
    let described = world.read(&input::<DescribeActivity>(json!({"activityArn": ACTIVITY}))).unwrap();
    assert_eq!(described["encryptionConfiguration"], json!({"type": "AWS_OWNED_KEY"}));
    let page = world.read(&input::<ListActivities>(json!({"maxResults": 1}))).unwrap();
    assert_eq!(page["activities"][0]["name"], "a");
    let next = json!({"maxResults": 1, "nextToken": page["nextToken"]});
    assert_eq!(world.read(&input::<ListActivities>(next)).unwrap()["activities"][0]["name"], "b");

    let arn = made["activityArn"].clone();
    let tag = json!({"resourceArn": arn, "tags": [{"key": "k2", "value": "v2"}]});
    world.call(input::<TagResource>(tag)).unwrap();
    world.call(input::<UntagResource>(json!({"resourceArn": arn, "tagKeys": ["k"]}))).unwrap();
    let tags = world.read(&input::<ListTagsForResource>(json!({"resourceArn": arn}))).unwrap();
    assert_eq!(tags, json!({"tags": [{"key": "k2", "value": "v2"}]}));
}

#[test]
fn a_workers_name_has_a_length() {
    let mut world = world(json!({}));
    let name = "w".repeat(81);
    let poll = json!({"activityArn": ACTIVITY, "workerName": name});
    let error = world.call(input::<GetActivityTask>(poll)).unwrap_err();
    assert_eq!(
        error.message,
        format!(
            "1 validation error detected: Value '{name}' at 'workerName' failed to satisfy constraint: Member must have length less than or equal to 80"
        )
    );
}

//! Parents and children: what the parent is told, when, and what becomes of a child that nobody waits for any more.

use crate::keys::{Family, Key};
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_store::Direction;

const ROLE: &str = "arn:aws:iam::000000000000:role/r";

fn machine(name: &str) -> String {
    format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}")
}

fn execution(machine: &str, name: &str) -> String {
    format!("arn:aws:states:us-east-1:000000000000:execution:{machine}:{name}")
}

fn create(world: &mut World, name: &str, state: Value) {
    let definition = json!({"StartAt": "S", "States": {"S": state}}).to_string();
    let create = json!({"name": name, "definition": definition, "roleArn": ROLE});
    world.call(input::<CreateStateMachine>(create)).unwrap();
}

/// A world with a child of one state, and a parent that starts it with this pattern.
fn world(child: Value, pattern: &str, more: Value) -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    create(&mut world, "child", child);
    create(&mut world, "parent", parent(pattern, &machine("child"), more));
    world
}

fn parent(pattern: &str, child: &str, more: Value) -> Value {
    let mut task = json!({
        "Type": "Task",
        "Resource": format!("arn:aws:states:::states:startExecution{pattern}"),
        "Parameters": {"StateMachineArn": child, "Name": "c", "Input": {"by.$": "$$.Execution.Id"}},
        "End": true
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

fn start(world: &mut World, name: &str) -> String {
    let start = json!({"stateMachineArn": machine(name), "name": "p"});
    world.call(input::<StartExecution>(start)).unwrap()["executionArn"].as_str().unwrap().to_owned()
}

fn describe(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()
}

fn status(world: &World, arn: &str) -> String {
    describe(world, arn)["status"].as_str().unwrap().to_owned()
}

fn output(world: &World, arn: &str) -> Value {
    serde_json::from_str(describe(world, arn)["output"].as_str().expect("an output")).unwrap()
}

fn types(world: &World, arn: &str) -> Vec<String> {
    let history = world.read(&input::<GetExecutionHistory>(json!({"executionArn": arn}))).unwrap();
    let events = history["events"].as_array().unwrap();
    events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

fn waits(world: &World) -> usize {
    let all = Key::new(Family::ExecutionWait);
    world.store.snapshot().scan(all.as_bytes(), &all.end(), Direction::Forward).count()
}

fn pass() -> Value {
    json!({"Type": "Pass", "Result": {"Arg1": "argument1"}, "End": true})
}

fn wait(seconds: u32) -> Value {
    json!({"Type": "Wait", "Seconds": seconds, "End": true})
}

#[test]
fn a_child_is_started_and_its_start_is_the_result() {
    let mut world = world(pass(), "", json!({}));
    let arn = start(&mut world, "parent");
    let result = output(&world, &arn);
    assert_eq!(result["ExecutionArn"], execution("child", "c"));
    assert_eq!(result["StartDate"], world.now_ms);
    assert_eq!(result["SdkHttpMetadata"]["HttpStatusCode"], 200);
    assert_eq!(describe(&world, &execution("child", "c"))["input"], json!({"by": arn}).to_string());
    assert_eq!(status(&world, &execution("child", "c")), "SUCCEEDED");
}

#[test]
fn a_parent_waits_for_its_child_and_gets_it_described() {
    let mut world = world(wait(60), ".sync", json!({}));
    let arn = start(&mut world, "parent");
    world.pass(59_000);
    assert_eq!((status(&world, &arn).as_str(), waits(&world)), ("RUNNING", 1));
    let mut world = world.restart();
    world.pass(1_000);
    assert_eq!((status(&world, &arn).as_str(), waits(&world)), ("SUCCEEDED", 0));
    let result = output(&world, &arn);
    let names: Vec<_> = result.as_object().unwrap().keys().collect();
    let expected = [
        "ExecutionArn",
        "Input",
        "InputDetails",
        "Name",
        "Output",
        "OutputDetails",
        "StartDate",
        "StateMachineArn",
        "Status",
        "StopDate",
    ];
    assert_eq!(names, expected);
    assert_eq!(result["Input"], json!({"by": arn}).to_string());
    assert_eq!(types(&world, &arn)[2..6], ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]);
}

#[test]
fn the_second_form_has_input_and_output_as_json() {
    let mut world = world(pass(), ".sync:2", json!({}));
    let arn = start(&mut world, "parent");
    let result = output(&world, &arn);
    assert_eq!((&result["Input"], &result["Output"]), (&json!({"by": arn}), &json!({"Arg1": "argument1"})));
}

#[test]
fn a_childs_failure_is_the_tasks_and_its_description_the_cause() {
    let mut world = world(json!({"Type": "Fail", "Error": "E", "Cause": "C"}), ".sync:2", json!({}));
    let arn = start(&mut world, "parent");
    let described = describe(&world, &arn);
    assert_eq!(described["error"], "States.TaskFailed");
    let cause: Value = serde_json::from_str(described["cause"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&cause["Error"], &cause["Cause"], &cause["Status"]),
        (&json!("E"), &json!("C"), &json!("FAILED"))
    );
}

#[test]
fn a_stopped_parent_stops_its_child_and_a_stopped_child_fails_its_parent() {
    for (stopped, other, expected) in [("parent", "child", "ABORTED"), ("child", "parent", "FAILED")] {
        let mut world = world(wait(60), ".sync", json!({}));
        start(&mut world, "parent");
        let arn = |machine: &str| execution(machine, if machine == "child" { "c" } else { "p" });
        world.call(input::<StopExecution>(json!({"executionArn": arn(stopped)}))).unwrap();
        assert_eq!((status(&world, &arn(other)).as_str(), waits(&world)), (expected, 0));
    }
}

#[test]
fn a_task_that_times_out_gives_its_child_up() {
    let mut world = world(wait(60), ".sync", json!({"TimeoutSeconds": 10}));
    let arn = start(&mut world, "parent");
    world.pass(10_000);
    assert_eq!(describe(&world, &arn)["error"], "States.Timeout");
    assert_eq!(status(&world, &execution("child", "c")), "ABORTED");
}

#[test]
fn a_task_that_is_answered_with_its_token_leaves_its_child_alone() {
    let child = json!({"Type": "Wait", "Seconds": 60, "End": true});
    let parameters =
        json!({"StateMachineArn": machine("child"), "Name": "c", "Input": {"token.$": "$$.Task.Token"}});
    let mut world = world(child, ".sync", json!({"Parameters": parameters}));
    let arn = start(&mut world, "parent");
    let given = describe(&world, &execution("child", "c"))["input"].as_str().unwrap().to_owned();
    let token = serde_json::from_str::<Value>(&given).unwrap()["token"].clone();
    world.call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": "1"}))).unwrap();
    assert_eq!((status(&world, &arn), output(&world, &arn)), ("SUCCEEDED".to_owned(), json!(1)));
    assert_eq!((status(&world, &execution("child", "c")).as_str(), waits(&world)), ("RUNNING", 0));
    world.pass(60_000);
    assert_eq!(status(&world, &execution("child", "c")), "SUCCEEDED");
}

#[test]
fn a_callback_is_answered_by_whoever_has_the_token() {
    let parameters =
        json!({"StateMachineArn": machine("child"), "Name": "c", "Input": {"token.$": "$$.Task.Token"}});
    let mut world = world(pass(), ".waitForTaskToken", json!({"Parameters": parameters}));
    let arn = start(&mut world, "parent");
    assert_eq!(status(&world, &execution("child", "c")), "SUCCEEDED");
    assert_eq!(types(&world, &arn)[4..], ["TaskSubmitted"]);
    let given = describe(&world, &execution("child", "c"))["input"].as_str().unwrap().to_owned();
    let token = serde_json::from_str::<Value>(&given).unwrap()["token"].clone();
    world.call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": "1"}))).unwrap();
    assert_eq!(status(&world, &arn), "SUCCEEDED");
}

#[test]
fn what_cannot_be_started_fails_the_task_in_awss_words() {
    let mut world = world(pass(), ".sync", json!({}));
    world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": machine("child")}))).unwrap();
    let arn = start(&mut world, "parent");
    let described = describe(&world, &arn);
    assert_eq!(described["error"], "StepFunctions.StateMachineDoesNotExistException");
    let begin = format!(
        "State Machine Does Not Exist: '{}' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: ",
        machine("child")
    );
    assert!(described["cause"].as_str().unwrap().starts_with(&begin), "{described}");
}

#[test]
fn a_deleted_state_machine_ends_the_children_of_others_and_gives_its_own_up() {
    for (deleted, other, expected) in [("child", "parent", "FAILED"), ("parent", "child", "ABORTED")] {
        let mut world = world(wait(60), ".sync", json!({}));
        start(&mut world, "parent");
        world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": machine(deleted)}))).unwrap();
        let arn = execution(other, if other == "child" { "c" } else { "p" });
        assert_eq!((status(&world, &arn).as_str(), waits(&world)), (expected, 0), "{deleted} is deleted");
    }
}

#[test]
fn a_long_line_of_parents_ends_one_after_the_other() {
    const GENERATIONS: usize = 60;
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    create(&mut world, "m0", wait(60));
    for number in 1..=GENERATIONS {
        let task =
            parent(".sync:2", &machine(&format!("m{}", number - 1)), json!({"ResultSelector": {"ok": true}}));
        create(&mut world, &format!("m{number}"), task);
    }
    let arn = start(&mut world, &format!("m{GENERATIONS}"));
    assert_eq!(waits(&world), GENERATIONS);
    world.pass(60_000);
    assert_eq!((status(&world, &arn).as_str(), waits(&world)), ("SUCCEEDED", 0));
}

#[test]
fn many_children_of_one_parent_are_waited_for() {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    create(&mut world, "child", wait(5));
    let task =
        parent(".sync", &machine("child"), json!({"Parameters": {"StateMachineArn": machine("child")}}));
    let processor = json!({"StartAt": "T", "States": {"T": task}});
    let items = json!((0..50).collect::<Vec<_>>());
    let map = json!({"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "ResultPath": null, "End": true});
    create(&mut world, "parent", map);
    let begin = json!({"stateMachineArn": machine("parent"), "name": "p", "input": json!({"items": items}).to_string()});
    world.call(input::<StartExecution>(begin)).unwrap();
    assert_eq!(waits(&world), 40, "as many as an inline Map has under way");
    world.pass(10_000);
    assert_eq!((status(&world, &execution("parent", "p")).as_str(), waits(&world)), ("SUCCEEDED", 0));
}

#[test]
fn who_starts_what_runs_already_waits_for_it_too() {
    let parameters = json!({"StateMachineArn": machine("child"), "Name": "c"});
    let mut world = world(wait(60), ".sync", json!({"Parameters": parameters}));
    let begin = json!({"stateMachineArn": machine("child"), "name": "c"});
    world.call(input::<StartExecution>(begin)).unwrap();
    let arn = start(&mut world, "parent");
    assert_eq!(waits(&world), 1);
    world.pass(60_000);
    assert_eq!((status(&world, &arn).as_str(), waits(&world)), ("SUCCEEDED", 0));
}

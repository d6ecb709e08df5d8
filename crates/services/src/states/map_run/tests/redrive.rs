//! Runs that are redriven: only children that didn't succeed go on, within the run's concurrency, then the items that the run
//! hadn't come to.

use super::*;
use crate::states::{RedriveExecution, SendTaskFailure, SendTaskSuccess, StopExecution};

fn redrive(world: &mut World, arn: &str) {
    world.call(input::<RedriveExecution>(json!({"executionArn": arn}))).unwrap();
}

fn succeed_all(world: &mut World) -> usize {
    let tokens = tokens(world);
    for token in &tokens {
        world.call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": "1"}))).unwrap();
    }
    tokens.len()
}

/// Fails the first of those that wait, and says how many they were: without tolerance the others are given up.
fn fail_one(world: &mut World) -> usize {
    let tokens = tokens(world);
    world.call(input::<SendTaskFailure>(json!({"taskToken": tokens[0], "error": "E"}))).unwrap();
    tokens.len()
}

fn statuses(world: &World, run: &Value) -> Vec<String> {
    children(world, run).iter().map(|child| child["status"].as_str().unwrap().to_owned()).collect()
}

/// Children that are listed with this filter.
fn listed(world: &World, run: &Value, filter: Value) -> usize {
    let mut list = json!({"mapRunArn": run["mapRunArn"]});
    list.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
    world.read(&input::<ListExecutions>(list)).unwrap()["executions"].as_array().unwrap().len()
}

#[test]
fn what_failed_and_what_was_given_up_with_it_goes_on() {
    let mut world = world(&definition(callback(), json!({})));
    let arn = start(&mut world, &json!(["a", "b", "c"]));
    let first = tokens(&mut world);
    world.call(input::<SendTaskSuccess>(json!({"taskToken": first[0], "output": "0"}))).unwrap();
    world.call(input::<SendTaskFailure>(json!({"taskToken": first[1], "error": "E"}))).unwrap();
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    let failed = run(&world, &arn);
    assert_eq!(failed["status"], "FAILED");
    let child = &children(&world, &failed)[0]["executionArn"];
    let child = child.as_str().unwrap().to_owned();
    assert_eq!(describe(&world, &child)["redriveStatus"], "REDRIVABLE_BY_MAP_RUN");
    let refused = world.call(input::<RedriveExecution>(json!({"executionArn": child}))).unwrap_err();
    assert_eq!(refused.code, "ExecutionNotRedrivable");

    redrive(&mut world, &arn);
    let running = run(&world, &arn);
    assert_eq!((&running["status"], &running["redriveCount"]), (&json!("RUNNING"), &json!(1)));
    assert_eq!((&running["executionCounts"]["running"], &running["stopDate"]), (&json!(2), &Value::Null));
    assert_eq!(succeed_all(&mut world), 2);
    assert_eq!(output(&world, &arn), json!([0, 1, 1]));
    let done = run(&world, &arn);
    assert_eq!((&done["status"], &done["itemCounts"]["succeeded"]), (&json!("SUCCEEDED"), &json!(3)));
    assert_eq!(listed(&world, &done, json!({"redriveFilter": "REDRIVEN"})), 2);
    assert_eq!(listed(&world, &done, json!({"redriveFilter": "NOT_REDRIVEN"})), 1);
    let events = event_types(&world, &arn);
    let from = events.iter().position(|event| event == "ExecutionRedriven").unwrap();
    assert_eq!(
        events[from..],
        [
            "ExecutionRedriven",
            "MapRunRedriven",
            "MapRunSucceeded",
            "MapStateSucceeded",
            "MapStateExited",
            "ExecutionSucceeded"
        ]
    );
}

#[test]
fn children_wait_for_their_redrive_as_long_as_there_is_no_room() {
    let more = json!({"MaxConcurrency": 1, "ToleratedFailureCount": 2});
    let mut world = world(&definition(callback(), more));
    let arn = start(&mut world, &json!([1, 2, 3, 4]));
    for _ in 0..3 {
        assert_eq!(fail_one(&mut world), 1);
    }
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    redrive(&mut world, &arn);
    let going = run(&world, &arn);
    let counts = &going["executionCounts"];
    assert_eq!(
        (&counts["running"], &counts["pendingRedrive"], &counts["failed"]),
        (&json!(1), &json!(2), &json!(0))
    );
    assert_eq!(statuses(&world, &going), ["PENDING_REDRIVE", "PENDING_REDRIVE", "RUNNING"]);
    assert_eq!(listed(&world, &going, json!({"statusFilter": "PENDING_REDRIVE"})), 2);
    assert_eq!(listed(&world, &going, json!({"statusFilter": "FAILED"})), 0);

    // Stopped on the way, they are again what they were.
    world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    let stopped = run(&world, &arn);
    assert_eq!(
        (&stopped["executionCounts"]["failed"], &stopped["executionCounts"]["aborted"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(statuses(&world, &stopped), ["FAILED", "FAILED", "ABORTED"]);
    let mut world = world.restart();
    redrive(&mut world, &arn);
    let mut rounds = 0;
    while describe(&world, &arn)["status"] == "RUNNING" {
        for token in tokens(&mut world) {
            // Messages of earlier attempts come again, too, and their tokens are dead.
            drop(world.call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": "1"}))));
        }
        world.pass(31_000);
        rounds += 1;
        assert!(rounds < 20, "{}", run(&world, &arn));
    }
    assert_eq!(output(&world, &arn), json!([1, 1, 1, 1]));
    assert_eq!(run(&world, &arn)["redriveCount"], 2);
}

#[test]
fn a_redriven_run_fails_again_if_too_much_fails_again() {
    let mut world = world(&definition(callback(), json!({})));
    let arn = start(&mut world, &json!([1, 2]));
    for redriven in 0..3 {
        let failed = fail_one(&mut world);
        assert_eq!(failed, 2, "redrive {redriven}");
        assert_eq!(describe(&world, &arn)["status"], "FAILED");
        assert_eq!(run(&world, &arn)["status"], "FAILED");
        redrive(&mut world, &arn);
    }
    assert_eq!(succeed_all(&mut world), 2);
    assert_eq!(output(&world, &arn), json!([1, 1]));
}

#[test]
fn a_run_whose_items_can_not_be_read_begins_anew() {
    let parameters = json!({"Bucket": "bucket", "Key": "items.json"});
    let mut world = world(&definition(pass(), reader("getObject", parameters, json!({"InputType": "JSON"}))));
    let arn = start(&mut world, &json!({}));
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    put(&mut world, "items.json", "[1, 2]");
    redrive(&mut world, &arn);
    assert_eq!(output(&world, &arn), json!([1, 2]));
    let listed = world.read(&input::<ListMapRuns>(json!({"executionArn": arn}))).unwrap();
    assert_eq!(listed["mapRuns"].as_array().unwrap().len(), 2);
}

#[test]
fn express_children_begin_again_from_their_start() {
    let mut express = definition(pass(), json!({}));
    express["States"]["Map"]["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = json!("EXPRESS");
    express["States"]["Map"]["ItemProcessor"]["States"] = json!({
        "Child": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "Second", "ResultPath": null,
            "Parameters": {"QueueUrl": QUEUE, "MessageBody": {"TaskToken": "none"}}},
        "Second": {"Type": "Fail"},
    });
    let mut world = world(&express);
    let arn = start(&mut world, &json!([1]));
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    redrive(&mut world, &arn);
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    assert_eq!(tokens(&mut world), ["none", "none"], "the first state is done again");
    world.pass(91 * 24 * 3_600_000);
    for family in
        [Family::Execution, Family::ExecutionState, Family::MapRun, Family::MapName, Family::History]
    {
        assert_eq!(rows(&world, family), 0, "{family:?}");
    }
}

#[test]
fn a_run_that_failed_is_forgotten_with_its_parent_and_so_are_its_items() {
    let mut world = world(&definition(picky(), json!({"MaxConcurrency": 1})));
    let arn = start(&mut world, &json!(["bad", "good", "good"]));
    assert_eq!(describe(&world, &arn)["status"], "FAILED");
    assert_eq!(rows(&world, Family::ObjectBody), 1, "the items that are left are kept for a redrive");
    world.pass(91 * 24 * 3_600_000);
    for family in
        [Family::Execution, Family::MapRun, Family::ObjectBody, Family::ObjectPiece, Family::Revision]
    {
        let left = usize::from(family == Family::Revision);
        assert_eq!(rows(&world, family), left, "{family:?}");
    }
}

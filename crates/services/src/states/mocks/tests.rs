//! The configuration file and what executions make of it.

use super::{Misconfigured, Mocks};
use crate::settings::Settings;
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use std::sync::Arc;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

/// `[text, the complaint]`
#[test]
fn a_file_that_is_wrong_says_where() {
    let cases = [
        ("{", "1:1: this is not valid JSON"),
        ("[]", "1:1: an object is expected"),
        ("{}", "1:1: `StateMachines` is missing"),
        ("{\"StateMachines\": {}, \"More\": 1}", "1:31: `More` is not known here"),
        ("{\"StateMachines\": {\"m\": {}}}", "1:25: `TestCases` is missing"),
        (
            "{\"StateMachines\":\n {\"m\": {\"TestCases\": {\"c\": {\"S\": 1}}}}}",
            "2:34: the name of a mocked response is expected",
        ),
        (
            "{\"StateMachines\":\n {\"m\": {\"TestCases\": {\"c\": {\"S\": \"r\"}}}}}",
            "2:34: there is no mocked response `r`",
        ),
        (
            &responses("{\"x\": {\"Return\": 1}}"),
            "1:57: `x` is no try, such as `0`, and no range of tries, such as `1-3`",
        ),
        (
            &responses("{\"3-1\": {\"Return\": 1}}"),
            "1:59: `3-1` is no try, such as `0`, and no range of tries, such as `1-3`",
        ),
        (
            &responses("{\"0-1\": {\"Return\": 1}, \"1\": {\"Return\": 1}}"),
            "1:79: a try of `1` is there already",
        ),
        (&responses("{\"0\": {}}"), "1:57: one of `Return` and `Throw` is expected"),
        (
            &responses("{\"0\": {\"Return\": 1, \"Throw\": {\"Error\": \"E\"}}}"),
            "1:57: one of `Return` and `Throw` is expected",
        ),
        (&responses("{\"0\": {\"Throw\": {\"Cause\": \"c\"}}}"), "1:67: `Error` is missing"),
        (&responses("{\"0\": {\"Throw\": {\"Error\": 1}}}"), "1:77: a text is expected"),
    ];
    for (text, expected) in cases {
        let found = Mocks::read(text).map(drop).map_err(|wrong: Misconfigured| wrong.to_string());
        assert_eq!(found, Err(expected.to_owned()), "{text}");
    }
}

fn responses(response: &str) -> String {
    format!("{{\"StateMachines\": {{}}, \"MockedResponses\": {{\"name\": {response}}}}}")
}

fn world(mocks: &Value, definition: &Value) -> World {
    let mocks = Some(Arc::new(Mocks::read(&mocks.to_string()).unwrap()));
    let mut world = World::with_settings(Settings { mocks, ..Settings::default() });
    world.create_role("r", "states.amazonaws.com");
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": "arn:aws:iam::000000000000:role/r"});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

fn start(world: &mut World, case: &str) -> String {
    let output =
        world.call(input::<StartExecution>(json!({"stateMachineArn": format!("{MACHINE}#{case}")}))).unwrap();
    output["executionArn"].as_str().unwrap().to_owned()
}

fn described(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({ "executionArn": arn }))).unwrap()
}

fn one_task(resource: &str, more: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": resource, "End": true});
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"StartAt": "S", "States": {"S": task}})
}

fn mocks(responses: Value) -> Value {
    json!({
        "StateMachines": {"m": {"TestCases": {"Case": {"S": "Response"}, "Nothing": {}}}},
        "MockedResponses": {"Response": responses}
    })
}

#[test]
fn a_mocked_state_calls_nobody_whatever_its_resource() {
    let mocks = mocks(json!({"0": {"Return": {"a": 1}}}));
    for resource in [
        "arn:aws:states:::lambda:invoke",
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:::dynamodb:putItem",
        "arn:aws:states:::aws-sdk:kms:encrypt",
        "arn:aws:states:us-east-1:000000000000:activity:nobody",
        "arn:aws:lambda:us-east-1:000000000000:function:nobody",
    ] {
        let mut world = world(&mocks, &one_task(resource, json!({"Parameters": {}})));
        // That there is an activity is looked at before anything else.
        world.call(input::<CreateActivity>(json!({"name": "nobody"}))).unwrap();
        let arn = start(&mut world, "Case");
        let execution = described(&world, &arn);
        assert_eq!(
            (&execution["status"], &execution["output"]),
            (&json!("SUCCEEDED"), &json!("{\"a\":1}")),
            "{resource}"
        );
        assert!(world.owed.is_empty() && world.performed.is_empty(), "{resource}");
    }
}

#[test]
fn each_try_has_its_response() {
    let mocks = mocks(json!({
        "0": {"Throw": {"Error": "E", "Cause": "first"}},
        "1-2": {"Throw": {"Error": "E"}},
        "3": {"Return": "done"}
    }));
    let retry = json!({"Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 3}]});
    let mut world = world(&mocks, &one_task("arn:aws:states:::sqs:sendMessage", retry));
    let arn = start(&mut world, "Case");
    for _ in 0..3 {
        assert_eq!(described(&world, &arn)["status"], "RUNNING");
        world.pass(1000);
    }
    assert_eq!(described(&world, &arn)["output"], "\"done\"");
}

#[test]
fn an_error_is_thrown_and_a_try_without_a_response_fails() {
    let thrown = mocks(json!({"0": {"Throw": {"Error": "E", "Cause": "why"}}}));
    let silent = mocks(json!({"1": {"Return": 1}}));
    for (mocks, error, cause) in [
        (thrown, "E", "why"),
        (silent, "States.Runtime", "The mocked response 'Response' says nothing of try 0"),
    ] {
        let mut world = world(&mocks, &one_task("arn:aws:states:::sqs:sendMessage", json!({})));
        let arn = start(&mut world, "Case");
        let execution = described(&world, &arn);
        assert_eq!((&execution["error"], &execution["cause"]), (&json!(error), &json!(cause)));
    }
}

#[test]
fn a_state_that_is_not_mocked_does_its_work() {
    let mocks = mocks(json!({"0": {"Return": 1}}));
    let definition = one_task(
        "arn:aws:states:::sqs:sendMessage",
        json!({"Parameters": {"QueueUrl": "none", "MessageBody": "m"}}),
    );
    let mut world = world(&mocks, &definition);
    let arn = start(&mut world, "Nothing");
    assert_eq!(described(&world, &arn)["status"], "FAILED");
}

#[test]
fn an_unknown_test_case_starts_nothing() {
    let mocks = mocks(json!({"0": {"Return": 1}}));
    let mut world = world(&mocks, &one_task("arn:aws:states:::sqs:sendMessage", json!({})));
    let start = |world: &mut World, arn: &str| {
        let refused = world.call(input::<StartExecution>(json!({"stateMachineArn": arn}))).unwrap_err();
        (refused.code.to_string(), refused.message.to_string())
    };
    assert_eq!(
        start(&mut world, &format!("{MACHINE}#Other")),
        (
            "ValidationException".to_owned(),
            "The mock configuration has no test case 'Other' of the state machine 'm'".to_owned()
        )
    );
}

/// Where nothing is mocked, no state machine has such a name.
#[test]
fn without_a_configuration_there_are_no_test_cases() {
    let mut world = World::new();
    let refused = world
        .call(input::<StartExecution>(json!({"stateMachineArn": format!("{MACHINE}#Case")})))
        .unwrap_err();
    assert_eq!(refused.code, "StateMachineDoesNotExist");
}

/// The iterations of an inline Map state are the execution's own, those of a distributed one are executions.
#[test]
fn states_within_others_are_mocked_by_their_names() {
    for mode in [json!({"Mode": "INLINE"}), json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"})] {
        let definition = json!({"StartAt": "M", "States": {"M": {
            "Type": "Map", "End": true,
            "ItemProcessor": {"ProcessorConfig": mode, "StartAt": "S", "States": {
                "S": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}
            }}
        }}});
        let mut world = world(&mocks(json!({"0": {"Return": 7}})), &definition);
        let arn = format!("{MACHINE}#Case");
        let started =
            world.call(input::<StartExecution>(json!({"stateMachineArn": arn, "input": "[1,2]"}))).unwrap();
        world.pass(0);
        assert_eq!(described(&world, started["executionArn"].as_str().unwrap())["output"], "[7,7]", "{mode}");
    }
}

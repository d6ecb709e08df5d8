//! Rules through the shard: how they are kept, what they hear of executions, and how it reaches their targets.

use crate::events::*;
use crate::sns::{CreateTopic, Subscribe};
use crate::sqs::{CreateQueue, ReceiveMessage};
use crate::states::{CreateStateMachine, DescribeExecution, ListExecutions, StartExecution, StopExecution};
use crate::testing::{World, input};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::000000000000:role/r";
const QUEUE: &str = "http://localhost:4566/000000000000/q";
const QUEUE_ARN: &str = "arn:aws:sqs:us-east-1:000000000000:q";

fn world() -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.create_role("e", "events.amazonaws.com");
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    world
}

/// A state machine of this name with one state, and its ARN.
fn machine(world: &mut World, name: &str, state: Value) -> String {
    let definition = json!({"StartAt": "S", "States": {"S": state}}).to_string();
    let create = json!({"name": name, "definition": definition, "roleArn": ROLE});
    let made = world.call(input::<CreateStateMachine>(create)).unwrap();
    made["stateMachineArn"].as_str().unwrap().to_owned()
}

fn pass() -> Value {
    json!({"Type": "Pass", "End": true})
}

fn rule(world: &mut World, pattern: Value, target: Value) {
    let put = json!({"Name": "rule", "EventPattern": pattern.to_string()});
    let made = world.call(input::<PutRule>(put)).unwrap();
    assert_eq!(made["RuleArn"], "arn:aws:events:us-east-1:000000000000:rule/rule");
    let put = json!({"Rule": "rule", "Targets": [target]});
    assert_eq!(world.call(input::<PutTargets>(put)).unwrap()["FailedEntryCount"], 0);
}

fn start(world: &mut World, machine: &str) -> String {
    let started = json!({"stateMachineArn": machine, "input": "[1]"});
    world.call(input::<StartExecution>(started)).unwrap()["executionArn"].as_str().unwrap().to_owned()
}

/// The bodies of the messages in the queue, as JSON.
fn received(world: &mut World) -> Vec<Value> {
    let receive = json!({"QueueUrl": QUEUE, "MaxNumberOfMessages": 10});
    let answer = world.call(input::<ReceiveMessage>(receive)).unwrap();
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()).collect()
}

#[test]
fn the_status_of_an_execution_is_told_in_the_commit_that_changes_it() {
    let mut world = world();
    let machine = machine(&mut world, "m", pass());
    rule(&mut world, json!({"source": ["aws.states"]}), json!({"Id": "1", "Arn": QUEUE_ARN}));
    let commits = world.log.len();
    let execution = start(&mut world, &machine);
    assert_eq!(world.log.len(), commits + 1);
    let [running, ended] = received(&mut world).try_into().expect("two events");
    let expected = json!({
        "version": "0",
        "id": ended["id"],
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "000000000000",
        "time": "2023-11-14T22:13:20Z",
        "region": "us-east-1",
        "resources": [execution],
        "detail": {
            "executionArn": execution,
            "stateMachineArn": machine,
            "stateMachineVersionArn": null,
            "stateMachineAliasArn": null,
            "name": execution.rsplit(':').next(),
            "status": "SUCCEEDED",
            "startDate": 1_700_000_000_000_u64,
            "stopDate": 1_700_000_000_000_u64,
            "input": "[1]",
            "inputDetails": {"included": true},
            "output": "[1]",
            "outputDetails": {"included": true},
            "error": null,
            "cause": null,
            "redriveCount": 0,
            "redriveDate": null,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        },
    });
    assert_eq!(ended, expected);
    assert_eq!(running["detail"]["status"], "RUNNING");
    assert_eq!(
        (&running["detail"]["stopDate"], &running["detail"]["outputDetails"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn a_pattern_chooses_and_a_disabled_rule_hears_nothing() {
    let mut world = world();
    let wait = machine(&mut world, "w", json!({"Type": "Wait", "Seconds": 100, "End": true}));
    let pattern = json!({"detail": {"status": ["ABORTED"], "stateMachineArn": [wait]}});
    rule(&mut world, pattern, json!({"Id": "1", "Arn": QUEUE_ARN}));
    let stop = |world: &mut World| {
        let execution = start(world, &wait);
        world.call(input::<StopExecution>(json!({"executionArn": execution, "error": "E"}))).unwrap();
    };
    stop(&mut world);
    let [aborted] = received(&mut world).try_into().expect("one event");
    assert_eq!((&aborted["detail"]["status"], &aborted["detail"]["error"]), (&json!("ABORTED"), &json!("E")));
    world.call(input::<DisableRule>(json!({"Name": "rule"}))).unwrap();
    stop(&mut world);
    assert!(received(&mut world).is_empty());
    world.call(input::<EnableRule>(json!({"Name": "rule"}))).unwrap();
    stop(&mut world);
    assert_eq!(received(&mut world).len(), 1);
}

#[test]
fn an_event_starts_a_state_machine_in_a_turn_of_its_own_as_the_rules_role() {
    let mut world = world();
    let first = machine(&mut world, "first", pass());
    let second = machine(&mut world, "second", pass());
    let pattern = json!({"detail": {"status": ["SUCCEEDED"], "stateMachineArn": [first]}});
    let role = "arn:aws:iam::000000000000:role/e";
    let target = json!({"Id": "1", "Arn": second, "RoleArn": role, "InputPath": "$.detail.status"});
    rule(&mut world, pattern.clone(), target);
    start(&mut world, &first);
    let list = input::<ListExecutions>(json!({"stateMachineArn": second}));
    let listed = world.read(&list).unwrap()["executions"].clone();
    let described =
        world.read(&input::<DescribeExecution>(json!({"executionArn": listed[0]["executionArn"]}))).unwrap();
    assert_eq!((listed.as_array().unwrap().len(), &described["output"]), (1, &json!("\"SUCCEEDED\"")));
    // A role that doesn't trust EventBridge starts nothing; the event is in the dead-letter queue.
    let target = json!({"Id": "1", "Arn": second, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": QUEUE_ARN}});
    rule(&mut world, pattern, target);
    start(&mut world, &first);
    assert_eq!(world.read(&list).unwrap()["executions"].as_array().unwrap().len(), 1);
    assert_eq!(received(&mut world)[0]["source"], "aws.states");
}

#[test]
fn put_events_reaches_topics_with_what_a_transformer_makes_of_them() {
    let mut world = world();
    let topic = world.call(input::<CreateTopic>(json!({"Name": "t"}))).unwrap()["TopicArn"].clone();
    let raw = json!({"RawMessageDelivery": "true"});
    let subscribe = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE_ARN, "Attributes": raw});
    world.call(input::<Subscribe>(subscribe)).unwrap();
    let transformer = json!({"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": r#"{"n": <n>, "by": "<aws.events.rule-name>"}"#});
    let target = json!({"Id": "1", "Arn": topic, "InputTransformer": transformer});
    rule(&mut world, json!({"detail": {"n": [{"numeric": [">", 1]}]}}), target);
    let entry = |detail: &str, source: &str| json!({"Source": source, "DetailType": "d", "Detail": detail});
    let entries =
        [entry(r#"{"n": 1}"#, "s"), entry(r#"{"n": 2}"#, "s"), entry("no", "s"), entry("{}", "aws.s")];
    let put = world.call(input::<PutEvents>(json!({"Entries": entries}))).unwrap();
    assert_eq!(put["FailedEntryCount"], 2);
    let codes: Vec<_> =
        put["Entries"].as_array().unwrap().iter().map(|entry| entry["ErrorCode"].as_str()).collect();
    assert_eq!(codes, [None, None, Some("MalformedDetail"), Some("NotAuthorizedForSourceException")]);
    assert_eq!(received(&mut world), [json!({"n": 2, "by": "rule"})]);
}

#[test]
fn a_task_puts_events_on_the_bus_with_its_execution_among_their_resources() {
    let mut world = world();
    let entries = json!([{"Source": "s", "DetailType": "d", "Detail": {"n.$": "$[0]"}}]);
    let put = json!({"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "Parameters": {"Entries": entries}, "End": true});
    let machine = machine(&mut world, "m", put);
    rule(&mut world, json!({"source": ["s"]}), json!({"Id": "1", "Arn": QUEUE_ARN}));
    let execution = start(&mut world, &machine);
    let [event] = received(&mut world).try_into().expect("one event");
    assert_eq!((&event["detail"], &event["resources"]), (&json!({"n": 1}), &json!([machine, execution])));
    let ended = world.read(&input::<DescribeExecution>(json!({"executionArn": execution}))).unwrap();
    let output: Value = serde_json::from_str(ended["output"].as_str().unwrap()).unwrap();
    assert_eq!(output, json!({"Entries": [{"EventId": event["id"]}], "FailedEntryCount": 0}));
}

#[test]
fn a_missing_target_loses_the_event_to_its_dead_letter_queue_and_fails_nothing() {
    let mut world = world();
    let machine = machine(&mut world, "m", pass());
    let target = json!({"Id": "1", "Arn": "arn:aws:lambda:us-east-1:000000000000:function:none", "Input": "[2]",
        "DeadLetterConfig": {"Arn": QUEUE_ARN}});
    rule(&mut world, json!({"detail": {"status": ["SUCCEEDED"]}}), target);
    start(&mut world, &machine);
    assert_eq!(received(&mut world), [json!([2])]);
}

#[test]
fn rules_and_targets_are_kept_listed_and_taken_away() {
    let mut world = world();
    let pattern = json!({"source": ["s"]}).to_string();
    for name in ["a", "b", "c"] {
        let put = json!({"Name": name, "EventPattern": pattern, "State": "DISABLED", "Description": "d"});
        world.call(input::<PutRule>(put)).unwrap();
    }
    let first = world.read(&input::<ListRules>(json!({"Limit": 2}))).unwrap();
    let rest = world.read(&input::<ListRules>(json!({"Limit": 2, "NextToken": first["NextToken"]}))).unwrap();
    let names = |list: &Value| {
        list["Rules"].as_array().unwrap().iter().map(|rule| rule["Name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (names(&first), names(&rest), rest.get("NextToken")),
        (vec![json!("a"), json!("b")], vec![json!("c")], None)
    );
    let shown = world.read(&input::<DescribeRule>(json!({"Name": "a"}))).unwrap();
    let expected = json!({"Name": "a", "Arn": "arn:aws:events:us-east-1:000000000000:rule/a", "EventPattern": pattern,
        "State": "DISABLED", "Description": "d", "EventBusName": "default", "CreatedBy": "000000000000"});
    assert_eq!(shown, expected);
    let target = json!({"Id": "1", "Arn": QUEUE_ARN, "Input": "{}"});
    world.call(input::<PutTargets>(json!({"Rule": "a", "Targets": [target]}))).unwrap();
    let listed = world.read(&input::<ListTargetsByRule>(json!({"Rule": "a"}))).unwrap();
    assert_eq!(listed, json!({"Targets": [target]}));
    let refused = world.call(input::<DeleteRule>(json!({"Name": "a"}))).unwrap_err();
    assert_eq!(refused.message, "Rule can't be deleted since it has targets.");
    world.call(input::<RemoveTargets>(json!({"Rule": "a", "Ids": ["1", "none"]}))).unwrap();
    world.call(input::<DeleteRule>(json!({"Name": "a"}))).unwrap();
    world.call(input::<DeleteRule>(json!({"Name": "a"}))).unwrap();
    let refused = world.read(&input::<DescribeRule>(json!({"Name": "a"}))).unwrap_err();
    assert_eq!(
        (&*refused.code, &*refused.message),
        ("ResourceNotFoundException", "Rule a does not exist on EventBus default.")
    );
}

#[test]
fn what_can_not_be_a_rule_or_a_target_is_refused() {
    let mut world = world();
    let rules = [
        (json!({"Name": "x"}), "ValidationException"),
        (json!({"Name": "x", "ScheduleExpression": "rate(1 minute)"}), "ValidationException"),
        (json!({"Name": "x", "EventPattern": "{\"a\": 1}"}), "InvalidEventPatternException"),
        (json!({"Name": "x y", "EventPattern": "{\"a\": [1]}"}), "ValidationException"),
        (
            json!({"Name": "x", "EventPattern": "{\"a\": [1]}", "EventBusName": "other"}),
            "ResourceNotFoundException",
        ),
    ];
    for (put, code) in rules {
        assert_eq!(world.call(input::<PutRule>(put.clone())).unwrap_err().code, code, "{put}");
    }
    world.call(input::<PutRule>(json!({"Name": "x", "EventPattern": "{\"a\": [1]}"}))).unwrap();
    let targets = [
        json!({"Id": "1", "Arn": "arn:aws:ecs:us-east-1:000000000000:cluster/c"}),
        json!({"Id": "1", "Arn": "arn:aws:states:us-east-1:000000000000:stateMachine:m"}),
        json!({"Id": "1", "Arn": QUEUE_ARN, "Input": "no"}),
        json!({"Id": "1", "Arn": QUEUE_ARN, "Input": "{}", "InputPath": "$.a"}),
        json!({"Id": "1", "Arn": QUEUE_ARN, "InputPath": "a["}),
    ];
    for target in targets {
        let put = json!({"Rule": "x", "Targets": [target]});
        assert_eq!(world.call(input::<PutTargets>(put)).unwrap_err().code, "ValidationException", "{target}");
    }
    let six: Vec<_> = (0..6).map(|id| json!({"Id": id.to_string(), "Arn": QUEUE_ARN})).collect();
    let put = json!({"Rule": "x", "Targets": six});
    assert_eq!(world.call(input::<PutTargets>(put)).unwrap_err().code, "LimitExceededException");
    let test = json!({"EventPattern": "{\"source\": [\"s\"]}", "Event": json!({"id": "1", "account": "1", "source": "s",
        "time": "t", "region": "r", "resources": [], "detail-type": "d"}).to_string()});
    assert_eq!(world.read(&input::<TestEventPattern>(test)).unwrap(), json!({"Result": true}));
}

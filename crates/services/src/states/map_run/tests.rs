//! Runs of distributed Map states: every item gets one execution, whatever the source, and counts, results and what is left in
//! the store agree. A run goes on over a restart at any commit.

use crate::context::Context;
use crate::keys::{Family, Key};
use crate::s3::{CreateBucket, DeleteObject, GetObject, PutObject};
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::sqs::{CreateQueue, ReceiveMessage};
use crate::states::*;
use crate::testing::{World, input, request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use stepwell_store::Direction;

mod readers;
mod redrive;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
const QUEUE: &str = "http://localhost:4566/000000000000/q";

fn pass() -> Value {
    json!({"Type": "Pass", "End": true})
}

/// A task whose token comes through a queue.
fn callback() -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": QUEUE, "MessageBody": {"TaskToken.$": "$$.Task.Token", "Item.$": "$"}},
        "End": true
    })
}

/// Fails for items that are `"bad"`.
fn picky() -> Value {
    json!({"Type": "Choice", "Choices": [{"Variable": "$", "StringEquals": "bad", "Next": "No"}], "Default": "Yes"})
}

fn definition(child: Value, more: Value) -> Value {
    let is_picky = child["Type"] == "Choice";
    let mut states = json!({"Child": child});
    if is_picky {
        states["No"] = json!({"Type": "Fail", "Error": "Bad", "Cause": "it is bad"});
        states["Yes"] = json!({"Type": "Succeed"});
    }
    let mut map = json!({
        "Type": "Map",
        "Label": "each",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Child",
            "States": states
        },
        "End": true
    });
    map.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"StartAt": "Map", "States": {"Map": map}})
}

fn world(definition: &Value) -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    world.call(input::<CreateBucket>(json!({"Bucket": "bucket"}))).unwrap();
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": "arn:aws:iam::000000000000:role/r"});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

fn put(world: &mut World, key: &str, text: impl AsRef<[u8]>) {
    let put = json!({"Bucket": "bucket", "Key": key, "Body": BASE64.encode(text)});
    world.call(input::<PutObject>(put)).unwrap();
}

fn start(world: &mut World, input_value: &Value) -> String {
    let start = json!({"stateMachineArn": MACHINE, "input": input_value.to_string()});
    let answer = world.call(input::<StartExecution>(start)).unwrap();
    answer["executionArn"].as_str().unwrap().to_owned()
}

fn describe(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()
}

fn output(world: &World, arn: &str) -> Value {
    let described = describe(world, arn);
    assert_eq!(described["status"], "SUCCEEDED", "{described}");
    serde_json::from_str(described["output"].as_str().unwrap()).unwrap()
}

/// The only run of an execution, as it is described.
fn run(world: &World, execution: &str) -> Value {
    let listed = world.read(&input::<ListMapRuns>(json!({"executionArn": execution}))).unwrap();
    let runs = listed["mapRuns"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    world.read(&input::<DescribeMapRun>(json!({"mapRunArn": runs[0]["mapRunArn"]}))).unwrap()
}

fn children(world: &World, run: &Value) -> Vec<Value> {
    let list = json!({"mapRunArn": run["mapRunArn"], "maxResults": 1000});
    world.read(&input::<ListExecutions>(list)).unwrap()["executions"].as_array().unwrap().clone()
}

fn event_types(world: &World, arn: &str) -> Vec<String> {
    let history = world.read(&input::<GetExecutionHistory>(json!({"executionArn": arn}))).unwrap();
    history["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}

fn rows(world: &World, family: Family) -> usize {
    let all = Key::new(family);
    world.store.scan(all.as_bytes(), &all.end(), Direction::Forward).count()
}

fn tokens(world: &mut World) -> Vec<String> {
    let receive = json!({"QueueUrl": QUEUE, "MaxNumberOfMessages": 10});
    let answer = world.call(input::<ReceiveMessage>(receive)).unwrap();
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    let token = |message: &Value| {
        let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        body["TaskToken"].as_str().unwrap().to_owned()
    };
    messages.iter().map(token).collect()
}

fn reader(resource: &str, parameters: Value, config: Value) -> Value {
    json!({"ItemReader": {
        "Resource": format!("arn:aws:states:::s3:{resource}"), "Parameters": parameters, "ReaderConfig": config
    }})
}

#[test]
fn each_item_of_the_input_is_an_execution_of_its_own() {
    let mut world = world(&definition(
        pass(),
        json!({"ItemSelector": {"item.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "all.$": "$.n"}, "ItemsPath": "$.items"}),
    ));
    let items: Vec<u64> = (0..100).collect();
    let arn = start(&mut world, &json!({"items": items, "n": 7}));
    let expected: Vec<_> = items.iter().map(|item| json!({"item": item, "at": item, "all": 7})).collect();
    assert_eq!(output(&world, &arn), json!(expected));
    let run = run(&world, &arn);
    assert_eq!((&run["status"], &run["itemCounts"]["succeeded"]), (&json!("SUCCEEDED"), &json!(100)));
    let children = children(&world, &run);
    assert_eq!(children.len(), 100);
    assert_eq!(children[0]["stateMachineArn"], format!("{MACHINE}/each"));
    let child = describe(&world, children[0]["executionArn"].as_str().unwrap());
    assert_eq!((&child["mapRunArn"], &child["status"]), (&run["mapRunArn"], &json!("SUCCEEDED")));
    let types = event_types(&world, &arn);
    assert_eq!(
        types[1..],
        [
            "MapStateEntered",
            "MapStateStarted",
            "MapRunStarted",
            "MapRunSucceeded",
            "MapStateSucceeded",
            "MapStateExited",
            "ExecutionSucceeded"
        ]
    );
}

#[test]
fn no_item_is_no_execution() {
    let mut world = world(&definition(pass(), json!({})));
    let arn = start(&mut world, &json!([]));
    assert_eq!(output(&world, &arn), json!([]));
}

#[test]
fn items_are_read_from_objects_in_every_form() {
    let csv = "a,b\n1,\"x, y\"\n2,z,too much\n\n3\n";
    let rows = json!([{"a": "1", "b": "x, y"}, {"a": "2", "b": "z"}, {"a": "3"}]);
    let given = json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["k", "v"], "CSVDelimiter": "PIPE"});
    let cases = [
        ("[1, {\"a\": [2]}, \"x\"]", json!({"InputType": "JSON"}), json!([1, {"a": [2]}, "x"])),
        ("{\"a\":1}\n\n2\n[3]", json!({"InputType": "JSONL"}), json!([{"a": 1}, 2, [3]])),
        (csv, json!({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}), rows),
        ("1|2\r\n3|4\r\n", given, json!([{"k": "1", "v": "2"}, {"k": "3", "v": "4"}])),
        ("[1,2,3,4]", json!({"InputType": "JSON", "MaxItems": 2}), json!([1, 2])),
        ("{\"x\": {\"y\": [5]}}", json!({"InputType": "JSON", "ItemsPointer": "/x/y"}), json!([5])),
    ];
    for (text, config, expected) in cases {
        let reads = reader("getObject", json!({"Bucket": "bucket", "Key.$": "$.key"}), config);
        let mut world = world(&definition(pass(), reads));
        put(&mut world, "items", text);
        let arn = start(&mut world, &json!({"key": "items"}));
        assert_eq!(output(&world, &arn), expected, "{text}");
    }
}

#[test]
fn items_go_on_over_the_ends_of_windows() {
    let letters = |number: usize| "abcdefghij".repeat(10_000 - number * 7);
    let items: Vec<String> = (0..30).map(letters).collect();
    let lines: Vec<String> = items.iter().map(|item| json!(item).to_string()).collect();
    let csv = json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["k"]});
    for (text, config) in [
        (json!(items).to_string(), json!({"InputType": "JSON"})),
        (lines.join("\n"), json!({"InputType": "JSONL"})),
        (lines.join("\n"), csv),
    ] {
        let mut reads = reader("getObject", json!({"Bucket": "bucket", "Key": "items"}), config);
        reads["ItemSelector"] = json!({"at.$": "$$.Map.Item.Index"});
        let mut world = world(&definition(pass(), reads));
        put(&mut world, "items", &text);
        let arn = start(&mut world, &json!({}));
        let expected: Vec<_> = (0..30).map(|at| json!({"at": at})).collect();
        assert_eq!(output(&world, &arn), json!(expected));
    }
}

#[test]
fn what_can_not_be_read_fails_the_run_and_can_be_caught() {
    let csv = json!({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"});
    for (text, config, cause) in [
        ("{\"a\": 1}", json!({"InputType": "JSON"}), "Attempting to map over non-iterable node."),
        ("[1, 2", json!({"InputType": "JSON"}), "Attempting to map over non-iterable node."),
        (&" ".repeat(3 << 20), json!({"InputType": "JSON"}), "Attempting to map over non-iterable node."),
        ("a,a\n1,2\n", csv, "CSV headers cannot contain duplicates."),
        (
            "{\"a\": [1]}",
            json!({"InputType": "JSON", "ItemsPointer": "/b"}),
            "Attempting to map over non-iterable node.",
        ),
    ] {
        let reads = reader("getObject", json!({"Bucket": "bucket", "Key": "items"}), config);
        let mut world = world(&definition(pass(), reads));
        put(&mut world, "items", text);
        let arn = start(&mut world, &json!({}));
        let described = describe(&world, &arn);
        assert_eq!(
            (&described["error"], &described["cause"]),
            (&json!("States.ItemReaderFailed"), &json!(cause))
        );
        let types = event_types(&world, &arn);
        assert_eq!(types[3..], ["MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed"]);
    }
    let mut caught =
        definition(pass(), reader("getObject", json!({"Bucket": "bucket", "Key": "none"}), json!({})));
    caught["States"]["Map"]["Catch"] =
        json!([{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught"}]);
    caught["States"]["Caught"] = json!({"Type": "Pass", "Result": "caught", "End": true});
    let mut world = world(&caught);
    let arn = start(&mut world, &json!({}));
    assert_eq!(output(&world, &arn), "caught");
}

#[test]
fn a_bucket_s_objects_are_items() {
    let reads = reader("listObjectsV2", json!({"Bucket": "bucket", "Prefix": "in/"}), json!({}));
    let mut world = world(&definition(pass(), reads));
    for number in 0..30 {
        put(&mut world, &format!("in/{number:02}"), "x");
    }
    put(&mut world, "out", "x");
    let arn = start(&mut world, &json!({}));
    let items = output(&world, &arn);
    assert_eq!((items.as_array().unwrap().len(), &items[29]["Key"]), (30, &json!("in/29")));
}

#[test]
fn an_object_may_go_while_its_items_are_read() {
    let lines: String = (0..50).map(|number| format!("{number}\n")).collect();
    let mut reads =
        reader("getObject", json!({"Bucket": "bucket", "Key": "items"}), json!({"InputType": "JSONL"}));
    reads["MaxConcurrency"] = json!(5);
    let mut world = world(&definition(callback(), reads));
    put(&mut world, "items", &lines);
    let arn = start(&mut world, &json!({}));
    world.call(input::<DeleteObject>(json!({"Bucket": "bucket", "Key": "items"}))).unwrap();
    assert!(rows(&world, Family::ObjectPiece) > 0, "the run keeps what it reads from");
    let mut answered = 0;
    while describe(&world, &arn)["status"] == "RUNNING" {
        assert!(run(&world, &arn)["executionCounts"]["running"].as_u64().unwrap() <= 5);
        let tokens = tokens(&mut world);
        assert!(!tokens.is_empty(), "after {answered}");
        for token in tokens {
            let answer = json!({"taskToken": token, "output": answered.to_string()});
            world.call(input::<SendTaskSuccess>(answer)).unwrap();
            answered += 1;
        }
        // The memory of it is lost at every round.
        world = world.restart();
    }
    assert_eq!(answered, 50);
    assert_eq!(output(&world, &arn).as_array().unwrap().len(), 50);
    assert_eq!(rows(&world, Family::ObjectPiece), 0);
}

#[test]
fn items_are_put_together_in_batches() {
    let batcher = json!({"ItemBatcher": {"MaxItemsPerBatch": 3, "BatchInput": {"n.$": "$[0]"}}});
    let mut world_of_three = world(&definition(pass(), batcher));
    let arn = start(&mut world_of_three, &json!([1, 2, 3, 4, 5, 6, 7]));
    let batch = |items: Value| json!({"BatchInput": {"n": 1}, "Items": items});
    assert_eq!(
        output(&world_of_three, &arn),
        json!([batch(json!([1, 2, 3])), batch(json!([4, 5, 6])), batch(json!([7]))])
    );
    let run = run(&world_of_three, &arn);
    assert_eq!((&run["itemCounts"]["total"], &run["executionCounts"]["total"]), (&json!(7), &json!(3)));
    assert_eq!(children(&world_of_three, &run)[0]["itemCount"], 1);
    let by_bytes = json!({"ItemBatcher": {"MaxInputBytesPerBatch": 40}});
    let mut world = world(&definition(pass(), by_bytes));
    let arn =
        start(&mut world, &json!(["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc", "dddddddddd", "eeeeeeeeee"]));
    let batches = output(&world, &arn);
    let sizes: Vec<_> =
        batches.as_array().unwrap().iter().map(|batch| batch["Items"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
}

#[test]
fn failures_are_tolerated_as_far_as_the_state_says() {
    let items = json!(["good", "bad", "good", "bad"]);
    for (more, status) in [
        (json!({}), "FAILED"),
        (json!({"ToleratedFailureCount": 1}), "FAILED"),
        (json!({"ToleratedFailureCount": 2}), "SUCCEEDED"),
        (json!({"ToleratedFailurePercentage": 49.9}), "FAILED"),
        (json!({"ToleratedFailurePercentage": 50}), "SUCCEEDED"),
    ] {
        let mut world = world(&definition(picky(), more.clone()));
        let arn = start(&mut world, &items);
        let described = describe(&world, &arn);
        assert_eq!(described["status"], status, "{more}");
        let run = run(&world, &arn);
        assert_eq!(run["status"], status);
        if status == "FAILED" {
            assert_eq!(described["error"], "States.ExceedToleratedFailureThreshold");
            assert_eq!(described["cause"], "The specified tolerated failure threshold was exceeded");
        } else {
            assert_eq!(run["itemCounts"]["failed"], 2);
            assert_eq!(output(&world, &arn)[1], json!({"Error": "Bad", "Cause": "it is bad"}));
        }
    }
}

#[test]
fn a_parent_that_is_stopped_stops_its_run() {
    let mut world = world(&definition(callback(), json!({})));
    let arn = start(&mut world, &json!([1, 2, 3]));
    world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    let run = run(&world, &arn);
    assert_eq!((&run["status"], &run["executionCounts"]["aborted"]), (&json!("ABORTED"), &json!(3)));
    assert!(children(&world, &run).iter().all(|child| child["status"] == "ABORTED"));
    assert_eq!(event_types(&world, &arn)[3..], ["MapRunStarted", "MapRunAborted", "ExecutionAborted"]);
    for token in tokens(&mut world) {
        let late = json!({"taskToken": token, "output": "1"});
        assert_eq!(world.call(input::<SendTaskSuccess>(late)).unwrap_err().code, "TaskTimedOut");
    }
}

#[test]
fn a_run_is_tried_again_and_its_limits_can_be_changed() {
    let mut retried = definition(picky(), json!({}));
    retried["States"]["Map"]["Retry"] = json!([{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "IntervalSeconds": 1, "MaxAttempts": 1}]);
    let mut first = world(&retried);
    let arn = start(&mut first, &json!(["bad"]));
    first.pass(2000);
    let listed = first.read(&input::<ListMapRuns>(json!({"executionArn": arn}))).unwrap();
    assert_eq!(listed["mapRuns"].as_array().unwrap().len(), 2);
    assert_eq!(describe(&first, &arn)["status"], "FAILED");

    let mut world = world(&definition(callback(), json!({"MaxConcurrency": 1})));
    let arn = start(&mut world, &json!([1, 2, 3]));
    let number = |world: &World| run(world, &arn)["executionCounts"]["running"].clone();
    assert_eq!(number(&world), 1);
    let update = json!({"mapRunArn": run(&world, &arn)["mapRunArn"], "maxConcurrency": 2});
    world.call(input::<UpdateMapRun>(update.clone())).unwrap();
    assert_eq!(number(&world), 2);
    world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    assert_eq!(world.call(input::<UpdateMapRun>(update)).unwrap_err().code, "ValidationException");
}

#[test]
fn results_go_to_a_bucket_with_a_manifest() {
    let writes = json!({
        "ToleratedFailureCount": 1,
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "bucket", "Prefix": "out"}}
    });
    let mut world = world(&definition(picky(), writes));
    let arn = start(&mut world, &json!(["good", "bad"]));
    let output = output(&world, &arn);
    let run = run(&world, &arn);
    assert_eq!(output["MapRunArn"], run["mapRunArn"]);
    let object = |key: &Value| -> Value {
        let get: GetObject = input(json!({"Bucket": "bucket", "Key": key}));
        let (settings, secrets) = (Settings::default(), Secrets::new([7; 32]));
        let context = Context::new(0, request(), [0; 32], &settings, &secrets);
        serde_json::from_slice(&get.read(&world.store.snapshot(), &context).unwrap().bytes).unwrap()
    };
    let manifest = object(&output["ResultWriterDetails"]["Key"]);
    let succeeded = object(&manifest["ResultFiles"]["SUCCEEDED"][0]["Key"]);
    assert_eq!((&succeeded[0]["Output"], &succeeded[0]["Status"]), (&json!("\"good\""), &json!("SUCCEEDED")));
    let failed = object(&manifest["ResultFiles"]["FAILED"][0]["Key"]);
    assert_eq!((&failed[0]["Error"], failed.as_array().unwrap().len()), (&json!("Bad"), 1));
    assert_eq!(manifest["ResultFiles"]["PENDING"], json!([]));
}

#[test]
fn a_result_that_is_too_large_fails_the_state() {
    let mut world =
        world(&definition(json!({"Type": "Pass", "Result": "x".repeat(100_000), "End": true}), json!({})));
    let arn = start(&mut world, &json!([1, 2, 3]));
    assert_eq!(describe(&world, &arn)["error"], "States.DataLimitExceeded");
    assert_eq!(run(&world, &arn)["status"], "SUCCEEDED");
}

#[test]
fn express_children_leave_nothing_behind() {
    let mut express = definition(pass(), json!({}));
    express["States"]["Map"]["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = json!("EXPRESS");
    let mut world = world(&express);
    let arn = start(&mut world, &json!([1, 2, 3]));
    assert_eq!(output(&world, &arn), json!([1, 2, 3]));
    assert_eq!(rows(&world, Family::Execution), 1);
    let list = json!({"mapRunArn": run(&world, &arn)["mapRunArn"]});
    let refused = world.read(&input::<ListExecutions>(list)).unwrap_err();
    assert_eq!(refused.code, "StateMachineTypeNotSupported");
}

#[test]
fn everything_goes_with_the_parent() {
    let deleted = |world: &mut World| {
        world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
    };
    let forgotten = |world: &mut World| world.pass(91 * 24 * 3_600_000);
    for go in [&deleted as &dyn Fn(&mut World), &forgotten] {
        let mut inner = definition(pass(), json!({}))["States"]["Map"].clone();
        inner["ItemProcessor"]["StartAt"] = json!("Innermost");
        inner["ItemProcessor"]["States"] = json!({"Innermost": pass()});
        let nested = definition(inner, json!({}));
        let mut world = world(&nested);
        let arn = start(&mut world, &json!([[1, 2], [3]]));
        assert_eq!(output(&world, &arn), json!([[1, 2], [3]]));
        go(&mut world);
        for family in [
            Family::Execution,
            Family::ExecutionState,
            Family::MapRun,
            Family::MapName,
            Family::History,
            Family::ExecutionName,
        ] {
            assert_eq!(rows(&world, family), 0, "{family:?}");
        }
    }
}

//! Mappings through the shard: messages go to the function as soon as they are there, and what becomes of them is its answer's.

use super::*;
use crate::effect::{Effect, EffectResult, FunctionAnswer, InvokeFunction, InvokePurpose};
use crate::keys::Family;
use crate::lambda::tests::{function, prepare, ran, rows_of, world};
use crate::lambda::{DeleteFunction, UpdateEventSourceMapping};
use crate::sqs::{CreateQueue, DeleteQueue, SendMessage};
use crate::testing::{ACCOUNT, REGION, World, input};
use serde_json::{Value, json};

fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

fn url(queue: &str) -> String {
    format!("http://localhost:4566/{ACCOUNT}/{queue}")
}

/// A world with a queue `q`, a ready function `f`, and a mapping from the one to the other. Gives the mapping's UUID too.
fn mapped(members: Value) -> (World, String) {
    let mut world = world();
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    world.call(function(json!({}))).unwrap();
    prepare(&mut world, Ok(()));
    let uuid = map(&mut world, members);
    (world, uuid)
}

fn map(world: &mut World, members: Value) -> String {
    let mut all = json!({"FunctionName": "f", "EventSourceArn": arn("q")});
    for (name, value) in members.as_object().unwrap() {
        all[name] = value.clone();
    }
    let mapping = world.call(input::<CreateEventSourceMapping>(all)).unwrap();
    assert_eq!(mapping["State"], "Creating");
    mapping["UUID"].as_str().unwrap().to_owned()
}

fn send(world: &mut World, bodies: &[&str]) {
    for body in bodies {
        world.call(input::<SendMessage>(json!({"QueueUrl": url("q"), "MessageBody": body}))).unwrap();
    }
}

/// The batches that were handed to the function and not taken note of yet.
fn batches(world: &mut World) -> Vec<InvokeFunction> {
    let invoke = |effect| match effect {
        Effect::Invoke(invoke) => invoke,
        other => panic!("{other:?}"),
    };
    std::mem::take(&mut world.performed).into_iter().map(invoke).collect()
}

fn records(invoke: &InvokeFunction) -> Vec<Value> {
    let event: Value = serde_json::from_str(&invoke.payload).unwrap();
    event["Records"].as_array().unwrap().clone()
}

fn bodies(invoke: &InvokeFunction) -> Vec<String> {
    records(invoke).iter().map(|record| record["body"].as_str().unwrap().to_owned()).collect()
}

fn answer(world: &mut World, invoke: &InvokeFunction, result: EffectResult) {
    world.complete_performed(Effect::Invoke(invoke.clone()), result);
}

fn refused(status: u16) -> EffectResult {
    let (code, message) = ("TooManyRequestsException".to_owned(), "Rate Exceeded.".to_owned());
    EffectResult::Invoked(FunctionAnswer::Refused { code, status, message })
}

fn state(world: &World, uuid: &str) -> Option<Value> {
    world.read(&input::<GetEventSourceMapping>(json!({"UUID": uuid}))).ok().map(|mut got| got["State"].take())
}

#[test]
fn a_message_reaches_the_function_at_once_and_is_deleted_when_it_succeeds() {
    let (mut world, uuid) = mapped(json!({}));
    assert_eq!(state(&world, &uuid), Some(json!("Enabled")));
    let attributes = json!({"k": {"DataType": "String", "StringValue": "v"}});
    let message = json!({"QueueUrl": url("q"), "MessageBody": "{\"a\":1}", "MessageAttributes": attributes});
    let sent = world.call(input::<SendMessage>(message)).unwrap();
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    let [record] = &records(batch)[..] else { panic!("one record") };
    assert_eq!(record["messageId"], sent["MessageId"]);
    assert_eq!(record["md5OfBody"], sent["MD5OfMessageBody"]);
    assert_eq!(record["md5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!((&record["body"], &record["eventSource"]), (&json!("{\"a\":1}"), &json!("aws:sqs")));
    assert_eq!((&record["eventSourceARN"], &record["awsRegion"]), (&json!(arn("q")), &json!(REGION)));
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    let shown =
        json!({"stringValue": "v", "stringListValues": [], "binaryListValues": [], "dataType": "String"});
    assert_eq!(record["messageAttributes"], json!({ "k": shown }));
    answer(&mut world, batch, ran("null", None));
    assert_eq!(rows_of(&world, Family::Message), 0);
    world.pass(100_000);
    assert!(batches(&mut world).is_empty());
}

#[test]
fn what_fails_comes_back_after_its_visibility_timeout_with_its_receive_counted() {
    let (mut world, _) = mapped(json!({}));
    send(&mut world, &["a"]);
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    answer(&mut world, batch, ran("{\"errorMessage\":\"oops\"}", Some("Unhandled")));
    world.pass(29_999);
    assert!(batches(&mut world).is_empty());
    world.pass(1);
    let [again] = &batches(&mut world)[..] else { panic!("one batch") };
    assert_eq!(records(again)[0]["attributes"]["ApproximateReceiveCount"], "2");
}

#[test]
fn a_message_that_fails_too_often_goes_to_the_dead_letter_queue_by_itself() {
    let mut world = world();
    world.call(input::<CreateQueue>(json!({"QueueName": "dead"}))).unwrap();
    let redrive = json!({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": 1}).to_string();
    world
        .call(input::<CreateQueue>(json!({"QueueName": "q", "Attributes": {"RedrivePolicy": redrive}})))
        .unwrap();
    world.call(function(json!({}))).unwrap();
    prepare(&mut world, Ok(()));
    map(&mut world, json!({}));
    send(&mut world, &["poison"]);
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    answer(&mut world, batch, ran("{}", Some("Unhandled")));
    world.pass(30_000);
    assert!(batches(&mut world).is_empty(), "no third delivery");
    let receive = input::<crate::sqs::ReceiveMessage>(json!({"QueueUrl": url("dead")}));
    assert_eq!(world.call(receive).unwrap()["Messages"][0]["Body"], "poison");
    send(&mut world, &["next"]);
    assert_eq!(bodies(&batches(&mut world)[0]), ["next"], "the poller goes on");
}

#[test]
fn reported_failures_stay_and_the_others_go() {
    let (mut world, _) = mapped(
        json!({"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumBatchingWindowInSeconds": 1}),
    );
    send(&mut world, &["a", "b", "c"]);
    world.pass(1000);
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    let id = &records(batch)[1]["messageId"];
    let report = json!({"batchItemFailures": [{"itemIdentifier": id}]}).to_string();
    answer(&mut world, batch, ran(&report, None));
    assert_eq!(rows_of(&world, Family::Message), 1);
    world.pass(31_000);
    assert_eq!(bodies(&batches(&mut world)[0]), ["b"]);
}

#[test]
fn a_full_backlog_goes_out_in_as_many_batches_as_may_be_at_once() {
    for (members, most) in [
        (json!({"BatchSize": 2}), 5),
        (json!({"BatchSize": 2, "ScalingConfig": {"MaximumConcurrency": 3}}), 3),
    ] {
        let (mut world, uuid) = mapped(members);
        world.call(input::<UpdateEventSourceMapping>(json!({"UUID": uuid, "Enabled": false}))).unwrap();
        send(&mut world, &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14"]);
        assert!(batches(&mut world).is_empty());
        let enabling =
            world.call(input::<UpdateEventSourceMapping>(json!({"UUID": uuid, "Enabled": true}))).unwrap();
        assert_eq!((&enabling["State"], state(&world, &uuid)), (&json!("Enabling"), Some(json!("Enabled"))));
        let taken = batches(&mut world);
        assert_eq!(taken.len(), most);
        assert!(taken.iter().all(|batch| records(batch).len() == 2));
        answer(&mut world, &taken[0], ran("null", None));
        assert_eq!(batches(&mut world).len(), 1, "its place is taken by the next");
    }
}

#[test]
fn a_window_gathers_until_it_ends_or_a_batch_is_full() {
    let (mut world, _) = mapped(json!({"BatchSize": 3, "MaximumBatchingWindowInSeconds": 20}));
    send(&mut world, &["a"]);
    world.pass(10_000);
    send(&mut world, &["b"]);
    world.pass(9_999);
    assert!(batches(&mut world).is_empty());
    world.pass(1);
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    assert_eq!(bodies(batch), ["a", "b"], "after the first message's 20 s");
    answer(&mut world, batch, ran("null", None));
    send(&mut world, &["c", "d", "e"]);
    assert_eq!(bodies(&batches(&mut world)[0]), ["c", "d", "e"], "full at once");
}

#[test]
fn a_batch_stays_below_what_an_invocation_can_carry() {
    let (mut world, uuid) = mapped(json!({}));
    world.call(input::<UpdateEventSourceMapping>(json!({"UUID": uuid, "Enabled": false}))).unwrap();
    let large = "\"".repeat(1_000_000);
    send(&mut world, &[large.as_str(); 10]);
    world.call(input::<UpdateEventSourceMapping>(json!({"UUID": uuid, "Enabled": true}))).unwrap();
    let taken = batches(&mut world);
    assert!(taken.len() > 1 && taken.iter().all(|batch| batch.payload.len() < 6_291_456));
}

#[test]
fn what_no_filter_lets_through_is_deleted_without_an_invocation() {
    let pattern = json!({"body": {"kind": ["wanted"]}}).to_string();
    let (mut world, _) = mapped(json!({"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}));
    send(&mut world, &["plain", "{\"kind\":\"other\"}"]);
    assert_eq!((batches(&mut world).len(), rows_of(&world, Family::Message)), (0, 0));
    send(&mut world, &["{\"kind\":\"wanted\"}"]);
    assert_eq!(batches(&mut world).len(), 1);
}

#[test]
fn a_disabled_or_deleted_mapping_takes_nothing_and_ends_what_it_began() {
    let (mut world, uuid) = mapped(json!({}));
    send(&mut world, &["a"]);
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    let deleting = world.call(input::<DeleteEventSourceMapping>(json!({"UUID": uuid}))).unwrap();
    assert_eq!((&deleting["State"], state(&world, &uuid)), (&json!("Deleting"), None));
    send(&mut world, &["b"]);
    answer(&mut world, batch, ran("null", None));
    world.pass(100_000);
    assert_eq!(
        (batches(&mut world).len(), rows_of(&world, Family::Message)),
        (0, 1),
        "`a` is done, `b` stays"
    );
}

#[test]
fn after_a_crash_mappings_go_on_and_a_batch_in_flight_comes_back() {
    let (mut world, uuid) = mapped(json!({}));
    send(&mut world, &["a"]);
    assert_eq!(batches(&mut world).len(), 1);
    let mut world = world.restart();
    assert_eq!(state(&world, &uuid), Some(json!("Enabled")));
    send(&mut world, &["b"]);
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    assert_eq!(bodies(batch), ["b"]);
    answer(&mut world, batch, ran("null", None));
    world.pass(30_000);
    assert_eq!(bodies(&batches(&mut world)[0]), ["a"]);
}

#[test]
fn a_mapping_waits_for_its_function_and_for_its_queue() {
    let mut world = world();
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    world.call(function(json!({}))).unwrap();
    map(&mut world, json!({}));
    send(&mut world, &["early"]);
    assert!(batches(&mut world).is_empty(), "the function is not ready");
    prepare(&mut world, Ok(()));
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    assert_eq!(bodies(batch), ["early"]);
    answer(&mut world, batch, ran("null", None));

    world.call(input::<DeleteFunction>(json!({"FunctionName": "f"}))).unwrap();
    send(&mut world, &["kept"]);
    assert!(batches(&mut world).is_empty(), "nothing is received for a function that is gone");
    world.call(function(json!({}))).unwrap();
    prepare(&mut world, Ok(()));
    let [batch] = &batches(&mut world)[..] else { panic!("one batch") };
    answer(&mut world, batch, ran("null", None));

    world.call(input::<DeleteQueue>(json!({"QueueUrl": url("q")}))).unwrap();
    world.pass(100_000);
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    send(&mut world, &["anew"]);
    assert_eq!(bodies(&batches(&mut world)[0]), ["anew"]);
}

#[test]
fn a_poller_pauses_when_the_function_could_not_be_given_its_batch() {
    let (mut world, _) = mapped(json!({"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}}));
    send(&mut world, &["a", "b", "c"]);
    let taken = batches(&mut world);
    assert_eq!(taken.len(), 2);
    answer(&mut world, &taken[0], refused(429));
    assert!(batches(&mut world).is_empty());
    world.pass(1000);
    assert_eq!(bodies(&batches(&mut world)[0]), ["c"]);
    assert_eq!(rows_of(&world, Family::Message), 3, "nothing is lost");
}

#[test]
fn what_a_mapping_cannot_be_is_refused_in_awss_words() {
    let (mut world, uuid) = mapped(json!({}));
    world.call(function(json!({"FunctionName": "slow", "Timeout": 60}))).unwrap();
    prepare(&mut world, Ok(()));
    let unsupported = "Unsupported DestinationConfig parameter for given event source mapping type.";
    let cases = [
        (json!({"FunctionName": "none", "EventSourceArn": null}), "Unrecognized event source."),
        (
            json!({"EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}),
            "Unrecognized event source.",
        ),
        (json!({"FunctionName": "none"}), "Function does not exist"),
        (json!({"FunctionName": "f:7"}), "Function does not exist"),
        (json!({"FunctionName": "none", "DestinationConfig": {"OnSuccess": {}}}), unsupported),
        (
            json!({"EventSourceArn": arn("none")}),
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
        ),
        (
            json!({"BatchSize": 11}),
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        (
            json!({"FunctionName": "slow"}),
            "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
        ),
        (
            json!({"FilterCriteria": {"Filters": [{"Pattern": "{\"body\": 1}"}]}}),
            "Invalid filter pattern definition.",
        ),
        (
            json!({"FilterCriteria": {"Filters": [{"Pattern": " ".repeat(5000)}]}}),
            "Invalid filter pattern definition.",
        ),
        (json!({"StartingPosition": "LATEST"}), "StartingPosition is not valid for SQS event sources."),
    ];
    let conflict = format!(
        "An event source mapping with SQS arn (\" {} \") and function (\" f \") already exists. Please update or delete the existing mapping with UUID {uuid}",
        arn("q")
    );
    let violations = [
        (
            json!({"BatchSize": 0}),
            "Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (json!({"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 301}), "2 validation errors detected"),
        (json!({"ScalingConfig": {"MaximumConcurrency": 1}}), "at 'scalingConfig.maximumConcurrency'"),
        (json!({"FunctionResponseTypes": ["Other"]}), "at 'functionResponseTypes'"),
        (json!({"EventSourceArn": "q"}), "at 'eventSourceArn'"),
    ];
    let mut refusal = |members: &Value| {
        let mut all = json!({"FunctionName": "f", "EventSourceArn": arn("q")});
        for (name, value) in members.as_object().unwrap() {
            all[name] = value.clone();
        }
        let error = world.call(input::<CreateEventSourceMapping>(all)).err();
        error.unwrap_or_else(|| panic!("{members} was taken"))
    };
    for (members, text) in cases {
        let error = refusal(&members);
        assert_eq!((&*error.code, &*error.message), ("InvalidParameterValueException", text), "{members}");
    }
    for (members, text) in violations {
        let error = refusal(&members);
        assert!(error.code == "ValidationException" && error.message.contains(text), "{members}: {error}");
    }
    let error = refusal(&json!({}));
    assert_eq!((error.status, error.message), (409, conflict));
    let missing = world.call(input::<DeleteEventSourceMapping>(json!({"UUID": "x"}))).unwrap_err();
    assert_eq!((missing.status, &*missing.message), (404, "The resource you requested does not exist."));
}

#[test]
fn mappings_are_listed_by_function_and_source_in_pages() {
    let (mut world, first) = mapped(json!({}));
    world.call(function(json!({"FunctionName": "g"}))).unwrap();
    let second = map(&mut world, json!({"FunctionName": "g"}));
    let list = |members: Value| {
        let mut listed = world.read(&input::<ListEventSourceMappings>(members)).unwrap();
        let uuids =
            listed["EventSourceMappings"].as_array().unwrap().iter().map(|mapping| mapping["UUID"].clone());
        (uuids.collect::<Vec<_>>(), listed["NextMarker"].take())
    };
    assert_eq!(list(json!({})).0.len(), 2);
    assert_eq!(list(json!({"FunctionName": "f"})).0, [json!(first)]);
    assert_eq!(list(json!({"FunctionName": "g", "EventSourceArn": arn("q")})).0, [json!(second)]);
    assert_eq!(list(json!({"FunctionName": "none"})).0, Vec::<Value>::new());
    let (page, marker) = list(json!({"MaxItems": 1}));
    let (rest, end) = list(json!({"MaxItems": 1, "Marker": marker}));
    assert!(page != rest && rest.len() == 1 && end.is_null());
}

#[test]
fn a_batch_says_which_mapping_it_is_of() {
    let (mut world, uuid) = mapped(json!({}));
    send(&mut world, &["a"]);
    let InvokePurpose::EventSource(batch) = &batches(&mut world)[0].purpose else { panic!("a batch") };
    assert_eq!((&batch.mapping, batch.messages.len()), (&uuid, 1));
}

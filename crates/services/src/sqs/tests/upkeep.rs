//! Retention, the cap on messages in flight, and tasks that move messages.

use crate::settings::Settings;
use crate::sqs::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

fn url(name: &str) -> String {
    format!("http://localhost:4566/000000000000/{name}")
}

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

fn create(world: &mut World, name: &str, attributes: Value) {
    world.call(input::<CreateQueue>(json!({"QueueName": name, "Attributes": attributes}))).unwrap();
}

fn send(world: &mut World, name: &str, body: &str) {
    world.call(input::<SendMessage>(json!({"QueueUrl": url(name), "MessageBody": body}))).unwrap();
}

fn receive(world: &mut World, name: &str, most: u64) -> Vec<Value> {
    let request = json!({"QueueUrl": url(name), "MaxNumberOfMessages": most, "AttributeNames": ["All"]});
    let answer = world.call(input::<ReceiveMessage>(request)).unwrap();
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

fn rows(world: &World, families: std::ops::RangeInclusive<u8>) -> usize {
    let (start, end) = ([0, 0, *families.start()], [0, 0, families.end() + 1]);
    world.store.scan(&start, &end, stepwell_store::Direction::Forward).count()
}

/// Of SQS, but for queues and their numbers.
fn message_rows(world: &World) -> usize {
    rows(world, 0x11..=0x13)
}

#[test]
fn messages_whose_retention_is_over_are_swept_though_nobody_asks() {
    let mut world = World::new();
    create(&mut world, "q", json!({"MessageRetentionPeriod": "120", "VisibilityTimeout": "1000"}));
    for number in 0..700 {
        send(&mut world, "q", &number.to_string());
    }
    receive(&mut world, "q", 10);
    world.pass(60_000);
    send(&mut world, "q", "later");
    world.pass(59_999);
    assert!(message_rows(&world) > 1400);
    world.pass(1);
    assert_eq!(message_rows(&world), 2, "the later message stays");
    world.pass(120_000);
    assert_eq!(message_rows(&world), 0);
    world.pass(24 * 3_600_000);
    assert_eq!(rows(&world, 0x02..=0x02), 0, "an empty queue has no timer");
    send(&mut world, "q", "again");
    world.pass(120_000);
    assert_eq!(message_rows(&world), 0);
}

#[test]
fn a_shorter_retention_sweeps_sooner_and_a_deleted_queue_not_at_all() {
    let mut world = World::new();
    create(&mut world, "q", json!({}));
    send(&mut world, "q", "x");
    let set = json!({"QueueUrl": url("q"), "Attributes": {"MessageRetentionPeriod": "60"}});
    world.call(input::<SetQueueAttributes>(set)).unwrap();
    world.pass(60_000);
    assert_eq!(message_rows(&world), 0);
    send(&mut world, "q", "x");
    world.call(input::<DeleteQueue>(json!({"QueueUrl": url("q")}))).unwrap();
    assert_eq!(rows(&world, 0x02..=0x02), 0);
}

#[test]
fn no_more_are_in_flight_than_may_be() {
    let settings = Settings { messages_in_flight: 5, ..Settings::default() };
    let mut world = World::with_settings(settings);
    create(&mut world, "q", json!({}));
    for number in 0..8 {
        send(&mut world, "q", &number.to_string());
    }
    let taken = receive(&mut world, "q", 10);
    assert_eq!(taken.len(), 5);
    let short = world.call(input::<ReceiveMessage>(json!({"QueueUrl": url("q")})));
    let refused: ApiError = short.unwrap_err();
    assert_eq!((refused.code.as_ref(), refused.status), ("OverLimit", 403));
    let poll = world.send(input::<ReceiveMessage>(json!({"QueueUrl": url("q"), "WaitTimeSeconds": 20})));
    world.pass(5000);
    assert!(poll.answer().is_none(), "a long poll waits");
    let delete = json!({"QueueUrl": url("q"), "ReceiptHandle": taken[0]["ReceiptHandle"]});
    world.call(input::<DeleteMessage>(delete)).unwrap();
    world.pass(1000);
    assert_eq!(poll.answer().unwrap().unwrap()["Messages"][0]["Body"], "5");
    world.pass(31_000);
    assert_eq!(receive(&mut world, "q", 10).len(), 5, "what came back counts no more");
}

/// A dead-letter queue with so many messages.
fn dead(count: usize) -> World {
    let mut world = World::new();
    create(&mut world, "dead", json!({}));
    create(&mut world, "target", json!({}));
    let policy = json!({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": 1}).to_string();
    create(&mut world, "source", json!({"RedrivePolicy": policy, "VisibilityTimeout": "0"}));
    for number in 0..count {
        send(&mut world, "source", &number.to_string());
    }
    while !receive(&mut world, "source", 10).is_empty() {}
    world
}

fn start(world: &mut World, more: Value) -> Result<Value, ApiError> {
    let mut request = json!({"SourceArn": arn("dead")});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    world.call(input::<StartMessageMoveTask>(request))
}

fn tasks(world: &World) -> Vec<Value> {
    let request = json!({"SourceArn": arn("dead"), "MaxResults": 10});
    let answer = world.read(&input::<ListMessageMoveTasks>(request)).unwrap();
    answer["Results"].as_array().unwrap().clone()
}

fn drain(world: &mut World, name: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        match receive(world, name, 10) {
            some if some.is_empty() => return all,
            some => all.extend(some),
        }
    }
}

#[test]
fn dead_letters_go_where_they_came_from_as_new_messages() {
    let mut world = dead(250);
    start(&mut world, json!({})).unwrap();
    let task = json!({
        "Status": "COMPLETED", "SourceArn": arn("dead"), "ApproximateNumberOfMessagesMoved": 250,
        "ApproximateNumberOfMessagesToMove": 250, "StartedTimestamp": world.now_ms,
    });
    assert_eq!(tasks(&world), [task]);
    assert!(drain(&mut world, "dead").is_empty());
    let set = json!({"QueueUrl": url("source"), "Attributes": {"VisibilityTimeout": "30"}});
    world.call(input::<SetQueueAttributes>(set)).unwrap();
    let back = drain(&mut world, "source");
    assert_eq!(back.len(), 250);
    assert_eq!(back[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(back[0]["Attributes"].get("DeadLetterQueueSourceArn"), None);
}

#[test]
fn a_task_with_a_limit_takes_its_time_and_can_be_cancelled() {
    let mut world = dead(5);
    let limited = json!({"DestinationArn": arn("target"), "MaxNumberOfMessagesPerSecond": 1});
    let handle = start(&mut world, limited.clone()).unwrap()["TaskHandle"].clone();
    let text = "There is already a task running. Only one active task is allowed for a source queue arn at a given time.";
    assert_eq!(start(&mut world, limited.clone()).unwrap_err().message, text);
    world.pass(2000);
    let running = tasks(&world).remove(0);
    assert_eq!((&running["Status"], &running["TaskHandle"]), (&json!("RUNNING"), &handle));
    assert_eq!(running["ApproximateNumberOfMessagesMoved"], 3);
    assert_eq!(running["ApproximateNumberOfMessagesToMove"], 5);
    let cancel =
        |world: &mut World| world.call(input::<CancelMessageMoveTask>(json!({"TaskHandle": handle})));
    assert_eq!(cancel(&mut world).unwrap(), json!({"ApproximateNumberOfMessagesMoved": 3}));
    assert!(cancel(&mut world).is_err());
    world.pass(60_000);
    assert_eq!(tasks(&world)[0]["Status"], "CANCELLED");
    assert_eq!(drain(&mut world, "target").len(), 3);
    start(&mut world, limited).unwrap();
    world.call(input::<DeleteQueue>(json!({"QueueUrl": url("target")}))).unwrap();
    world.pass(1000);
    let failed = tasks(&world).remove(0);
    assert_eq!(failed["Status"], "FAILED");
    assert_eq!(failed["FailureReason"], "AWS.SimpleQueueService.NonExistentQueue");
    for _ in 0..12 {
        start(&mut world, json!({"DestinationArn": arn("source")})).unwrap();
    }
    assert_eq!(rows(&world, 0x1A..=0x1A), 10, "ten are remembered");
}

#[test]
fn what_can_be_no_task_is_refused_in_the_recorded_words() {
    let mut world = dead(0);
    let cases = [
        (
            json!({"SourceArn": arn("no")}),
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        ),
        (
            json!({"DestinationArn": arn("no")}),
            "The resource that you specified for the DestinationArn parameter doesn't exist.",
        ),
        (json!({"SourceArn": arn("target")}), "Source queue must be configured as a Dead Letter Queue."),
        (
            json!({"MaxNumberOfMessagesPerSecond": 501}),
            "Value 501 for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500, if provided.",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(start(&mut world, request).unwrap_err().message, expected);
    }
    for handle in ["foobared", "", "e30=", "eyJ0YXNrSWQiOjF9"] {
        let refused = world.call(input::<CancelMessageMoveTask>(json!({"TaskHandle": handle}))).unwrap_err();
        assert_eq!(refused.message, "Value for parameter TaskHandle is invalid.");
    }
}

//! FIFO queues: order within groups, deduplication, and what they refuse.

use crate::sqs::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

const URL: &str = "http://localhost:4566/000000000000/q.fifo";

fn world(mut attributes: Value) -> World {
    let mut world = World::new();
    attributes["FifoQueue"] = "True".into();
    world.call(input::<CreateQueue>(json!({"QueueName": "q.fifo", "Attributes": attributes}))).unwrap();
    world
}

fn send(world: &mut World, group: &str, body: &str) -> Value {
    let request = json!({"QueueUrl": URL, "MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": body});
    world.call(input::<SendMessage>(request)).unwrap()
}

fn receive(world: &mut World, most: u64) -> Vec<Value> {
    receive_for(world, most, 30)
}

fn receive_for(world: &mut World, most: u64, visibility_s: u64) -> Vec<Value> {
    let request = json!({"QueueUrl": URL, "MaxNumberOfMessages": most, "VisibilityTimeout": visibility_s, "AttributeNames": ["All"]});
    let answer = world.call(input::<ReceiveMessage>(request)).unwrap();
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

fn bodies(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["Body"].as_str().unwrap()).collect()
}

fn delete(world: &mut World, message: &Value) -> Result<Value, ApiError> {
    world.call(input::<DeleteMessage>(json!({"QueueUrl": URL, "ReceiptHandle": message["ReceiptHandle"]})))
}

fn hide(world: &mut World, message: &Value, seconds: u64) -> Result<Value, ApiError> {
    let handle = &message["ReceiptHandle"];
    let request = json!({"QueueUrl": URL, "ReceiptHandle": handle, "VisibilityTimeout": seconds});
    world.call(input::<ChangeMessageVisibility>(request))
}

fn rows(world: &World) -> usize {
    let direction = stepwell_store::Direction::Forward;
    // All of SQS but the queue itself, its number, and what is remembered of deduplication.
    let families = [0x11, 0x12, 0x13, 0x17, 0x18, 0x19];
    families
        .map(|family| world.store.scan(&[0, 0, family], &[0, 0, family + 1], direction).count())
        .iter()
        .sum()
}

#[test]
fn nothing_of_a_group_is_received_before_what_stands_in_front_of_it_is_deleted() {
    let mut world = world(json!({}));
    for (group, body) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3")] {
        send(&mut world, group, body);
    }
    let first = receive(&mut world, 1);
    assert_eq!(bodies(&first), ["a1"]);
    let second = receive(&mut world, 10);
    assert_eq!(bodies(&second), ["b1"], "group a waits");
    delete(&mut world, &first[0]).unwrap();
    let third = receive(&mut world, 10);
    assert_eq!(bodies(&third), ["a2", "a3"], "as many of a group as there are");
    assert!(receive(&mut world, 10).is_empty());
    world.pass(30_000);
    let again = receive(&mut world, 10);
    assert_eq!(bodies(&again), ["a2", "a3", "b1"]);
    for message in &again {
        delete(&mut world, message).unwrap();
    }
    assert_eq!(rows(&world), 0);
}

#[test]
fn what_is_hidden_longer_holds_back_what_comes_after_it_only() {
    for (hidden, expected) in [(0, [].as_slice()), (1, ["foo"].as_slice()), (2, ["foo", "bar"].as_slice())] {
        let mut world = world(json!({}));
        for body in ["foo", "bar", "baz"] {
            send(&mut world, "g", body);
        }
        let received = receive_for(&mut world, 5, 1);
        assert_eq!(bodies(&received), ["foo", "bar", "baz"]);
        hide(&mut world, &received[hidden], 4).unwrap();
        world.pass(2500);
        assert_eq!(bodies(&receive(&mut world, 5)), expected, "{hidden}");
    }
}

#[test]
fn hidden_for_no_time_the_same_messages_come_again_in_order() {
    let mut world = world(json!({}));
    for body in ["a1", "a2", "a3"] {
        send(&mut world, "a", body);
    }
    send(&mut world, "b", "b1");
    for _ in 0..3 {
        let mut received = receive_for(&mut world, 10, 0);
        received.retain(|message| message["Body"] != "b1");
        assert_eq!(bodies(&received), ["a1", "a2", "a3"]);
    }
}

#[test]
fn a_long_poll_wakes_when_a_group_goes_on() {
    let mut world = world(json!({}));
    send(&mut world, "g", "1");
    send(&mut world, "g", "2");
    let first = receive(&mut world, 1).remove(0);
    let poll = world.send(input::<ReceiveMessage>(json!({"QueueUrl": URL, "WaitTimeSeconds": 20})));
    assert!(poll.answer().is_none());
    delete(&mut world, &first).unwrap();
    assert_eq!(poll.answer().unwrap().unwrap()["Messages"][0]["Body"], "2");
}

#[test]
fn a_message_that_was_seen_lately_is_accepted_and_not_there_twice() {
    let mut world = world(json!({}));
    let first = send(&mut world, "g", "x");
    let second = send(&mut world, "other", "x");
    assert_eq!(first, second, "whatever the group, the queue knows the id");
    let received = receive(&mut world, 10);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["Attributes"]["SequenceNumber"], first["SequenceNumber"]);
    assert_eq!(received[0]["Attributes"]["MessageDeduplicationId"], "x");
    delete(&mut world, &received[0]).unwrap();
    world.pass(5 * 60_000 - 1);
    assert_eq!(send(&mut world, "g", "x"), first);
    world.pass(1);
    assert_ne!(send(&mut world, "g", "x"), first);
    assert_eq!(receive(&mut world, 10).len(), 1);
    let request = json!({"QueueUrl": URL, "MessageBody": "content", "MessageGroupId": "g"});
    assert!(world.call(input::<SendMessage>(request.clone())).is_err());
    let set = json!({"QueueUrl": URL, "Attributes": {"ContentBasedDeduplication": "true"}});
    world.call(input::<SetQueueAttributes>(set)).unwrap();
    let by_content = world.call(input::<SendMessage>(request.clone())).unwrap();
    assert_eq!(world.call(input::<SendMessage>(request)).unwrap(), by_content);
}

#[test]
fn old_ids_are_forgotten_as_new_ones_come() {
    let mut world = world(json!({}));
    for body in 0..50 {
        send(&mut world, "g", &format!("old{body}"));
    }
    world.pass(5 * 60_000 + 1);
    for body in 0..30 {
        send(&mut world, "g", &format!("new{body}"));
    }
    let direction = stepwell_store::Direction::Forward;
    let remembered = |family: u8| world.store.scan(&[0, 0, family], &[0, 0, family + 1], direction).count();
    assert_eq!((remembered(0x15), remembered(0x16)), (30, 30));
}

#[test]
fn ids_are_known_by_group_where_the_scope_says_so_and_a_minute_after_it_changes() {
    let mut world = world(json!({"DeduplicationScope": "messageGroup"}));
    let first = send(&mut world, "a", "x");
    assert_ne!(send(&mut world, "b", "x"), first);
    assert_eq!(send(&mut world, "a", "x"), first);
    let set = json!({"QueueUrl": URL, "Attributes": {"DeduplicationScope": "queue"}});
    world.call(input::<SetQueueAttributes>(set)).unwrap();
    let third = send(&mut world, "c", "x");
    assert_ne!(third, first);
    world.pass(60_000);
    let fourth = send(&mut world, "d", "x");
    assert_eq!(send(&mut world, "e", "x"), fourth);
}

#[test]
fn a_handle_deletes_only_while_it_hides_the_message() {
    let mut world = world(json!({}));
    send(&mut world, "g", "x");
    let first = receive_for(&mut world, 1, 1).remove(0);
    hide(&mut world, &first, 5).unwrap();
    world.pass(5000);
    let text = |message: &Value| {
        let handle = message["ReceiptHandle"].as_str().unwrap();
        format!(
            "Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
        )
    };
    assert_eq!(delete(&mut world, &first).unwrap_err().message, text(&first));
    let second = receive(&mut world, 1).remove(0);
    assert_eq!(delete(&mut world, &first).unwrap_err().message, text(&first), "not the last handle");
    assert_eq!(hide(&mut world, &first, 5).unwrap_err().message, text(&first));
    delete(&mut world, &second).unwrap();
    delete(&mut world, &second).unwrap();
    assert_eq!(rows(&world), 0);
}

#[test]
fn what_a_fifo_queue_does_not_take_is_refused_in_the_recorded_words() {
    let mut world = world(json!({"DelaySeconds": "2"}));
    let whole = json!({"MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"});
    let with = |name: &str, value: Value| {
        let mut request = whole.clone();
        request[name] = value;
        request
    };
    let cases = [
        (with("MessageGroupId", Value::Null), "The request must contain the parameter MessageGroupId."),
        (
            with("MessageDeduplicationId", Value::Null),
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        ),
        (
            with("MessageDeduplicationId", json!("")),
            "Value  for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        ),
        (
            with("DelaySeconds", json!(2)),
            "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.",
        ),
    ];
    for (mut request, expected) in cases {
        request["QueueUrl"] = URL.into();
        assert_eq!(world.call(input::<SendMessage>(request)).unwrap_err().message, expected);
    }
    let mut request = with("DelaySeconds", json!(0));
    request["QueueUrl"] = URL.into();
    world.call(input::<SendMessage>(request)).unwrap();
    assert!(receive(&mut world, 1).is_empty());
    world.pass(2000);
    assert_eq!(receive(&mut world, 1).len(), 1);
    let entries = json!([{"Id": "1", "MessageBody": "x", "MessageGroupId": "g"}]);
    let batch = input::<SendMessageBatch>(json!({"QueueUrl": URL, "Entries": entries}));
    assert_eq!(world.call(batch).unwrap_err().query_code(), "InvalidParameterValue");
    let entries = json!([{"Id": "1", "MessageBody": "x", "MessageDeduplicationId": "e"}]);
    let batch = input::<SendMessageBatch>(json!({"QueueUrl": URL, "Entries": entries}));
    assert_eq!(world.call(batch).unwrap_err().query_code(), "InvalidParameterValue");
    let set = json!({"QueueUrl": URL, "Attributes": {"FifoQueue": "false"}});
    let text = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
    assert_eq!(world.call(input::<SetQueueAttributes>(set)).unwrap_err().message, text);
}

#[test]
fn dead_letters_keep_their_group_and_let_the_next_message_pass() {
    let mut world = World::new();
    let fifo = |name: &str, more: Value| {
        let mut attributes = more;
        attributes["FifoQueue"] = "true".into();
        input::<CreateQueue>(json!({"QueueName": name, "Attributes": attributes}))
    };
    world.call(fifo("dead.fifo", json!({}))).unwrap();
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":1}"#;
    world.call(fifo("q.fifo", json!({"RedrivePolicy": policy}))).unwrap();
    send(&mut world, "g", "poison");
    send(&mut world, "g", "good");
    assert_eq!(bodies(&receive_for(&mut world, 1, 1)), ["poison"]);
    world.pass(1000);
    assert_eq!(bodies(&receive(&mut world, 1)), ["good"]);
    let request = json!({"QueueUrl": URL.replace("q.fifo", "dead.fifo"), "AttributeNames": ["All"]});
    let dead = world.call(input::<ReceiveMessage>(request)).unwrap()["Messages"][0].clone();
    assert_eq!(dead["Body"], "poison");
    assert_eq!(dead["Attributes"]["MessageGroupId"], "g");
    let standard = json!({"QueueName": "standard", "Attributes": {"RedrivePolicy": policy}});
    assert!(world.call(input::<CreateQueue>(standard)).is_err(), "of the other kind");
}

#[test]
fn everything_goes_on_where_it_was_after_a_restart_and_a_purge_takes_all() {
    let mut world = world(json!({}));
    for number in 0..1200 {
        send(&mut world, &(number % 7).to_string(), &number.to_string());
    }
    let first = receive(&mut world, 10);
    let mut world = world.restart();
    assert_eq!(first[0]["Body"], "0");
    assert_eq!(receive(&mut world, 1)[0]["Body"], "1", "group 0 is in flight");
    delete(&mut world, &first[0]).unwrap();
    world.call(input::<PurgeQueue>(json!({"QueueUrl": URL}))).unwrap();
    assert_eq!(rows(&world), 0);
    send(&mut world, "0", "after");
    assert_eq!(bodies(&receive(&mut world, 10)), ["after"]);
    world.call(input::<DeleteQueue>(json!({"QueueUrl": URL}))).unwrap();
    let direction = stepwell_store::Direction::Forward;
    assert_eq!(world.store.scan(&[0, 0, 0x10], &[0, 0, 0x20], direction).count(), 0);
}

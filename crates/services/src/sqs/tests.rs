//! The life of a message, by a clock moved by hand.

mod fifo;
mod messages;
mod polls;
mod queues;
mod upkeep;

use crate::sqs::*;
use crate::testing::{World, input};
use serde_json::{Value, json};

const URL: &str = "http://localhost:4566/000000000000/q";

fn world() -> World {
    let mut world = World::new();
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    world
}

fn send(world: &mut World, body: &str) {
    world.call(input::<SendMessage>(json!({"QueueUrl": URL, "MessageBody": body}))).unwrap();
}

fn receive(world: &mut World, most: u64) -> Vec<Value> {
    let request = json!({"QueueUrl": URL, "MaxNumberOfMessages": most, "AttributeNames": ["All"]});
    let answer = world.call(input::<ReceiveMessage>(request)).unwrap();
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

fn bodies(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["Body"].as_str().unwrap()).collect()
}

fn delete(world: &mut World, message: &Value) {
    let request = json!({"QueueUrl": URL, "ReceiptHandle": message["ReceiptHandle"]});
    world.call(input::<DeleteMessage>(request)).unwrap();
}

fn hide(world: &mut World, message: &Value, seconds: i64) -> Result<Value, stepwell_wire::ApiError> {
    let request =
        json!({"QueueUrl": URL, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": seconds});
    world.call(input::<ChangeMessageVisibility>(request))
}

#[test]
fn a_message_is_hidden_while_in_flight_and_comes_back() {
    let mut world = world();
    send(&mut world, "a");
    send(&mut world, "b");
    assert_eq!(bodies(&receive(&mut world, 10)), ["a", "b"]);
    assert!(receive(&mut world, 10).is_empty());
    world.pass(29_999);
    assert!(receive(&mut world, 10).is_empty());
    world.pass(1);
    let again = receive(&mut world, 10);
    assert_eq!(bodies(&again), ["a", "b"]);
    assert_eq!(again[0]["Attributes"]["ApproximateReceiveCount"], "2");
}

#[test]
fn what_is_deleted_never_comes_back_by_whichever_handle() {
    let mut world = world();
    send(&mut world, "a");
    let first = receive(&mut world, 1).remove(0);
    world.pass(30_000);
    let second = receive(&mut world, 1).remove(0);
    delete(&mut world, &first);
    delete(&mut world, &second);
    world.pass(60_000);
    assert!(receive(&mut world, 1).is_empty());
    assert_eq!(rows_of_messages(&world), 0);
}

#[test]
fn a_changed_visibility_counts_from_now_and_zero_gives_back() {
    let mut world = world();
    send(&mut world, "a");
    let message = receive(&mut world, 1).remove(0);
    hide(&mut world, &message, 100).unwrap();
    world.pass(99_999);
    assert!(receive(&mut world, 1).is_empty());
    hide(&mut world, &message, 0).unwrap();
    assert_eq!(bodies(&receive(&mut world, 1)), ["a"]);
    delete(&mut world, &message);
    assert_eq!(rows_of_messages(&world), 0);
    let refused = hide(&mut world, &message, 5).unwrap_err();
    assert!(refused.message.contains("does not exist or is not available"), "{}", refused.message);
}

#[test]
fn hidden_for_no_time_a_message_is_received_again_and_the_others_too() {
    let mut world = world();
    send(&mut world, "a");
    send(&mut world, "b");
    let request = json!({"QueueUrl": URL, "MaxNumberOfMessages": 2, "VisibilityTimeout": 0});
    for _ in 0..3 {
        let answer = world.call(input::<ReceiveMessage>(request.clone())).unwrap();
        assert_eq!(answer["Messages"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_long_poll_answers_as_soon_as_a_message_is_there_and_with_nothing_when_its_time_is_over() {
    let mut world = world();
    let poll = || input::<ReceiveMessage>(json!({"QueueUrl": URL, "WaitTimeSeconds": 20}));
    let first = world.send(poll());
    let second = world.send(poll());
    assert!(first.answer().is_none());
    send(&mut world, "a");
    assert_eq!(first.answer().unwrap().unwrap()["Messages"][0]["Body"], "a");
    assert!(second.answer().is_none());
    world.pass(19_999);
    assert!(second.answer().is_none());
    world.pass(1);
    assert_eq!(second.answer().unwrap().unwrap(), json!({}));
}

#[test]
fn a_long_poll_wakes_when_a_hidden_message_shows_again() {
    let mut world = world();
    send(&mut world, "a");
    receive(&mut world, 1);
    world.pass(20_000);
    let poll = world.send(input::<ReceiveMessage>(json!({"QueueUrl": URL, "WaitTimeSeconds": 20})));
    world.pass(9_999);
    assert!(poll.answer().is_none());
    world.pass(1);
    assert_eq!(poll.answer().unwrap().unwrap()["Messages"][0]["Body"], "a");
}

#[test]
fn a_long_poll_sees_what_shows_behind_messages_that_were_deleted_in_flight() {
    let mut world = world();
    let poll = || input::<ReceiveMessage>(json!({"QueueUrl": URL, "WaitTimeSeconds": 20}));
    let delayed = |body: &str, seconds: u64| {
        input::<SendMessage>(json!({"QueueUrl": URL, "MessageBody": body, "DelaySeconds": seconds}))
    };
    for body in ["a", "b"] {
        send(&mut world, body);
        let message = receive(&mut world, 1).remove(0);
        delete(&mut world, &message);
    }
    // Both polls find nothing, now or later; then the nearer message comes after the farther one.
    let polls = [world.send(poll()), world.send(poll())];
    for (body, seconds) in [("late", 10), ("soon", 5)] {
        world.call(delayed(body, seconds)).unwrap();
    }
    let answered = || polls.iter().filter_map(|poll| poll.answer()).map(Result::unwrap).collect::<Vec<_>>();
    for body in ["soon", "late"] {
        world.pass(4_999);
        assert!(answered().is_empty());
        world.pass(1);
        assert_eq!(answered()[0]["Messages"][0]["Body"], body);
    }
    // Both are hidden now, and a refused command in between changes nothing about when they show again.
    let again = world.send(poll());
    assert!(world.call(delayed("x", 901)).is_err());
    world.pass(20_000);
    assert_eq!(again.answer().unwrap().unwrap(), json!({}));
    world.pass(5_000);
    assert_eq!(bodies(&receive(&mut world, 10)), ["soon"]);
    world.pass(5_001);
    assert_eq!(bodies(&receive(&mut world, 10)), ["late"]);
}

#[test]
fn a_message_received_too_often_moves_to_the_dead_letter_queue_with_its_id() {
    let mut world = world();
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:q","maxReceiveCount":"2"}"#;
    let source =
        json!({"QueueName": "source", "Attributes": {"RedrivePolicy": policy, "VisibilityTimeout": "1"}});
    world.call(input::<CreateQueue>(source)).unwrap();
    let url = "http://elsewhere/000000000000/source";
    let sent = world.call(input::<SendMessage>(json!({"QueueUrl": url, "MessageBody": "poison"}))).unwrap();
    for _ in 0..2 {
        let answer = world.call(input::<ReceiveMessage>(json!({"QueueUrl": url}))).unwrap();
        assert_eq!(answer["Messages"][0]["Body"], "poison");
        world.pass(1000);
    }
    assert_eq!(world.call(input::<ReceiveMessage>(json!({"QueueUrl": url}))).unwrap(), json!({}));
    let dead = receive(&mut world, 1).remove(0);
    assert_eq!(dead["MessageId"], sent["MessageId"]);
    assert_eq!(dead["Attributes"]["DeadLetterQueueSourceArn"], "arn:aws:sqs:us-east-1:000000000000:source");
    assert_eq!(dead["Attributes"]["ApproximateReceiveCount"], "1");
}

#[test]
fn everything_goes_on_where_it_was_after_a_restart() {
    let mut world = world();
    for body in ["a", "b", "c"] {
        send(&mut world, body);
    }
    let taken = receive(&mut world, 2);
    delete(&mut world, &taken[0]);
    let mut world = world.restart();
    assert_eq!(bodies(&receive(&mut world, 10)), ["c"]);
    world.pass(30_000);
    let back = receive(&mut world, 10);
    assert_eq!(bodies(&back), ["b", "c"]);
    delete(&mut world, &taken[1]);
    delete(&mut world, &back[1]);
    assert_eq!(rows_of_messages(&world), 0);
}

#[test]
fn a_purge_takes_all_that_was_sent_before_it_in_turns() {
    let mut world = world();
    for number in 0..1200 {
        send(&mut world, &number.to_string());
    }
    world.call(input::<PurgeQueue>(json!({"QueueUrl": URL}))).unwrap();
    assert_eq!(rows_of_messages(&world), 0);
    send(&mut world, "after");
    assert_eq!(bodies(&receive(&mut world, 10)), ["after"]);
    let refused = world.call(input::<PurgeQueue>(json!({"QueueUrl": URL}))).unwrap_err();
    assert_eq!(refused.message, "Only one PurgeQueue operation on q is allowed every 60 seconds.");
}

#[test]
fn a_handle_that_was_made_up_is_refused() {
    let mut world = world();
    for handle in ["", "AAAA", "not base64 at all", &"A".repeat(4000)] {
        let request = json!({"QueueUrl": URL, "ReceiptHandle": handle});
        let refused = world.call(input::<DeleteMessage>(request)).unwrap_err();
        assert_eq!(refused.code, "ReceiptHandleIsInvalid");
    }
}

/// All rows of all queues' messages.
fn rows_of_messages(world: &World) -> usize {
    use crate::keys::{Family, Key};
    let count = |family| {
        let prefix = Key::new(family);
        let (start, end) = (prefix.as_bytes().to_vec(), prefix.end());
        world.store.scan(&start, &end, stepwell_store::Direction::Forward).count()
    };
    count(Family::Message) + count(Family::Ready) + count(Family::Moved)
}

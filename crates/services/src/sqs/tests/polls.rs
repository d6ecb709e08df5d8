//! Who waits for what comes later: several polls on one queue, whose messages are delayed or come back.

use super::*;
use crate::testing::Pending;

fn poll(world: &mut World, wait_s: u64, visibility_s: u64) -> Pending {
    let request = json!({"QueueUrl": URL, "WaitTimeSeconds": wait_s, "VisibilityTimeout": visibility_s});
    world.send(input::<ReceiveMessage>(request))
}

fn got(pending: &Pending) -> Option<Vec<Value>> {
    let answer = pending.answer()?.unwrap();
    Some(answer["Messages"].as_array().cloned().unwrap_or_default())
}

#[test]
fn a_delayed_message_is_given_to_who_still_waits_when_the_first_is_gone() {
    let mut world = world();
    let first = poll(&mut world, 3, 30);
    let second = poll(&mut world, 20, 30);
    let message = json!({"QueueUrl": URL, "MessageBody": "a", "DelaySeconds": 5});
    world.call(input::<SendMessage>(message)).unwrap();
    world.pass(3000);
    assert_eq!(got(&first), Some(Vec::new()), "its time is over before the message is there");
    world.pass(2000);
    assert_eq!(bodies(&got(&second).expect("the message is there")), ["a"]);
}

#[test]
fn a_message_that_comes_back_is_given_to_who_waited_all_along() {
    let mut world = world();
    let first = poll(&mut world, 20, 2);
    let (second, third) = (poll(&mut world, 20, 30), poll(&mut world, 20, 30));
    send(&mut world, "a");
    assert_eq!(bodies(&got(&first).expect("it is there")), ["a"]);
    world.pass(1999);
    assert!(got(&second).is_none() && got(&third).is_none());
    world.pass(1);
    assert_eq!(bodies(&got(&second).expect("it came back")), ["a"]);
    assert!(got(&third).is_none());
}

#[test]
fn messages_that_come_back_together_are_given_to_as_many_as_wait() {
    let mut world = world();
    let polls: Vec<_> = (0..4).map(|_| poll(&mut world, 20, 30)).collect();
    for body in ["a", "b", "c"] {
        let message = json!({"QueueUrl": URL, "MessageBody": body, "DelaySeconds": 5});
        world.call(input::<SendMessage>(message)).unwrap();
    }
    world.pass(5000);
    let given: Vec<_> = polls.iter().filter_map(got).collect();
    let given: Vec<_> = given.iter().flat_map(|messages| bodies(messages)).collect();
    assert_eq!(given, ["a", "b", "c"]);
    world.pass(15_000);
}

#[test]
fn a_message_that_is_received_and_not_hidden_is_there_for_the_next_one() {
    let mut world = world();
    let (first, second) = (poll(&mut world, 20, 0), poll(&mut world, 20, 30));
    send(&mut world, "a");
    assert_eq!(bodies(&got(&first).expect("it is there")), ["a"]);
    assert_eq!(bodies(&got(&second).expect("it is there again")), ["a"]);
}

//! Bounded turns: many timers at one moment, and many that wait.

use crate::keys::{Family, Key};
use crate::sqs::{CreateQueue, ReceiveMessage, SendMessage};
use crate::states::{CreateStateMachine, StartExecution};
use crate::testing::{World, input};
use serde_json::json;
use stepwell_store::Direction;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

/// A state machine that waits until the time that its input gives.
fn waiting() -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    let definition =
        json!({"StartAt": "S", "States": {"S": {"Type": "Wait", "TimestampPath": "$.at", "End": true}}});
    let role = "arn:aws:iam::000000000000:role/r";
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": role});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

fn start(world: &mut World, at: &str) {
    let start = json!({"stateMachineArn": MACHINE, "input": json!({"at": at}).to_string()});
    world.call(input::<StartExecution>(start)).unwrap();
}

/// Executions that run; a closed one's state is kept too, so their timers are counted.
fn timers(world: &World) -> usize {
    let all = Key::new(Family::Timer);
    world.store.scan(all.as_bytes(), &all.end(), Direction::Forward).count()
}

#[test]
fn all_timers_of_one_moment_are_fired_and_those_that_are_armed_meanwhile_too() {
    let mut world = waiting();
    let before = timers(&world);
    for _ in 0..100 {
        start(&mut world, "2023-11-14T22:13:30Z");
    }
    for _ in 0..20 {
        start(&mut world, "2023-11-14T22:13:40Z");
    }
    assert_eq!(timers(&world), before + 120);
    world.pass(9_999);
    assert_eq!(timers(&world), before + 120);
    world.pass(1);
    // What closed is swept by one timer.
    assert_eq!(timers(&world), before + 20 + 1);
    // Earlier than what was looked at last, and due at once when the clock gets there.
    start(&mut world, "2023-11-14T22:13:35Z");
    world.pass(5_000);
    assert_eq!(timers(&world), before + 20 + 1);
    world.pass(5_000);
    assert_eq!(timers(&world), before + 1);
}

#[test]
fn all_that_wait_are_answered_when_their_patience_ends_together() {
    let mut world = World::new();
    let url = world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap()["QueueUrl"].clone();
    let receive = json!({"QueueUrl": url, "WaitTimeSeconds": 20});
    let polls: Vec<_> = (0..300).map(|_| world.send(input::<ReceiveMessage>(receive.clone()))).collect();
    world.call(input::<SendMessage>(json!({"QueueUrl": url, "MessageBody": "x"}))).unwrap();
    let first = polls[0].answer().unwrap().unwrap();
    assert_eq!(first["Messages"][0]["Body"], "x");
    world.pass(20_000);
    assert!(polls[1..].iter().all(|poll| poll.answer().is_some()));
}

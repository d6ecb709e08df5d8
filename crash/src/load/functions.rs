//! Asynchronous invocations and a queue that feeds the function; and the reader of what the function says that it saw.

use super::{Received, delete, receive};
use crate::client::{Answer, Client};
use crate::ledger::{Fed, Invocation};
use crate::site::queue_url;
use crate::world::World;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

/// How many may wait for the function: an interpreter starts anew after each kill, and only so much gets done.
const MOST_OPEN: usize = 2;
const PAUSE: Duration = Duration::from_millis(40);

pub async fn invoke(world: Rc<World>) {
    let mut client = Client::new(&world);
    while !world.ending.get() {
        let open = |one: &&Invocation| one.taken && one.request_ids.is_empty();
        if world.ledgers.borrow().invocations.values().filter(open).count() < MOST_OPEN {
            let number = world.ledgers.borrow().invocations.len() as u64;
            world.ledgers.borrow_mut().invocations.insert(number, Invocation::default());
            let answer = client.invoke_later("worker", &json!({"invocation": number})).await;
            let mut ledgers = world.ledgers.borrow_mut();
            match answer {
                Answer::Done(()) => {
                    if let Some(invocation) = ledgers.invocations.get_mut(&number) {
                        invocation.taken = true;
                    }
                }
                Answer::Refused { code, message } => {
                    world.violation(format!("an invocation was refused: {code}: {message}"));
                }
                Answer::Unknown => ledgers.unknown += 1,
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

pub async fn feed(world: Rc<World>) {
    let mut client = Client::new(&world);
    while !world.ending.get() {
        let open = |one: &&Fed| one.sent && one.reports.is_empty();
        if world.ledgers.borrow().fed.values().filter(open).count() < MOST_OPEN {
            let number = world.ledgers.borrow().fed.len() as u64;
            world.ledgers.borrow_mut().fed.insert(number, Fed::default());
            let input =
                json!({"QueueUrl": queue_url(world.address, "feed"), "MessageBody": number.to_string()});
            let answer = client.sqs("SendMessage", &input).await;
            let mut ledgers = world.ledgers.borrow_mut();
            match answer {
                Answer::Done(_) => {
                    if let Some(fed) = ledgers.fed.get_mut(&number) {
                        fed.sent = true;
                    }
                }
                Answer::Refused { code, message } => {
                    world.violation(format!("a message was refused: {code}: {message}"));
                }
                Answer::Unknown => ledgers.unknown += 1,
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

pub async fn read_reports(world: Rc<World>) {
    let mut client = Client::new(&world);
    loop {
        let (_, messages) = receive(&mut client, &world, "reports").await;
        for message in messages {
            take_in(&world, &message);
            delete(&mut client, &world, "reports", &message.receipt).await;
        }
    }
}

fn take_in(world: &World, message: &Received) {
    let report: Value = serde_json::from_str(&message.body).unwrap_or(Value::Null);
    let request = report["request"].as_str().unwrap_or_default().to_owned();
    if let Some(number) = report["invocation"].as_u64() {
        return take_in_invocation(world, number, request, &message.id);
    }
    for record in report["records"].as_array().into_iter().flatten() {
        let number = record["body"].as_str().and_then(|body| body.parse().ok());
        let Some(number) = number else {
            return world.violation(format!("a record that nobody sent: {record}"));
        };
        take_in_record(world, number, record["id"].as_str().unwrap_or_default(), &message.id);
    }
}

/// One invocation has one request id, however often a crash makes it run.
fn take_in_invocation(world: &World, number: u64, request: String, report: &str) {
    let mut ledgers = world.ledgers.borrow_mut();
    let Some(invocation) = ledgers.invocations.get_mut(&number) else {
        return world.violation(format!("an invocation that nobody asked for: {number}"));
    };
    invocation.request_ids.insert(request);
    if invocation.request_ids.len() > 1 {
        world.violation(format!("the invocation {number} ran under two ids: {:?}", invocation.request_ids));
    }
    if invocation.reports.insert(report.to_owned()) && invocation.reports.len() > 1 {
        ledgers.ran_again += 1;
    }
}

fn take_in_record(world: &World, number: u64, id: &str, report: &str) {
    let mut ledgers = world.ledgers.borrow_mut();
    let Some(fed) = ledgers.fed.get_mut(&number) else {
        return world.violation(format!("a record that nobody sent: {number}"));
    };
    fed.message_ids.insert(id.to_owned());
    if fed.message_ids.len() > 1 {
        world.violation(format!("the message {number} reached the function twice: {:?}", fed.message_ids));
    }
    if fed.reports.insert(report.to_owned()) && fed.reports.len() > 1 {
        ledgers.ran_again += 1;
    }
}

//! The standard queue: several producers and consumers, delays, messages that nobody can work on, and where those go.

use super::{Deletion, delete, receive};
use crate::client::{Answer, Client};
use crate::ledger::Message;
use crate::site::{VISIBILITY_SECONDS, queue_url};
use crate::world::World;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Every so many messages, one is never deleted from the queue itself: it ends in the dead-letter queue.
const POISON: u64 = 24;
/// Every so many messages, one is delayed by a second.
const DELAYED: u64 = 7;

/// Sends messages to a queue, each attempt under a number of its own: after one that was cut off the message is there or it isn't.
pub async fn produce(world: Rc<World>, queue: &'static str) {
    let mut client = Client::new(&world);
    while !world.ending.get() {
        let number = world.ledgers.borrow().messages.len() as u64;
        let delay = u64::from(number.is_multiple_of(DELAYED));
        let not_before = (delay > 0).then(|| Instant::now() + Duration::from_secs(delay));
        world.ledgers.borrow_mut().messages.insert(number, Message { not_before, ..Message::default() });
        let input = json!({
            "QueueUrl": queue_url(world.address, queue), "MessageBody": number.to_string(),
            "DelaySeconds": delay
        });
        let answer = client.sqs("SendMessage", &input).await;
        take_in_answer(&world, queue, number, answer);
        // What the consumers can take: a queue that only grows would test little else.
        tokio::time::sleep(Duration::from_millis(2 + world.random(6))).await;
    }
}

fn take_in_answer(world: &World, queue: &str, number: u64, answer: Answer<Value>) {
    let mut ledgers = world.ledgers.borrow_mut();
    match answer {
        Answer::Done(answer) => {
            if let Some(message) = ledgers.messages.get_mut(&number) {
                message.sent = true;
                // Out of a dead-letter queue it comes under an id of its own.
                if queue == "standard" {
                    let id = answer["MessageId"].as_str().unwrap_or_default().to_owned();
                    message.message_ids.insert(id);
                }
            }
        }
        Answer::Refused { code, message } => {
            world.violation(format!("a message was refused: {code}: {message}"));
        }
        Answer::Unknown => ledgers.unknown += 1,
    }
}

pub async fn consume(world: Rc<World>, queue: &'static str) {
    let mut client = Client::new(&world);
    loop {
        let (asked, messages) = receive(&mut client, &world, queue).await;
        for message in messages {
            let Ok(number) = message.body.parse::<u64>() else {
                world.violation(format!("a message that nobody sent: {}", message.body));
                continue;
            };
            take_in(&world, number, message.id, asked);
            let is_poison = number.is_multiple_of(POISON) && queue == "standard";
            if is_poison {
                continue;
            }
            let deletion = delete(&mut client, &world, queue, &message.receipt).await;
            if deletion != Deletion::Refused
                && let Some(known) = world.ledgers.borrow_mut().messages.get_mut(&number)
            {
                known.settled = true;
                // A deletion after the visibility timeout may be one by a handle that is too old.
                let in_time =
                    deletion == Deletion::Done && asked.elapsed() < Duration::from_secs(VISIBILITY_SECONDS);
                known.deleted = known.deleted.or(in_time.then(Instant::now));
            }
        }
    }
}

fn take_in(world: &World, number: u64, id: String, asked: Instant) {
    let mut ledgers = world.ledgers.borrow_mut();
    let Some(known) = ledgers.messages.get_mut(&number) else {
        return world.violation(format!("a message that nobody sent: {number}"));
    };
    if known.deleted.is_some_and(|deleted| deleted < asked) {
        world.violation(format!("the message {number} came again after its deletion was acknowledged"));
    }
    // The queue's clock counts in milliseconds.
    let early = known.not_before.is_some_and(|at| Instant::now() + Duration::from_millis(2) < at);
    if early {
        world.violation(format!("the message {number} came before its delay was over"));
    }
    known.message_ids.insert(id);
    if known.message_ids.len() > 1 {
        world.violation(format!("the message {number} is there twice: {:?}", known.message_ids));
    }
}

//! The FIFO queue: a producer a group, deduplication ids for what was cut off, and consumers that insist on the order.

use super::{Deletion, Received, delete, receive};
use crate::client::{Answer, Client};
use crate::site::{VISIBILITY_SECONDS, queue_url};
use crate::world::World;
use serde_json::json;
use std::rc::Rc;
use std::time::{Duration, Instant};

const QUEUE: &str = "ordered.fifo";

/// Sends 0, 1, 2 and so on; each again under the same deduplication id until it is answered.
pub async fn produce(world: Rc<World>, group: &'static str) {
    let mut client = Client::new(&world);
    world.ledgers.borrow_mut().groups.entry(group.to_owned()).or_default();
    let mut position = 0_u64;
    while !world.ending.get() {
        let input = json!({
            "QueueUrl": queue_url(world.address, QUEUE), "MessageBody": position.to_string(),
            "MessageGroupId": group, "MessageDeduplicationId": format!("{group}-{position}")
        });
        loop {
            match client.sqs("SendMessage", &input).await {
                Answer::Done(_) => break,
                Answer::Refused { code, message } => {
                    return world
                        .violation(format!("a message of group {group} was refused: {code}: {message}"));
                }
                Answer::Unknown => world.ledgers.borrow_mut().unknown += 1,
            }
        }
        position += 1;
        if let Some(group) = world.ledgers.borrow_mut().groups.get_mut(group) {
            group.sent = position;
        }
        tokio::time::sleep(Duration::from_millis(2 + world.random(10))).await;
    }
}

pub async fn consume(world: Rc<World>) {
    let mut client = Client::new(&world);
    loop {
        let (asked, messages) = receive(&mut client, &world, QUEUE).await;
        for message in &messages {
            take_in(&world, message, asked);
        }
        for message in &messages {
            // In their order, and none beyond one that is not known to be gone: it comes again before those behind it.
            if delete(&mut client, &world, QUEUE, &message.receipt).await != Deletion::Done {
                break;
            }
            let in_time = asked.elapsed() < Duration::from_secs(VISIBILITY_SECONDS);
            settle(&world, message, in_time);
        }
    }
}

fn place(message: &Received) -> Option<(String, u64)> {
    let group = message.attributes["MessageGroupId"].as_str()?;
    Some((group.to_owned(), message.body.parse().ok()?))
}

/// Each comes for the first time right behind the one before it, and never under another id.
fn take_in(world: &World, message: &Received, asked: Instant) {
    let mut ledgers = world.ledgers.borrow_mut();
    let place = place(message);
    let known = place.and_then(|(name, at)| Some((ledgers.groups.get_mut(&name)?, name, at)));
    let Some((group, name, position)) = known else {
        return world.violation(format!("a message that nobody sent: {}", message.body));
    };
    if group.deleted.get(&position).is_some_and(|deleted| *deleted < asked) {
        world.violation(format!("{name} {position} came again after its deletion was acknowledged"));
    }
    match (position as usize).cmp(&group.received.len()) {
        std::cmp::Ordering::Equal => group.received.push(message.id.clone()),
        std::cmp::Ordering::Greater => {
            let expected = group.received.len();
            world.violation(format!("out of order: {name} {position} came before {name} {expected}"));
        }
        std::cmp::Ordering::Less if group.received[position as usize] != message.id => {
            world.violation(format!("{name} {position} is there twice"));
        }
        std::cmp::Ordering::Less => {}
    }
}

fn settle(world: &World, message: &Received, in_time: bool) {
    let mut ledgers = world.ledgers.borrow_mut();
    let Some((name, position)) = place(message) else { return };
    let Some(group) = ledgers.groups.get_mut(&name) else { return };
    if in_time {
        group.deleted.entry(position).or_insert_with(Instant::now);
    }
}

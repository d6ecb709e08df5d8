//! Those who answer task tokens, and those who count the notifications at the end.

use super::{Received, delete, receive};
use crate::client::{Answer, Client};
use crate::ledger::Token;
use crate::world::World;
use serde_json::{Value, json};
use std::rc::Rc;

/// How a task is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Succeeds,
    /// Failed with an error that the state retries.
    Again,
    /// Failed with an error that the state catches.
    Fails,
}

/// Answers each token of the queue, asked again until it is known what came of it.
pub async fn answer(world: Rc<World>) {
    let mut client = Client::new(&world);
    loop {
        let (_, messages) = receive(&mut client, &world, "tasks").await;
        for message in messages {
            let Some(token) = take_in(&world, &message) else { continue };
            answer_token(&mut client, &world, &token).await;
            delete(&mut client, &world, "tasks", &message.receipt).await;
        }
    }
}

/// Writes down the token of a message: one message is all that may carry it.
fn take_in(world: &World, message: &Received) -> Option<String> {
    let body: Value = serde_json::from_str(&message.body).unwrap_or(Value::Null);
    let number = body["number"].as_str().and_then(|number| number.parse().ok());
    let (Some(number), Some(token)) = (number, body["token"].as_str()) else {
        world.violation(format!("a message that no workflow sent: {}", message.body));
        return None;
    };
    let mut ledgers = world.ledgers.borrow_mut();
    let next = ledgers.tokens.len();
    let known = ledgers.tokens.entry(token.to_owned()).or_insert_with(|| Token {
        number,
        message_id: message.id.clone(),
        tag: format!("answer-{next}"),
        accepted: 0,
        unknown: 0,
    });
    if known.message_id != message.id {
        let (first, second) = (&known.message_id, &message.id);
        world.violation(format!(
            "two messages of one attempt of the execution {number}: {first} and {second}"
        ));
    }
    Some(token.to_owned())
}

async fn answer_token(client: &mut Client, world: &World, token: &str) {
    let (tag, is_answered) = {
        let ledgers = world.ledgers.borrow();
        let known = &ledgers.tokens[token];
        (known.tag.clone(), known.accepted > 0)
    };
    let verdict = match world.random(8) {
        0 => Verdict::Fails,
        1 => Verdict::Again,
        _ => Verdict::Succeeds,
    };
    let is_settled = try_answer(client, world, token, &tag, verdict).await;
    // A token that was answered is refused from then on, whether it comes again by its message or is tried once more.
    if is_settled && !is_answered && world.random(8) == 0 {
        try_answer(client, world, token, &tag, Verdict::Succeeds).await;
    }
}

async fn try_answer(client: &mut Client, world: &World, token: &str, tag: &str, verdict: Verdict) -> bool {
    let (operation, input) = match verdict {
        Verdict::Succeeds => {
            ("SendTaskSuccess", json!({"taskToken": token, "output": json!({"tag": tag}).to_string()}))
        }
        Verdict::Again => ("SendTaskFailure", json!({"taskToken": token, "error": "Again", "cause": tag})),
        Verdict::Fails => ("SendTaskFailure", json!({"taskToken": token, "error": "Fatal", "cause": tag})),
    };
    loop {
        let answer = client.states(operation, &input).await;
        let mut ledgers = world.ledgers.borrow_mut();
        let ledgers = &mut *ledgers;
        let Some(known) = ledgers.tokens.get_mut(token) else { return false };
        match answer {
            Answer::Done(_) => {
                known.accepted += 1;
                if known.accepted > 1 {
                    world.violation(format!(
                        "the token of {tag} (execution {}) was accepted twice",
                        known.number
                    ));
                }
                return true;
            }
            Answer::Refused { code, message } => {
                if known.accepted + known.unknown == 0 {
                    let number = known.number;
                    world.violation(format!(
                        "the token of {tag} (execution {number}) was refused although nobody answered: {code}: {message}"
                    ));
                }
                return true;
            }
            Answer::Unknown => {
                known.unknown += 1;
                ledgers.unknown += 1;
            }
        }
    }
}

/// Counts the notifications of executions that came to their end.
pub async fn count_notifications(world: Rc<World>) {
    let mut client = Client::new(&world);
    loop {
        let (_, messages) = receive(&mut client, &world, "told").await;
        for message in messages {
            count_notification(&world, &message);
            delete(&mut client, &world, "told", &message.receipt).await;
        }
    }
}

fn count_notification(world: &World, message: &Received) {
    let body: Value = serde_json::from_str(&message.body).unwrap_or(Value::Null);
    let number = body["Message"].as_str().and_then(|number| number.parse::<u64>().ok());
    let mut ledgers = world.ledgers.borrow_mut();
    let execution = number.and_then(|number| ledgers.executions.get_mut(&number));
    let (Some(execution), Some(id)) = (execution, body["MessageId"].as_str()) else {
        return world.violation(format!("a notification that no execution sent: {}", message.body));
    };
    // The topic's id and the queue's: neither may differ from one receive to the next.
    execution.notifications.insert(format!("{id} as {}", message.id));
    if execution.notifications.len() > 1 {
        world.violation(format!("two notifications of {}: {:?}", execution.arn, execution.notifications));
    }
}

/// The queue of the tasks that nobody answers: one message an execution.
pub async fn drain_unanswered(world: Rc<World>) {
    let mut client = Client::new(&world);
    loop {
        let (_, messages) = receive(&mut client, &world, "unanswered").await;
        for message in messages {
            take_in(&world, &message);
            delete(&mut client, &world, "unanswered", &message.receipt).await;
        }
    }
}

//! The load: clients that begin work, do it, and write down what they are told. Each kind of work has a file.

mod activities;
mod callbacks;
mod executions;
mod functions;
mod ordered;
mod redrive;
mod stacks;
mod standard;

use crate::client::{Answer, Client};
use crate::ledger::Kind;
use crate::site::queue_url;
use crate::world::World;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Instant;
use tokio::task::JoinSet;

/// Starts all clients. To be called within a [`tokio::task::LocalSet`].
pub fn start(world: &Rc<World>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        tasks.spawn_local(executions::carry(world.clone(), Kind::Callback));
    }
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Callback) {
        tasks.spawn_local(executions::carry(world.clone(), kind));
    }
    for _ in 0..2 {
        tasks.spawn_local(callbacks::answer(world.clone()));
        tasks.spawn_local(callbacks::count_notifications(world.clone()));
        tasks.spawn_local(activities::work(world.clone()));
        tasks.spawn_local(standard::produce(world.clone(), "standard"));
        tasks.spawn_local(standard::consume(world.clone(), "standard"));
        tasks.spawn_local(ordered::consume(world.clone()));
    }
    for group in ["a", "b", "c"] {
        tasks.spawn_local(ordered::produce(world.clone(), group));
    }
    tasks.spawn_local(standard::consume(world.clone(), "dead"));
    tasks.spawn_local(callbacks::drain_unanswered(world.clone()));
    tasks.spawn_local(standard::produce(world.clone(), "parked"));
    tasks.spawn_local(standard::consume(world.clone(), "returned"));
    tasks.spawn_local(redrive::redrive(world.clone()));
    tasks.spawn_local(functions::invoke(world.clone()));
    tasks.spawn_local(functions::feed(world.clone()));
    tasks.spawn_local(functions::read_reports(world.clone()));
    tasks.spawn_local(stacks::carry(world.clone()));
    tasks
}

/// A message as a consumer has it.
struct Received {
    id: String,
    body: String,
    receipt: String,
    attributes: Value,
}

/// Up to ten messages, within a second; none where the call was cut off. With the time at which it was asked.
async fn receive(client: &mut Client, world: &World, queue: &str) -> (Instant, Vec<Received>) {
    let input = json!({
        "QueueUrl": queue_url(world.address, queue), "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1,
        "MessageSystemAttributeNames": ["All"]
    });
    let asked = Instant::now();
    let messages = match client.sqs("ReceiveMessage", &input).await {
        Answer::Done(mut answer) => answer.get_mut("Messages").map(Value::take).unwrap_or_default(),
        Answer::Refused { code, message } => {
            world.violation(format!("the queue {queue} refuses a receive: {code}: {message}"));
            Value::Null
        }
        Answer::Unknown => {
            world.ledgers.borrow_mut().unknown += 1;
            Value::Null
        }
    };
    let messages = messages.as_array().into_iter().flatten();
    let text = |message: &Value, member: &str| message[member].as_str().unwrap_or_default().to_owned();
    let received = messages.map(|message| Received {
        id: text(message, "MessageId"),
        body: text(message, "Body"),
        receipt: text(message, "ReceiptHandle"),
        attributes: message["Attributes"].clone(),
    });
    (asked, received.collect())
}

/// What came of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deletion {
    Done,
    /// The receipt handle is too old: the message comes again.
    Refused,
    /// Cut off: it comes again or it doesn't.
    Unknown,
}

async fn delete(client: &mut Client, world: &World, queue: &str, receipt: &str) -> Deletion {
    let input = json!({"QueueUrl": queue_url(world.address, queue), "ReceiptHandle": receipt});
    match client.sqs("DeleteMessage", &input).await {
        Answer::Done(_) => Deletion::Done,
        Answer::Refused { .. } => Deletion::Refused,
        Answer::Unknown => {
            world.ledgers.borrow_mut().unknown += 1;
            Deletion::Unknown
        }
    }
}

/// Whether what is left in a queue is known to be done with: a deletion that was cut off, or a client that was ended, leaves
/// a message that comes again. All that come are taken off; whether each had been received before.
pub async fn is_accounted_for(client: &mut Client, world: &World, queue: &str) -> bool {
    let began = Instant::now();
    let patience = std::time::Duration::from_secs(3 * crate::site::VISIBILITY_SECONDS);
    let mut unknown = 0;
    while began.elapsed() < patience {
        for message in receive(client, world, queue).await.1 {
            unknown += u64::from(!is_known(world, queue, &message));
            delete(client, world, queue, &message.receipt).await;
        }
    }
    unknown == 0
}

fn is_known(world: &World, queue: &str, message: &Received) -> bool {
    let ledgers = world.ledgers.borrow();
    let has = |ids: &std::collections::BTreeSet<String>| ids.contains(&message.id);
    match queue {
        "standard" | "dead" | "returned" => ledgers.messages.values().any(|known| has(&known.message_ids)),
        "tasks" | "unanswered" => ledgers.tokens.values().any(|known| known.message_id == message.id),
        "reports" => {
            ledgers.invocations.values().any(|known| has(&known.reports))
                || ledgers.fed.values().any(|known| has(&known.reports))
        }
        "told" => {
            let ending = format!(" as {}", message.id);
            let mut told = ledgers.executions.values().flat_map(|execution| &execution.notifications);
            told.any(|id| id.ends_with(&ending))
        }
        _ => ledgers.groups.values().any(|group| group.received.contains(&message.id)),
    }
}

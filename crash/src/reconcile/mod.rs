//! Holds what is there against what was told: a little of it after each restart, all of it when everything has run dry.

mod activities;
mod children;

use crate::client::{Answer, Client};
use crate::history;
use crate::ledger::Kind;
use crate::load;
use crate::site::queue_url;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Time in which all that was begun must come to its end, once nothing kills the server any more.
const PATIENCE: Duration = Duration::from_secs(90);
/// How many of the last acknowledged executions are looked for after each restart.
const LAST: usize = 10;
/// Connections over which histories are read.
const READERS: usize = 8;

/// What was acknowledged last must be there after a restart.
pub async fn after_restart(world: &Rc<World>) {
    let last: Vec<(u64, String)> = {
        let ledgers = world.ledgers.borrow();
        let started = ledgers.executions.iter().rev().filter(|(_, execution)| execution.started);
        started.take(LAST).map(|(number, execution)| (*number, execution.arn.clone())).collect()
    };
    let mut client = Client::new(world);
    for (number, arn) in last {
        match client.states("DescribeExecution", &json!({"executionArn": arn})).await {
            Answer::Done(_) => {}
            lost => {
                world.violation(format!("the execution {number} was acknowledged; after a restart: {lost:?}"))
            }
        }
    }
    let answered: Vec<(u64, String)> = {
        let ledgers = world.ledgers.borrow();
        // Tokens have no order in time; the highest numbers of executions are the youngest.
        let mut accepted: Vec<_> = ledgers.tokens.values().filter(|token| token.accepted > 0).collect();
        accepted.sort_by_key(|token| std::cmp::Reverse(token.number));
        accepted.into_iter().take(LAST / 2).map(|token| (token.number, token.tag.clone())).collect()
    };
    for (number, tag) in answered {
        let arn = world.ledgers.borrow().executions[&number].arn.clone();
        if let Some(events) = history::read(&mut client, world, &arn).await
            && !history::answers(&events).contains(&tag)
        {
            world.violation(format!(
                "the answer {tag} to the execution {number} was acknowledged and is gone"
            ));
        }
    }
}

/// Waits until all has come to its end, or long enough.
pub async fn run_dry(world: &Rc<World>, load: &mut JoinSet<()>) {
    world.ending.set(true);
    let began = Instant::now();
    while !world.ledgers.borrow().unfinished().is_empty() && began.elapsed() < PATIENCE && world.is_sound() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for lost in world.ledgers.borrow().unfinished() {
        world.violation(format!("lost: {lost}"));
    }
    // A second message or notification of the same thing would come now.
    tokio::time::sleep(Duration::from_millis(500)).await;
    load.abort_all();
    while load.join_next().await.is_some() {}
}

/// Reads all that is there and holds it against the ledgers.
pub async fn everything(world: &Rc<World>) {
    let numbers: Vec<u64> = world.ledgers.borrow().executions.keys().copied().collect();
    let mut readers = JoinSet::new();
    for reader in 0..READERS {
        let (world, numbers) = (world.clone(), numbers.clone());
        readers.spawn_local(async move {
            let mut client = Client::new(&world);
            for number in numbers.into_iter().skip(reader).step_by(READERS) {
                check_execution(&mut client, &world, number).await;
            }
        });
    }
    while readers.join_next().await.is_some() {}
    let mut client = Client::new(world);
    for queue in [
        "tasks",
        "unanswered",
        "told",
        "standard",
        "dead",
        "parked",
        "returned",
        "ordered.fifo",
        "feed",
        "reports",
    ] {
        check_empty(&mut client, world, queue).await;
    }
    list_executions(&mut client, world).await;
}

async fn check_execution(client: &mut Client, world: &World, number: u64) {
    let (kind, arn) = {
        let ledgers = world.ledgers.borrow();
        let execution = &ledgers.executions[&number];
        (execution.kind, execution.arn.clone())
    };
    let Some(events) = history::read(client, world, &arn).await else { return };
    let violation = |what: String| world.violation(format!("the history of the execution {number}: {what}"));
    history::check_order(&events).into_iter().for_each(violation);
    match kind {
        Kind::Callback => check_callback(world, number, &events),
        Kind::Timed => history::check_timed(&events).into_iter().for_each(violation),
        Kind::Function => history::check_function(&events, number).into_iter().for_each(violation),
        Kind::Heavy => history::check_heavy(&events).into_iter().for_each(violation),
        Kind::Parent => children::check_parent(client, world, number, &events).await,
        Kind::Worked => activities::check_worked(world, number, &events),
        Kind::Mapped => children::check_mapped(client, world, number, &arn, &events).await,
    }
}

/// Every attempt has one message and one answer; every acknowledged answer is among them, as it was told.
fn check_callback(world: &World, number: u64, events: &[Value]) {
    let ledgers = world.ledgers.borrow();
    let violation = |what: String| world.violation(format!("the execution {number}: {what}"));
    let tokens: Vec<_> = ledgers.tokens.values().filter(|token| token.number == number).collect();
    let sent = history::message_ids(events);
    let mut received: Vec<_> = tokens.iter().map(|token| token.message_id.clone()).collect();
    let mut expected = sent.clone();
    received.sort_unstable();
    expected.sort_unstable();
    if received != expected {
        violation(format!("its history has the messages {expected:?}, and these came: {received:?}"));
    }
    let answers = history::answers(events);
    if answers.len() != sent.len() {
        violation(format!("{} messages, but the answers {answers:?}", sent.len()));
    }
    for token in tokens {
        let times = answers.iter().filter(|tag| **tag == token.tag).count();
        let is_right = if token.accepted > 0 { times == 1 } else { times <= 1 && token.unknown > 0 };
        if !is_right {
            violation(format!(
                "the answer {} ({} accepted) is there {times} times",
                token.tag, token.accepted
            ));
        }
    }
    history::check_callback(events).into_iter().for_each(violation);
}

async fn check_empty(client: &mut Client, world: &World, queue: &str) {
    let input = json!({"QueueUrl": queue_url(world.address, queue), "AttributeNames": ["All"]});
    let Answer::Done(answer) = client.sqs("GetQueueAttributes", &input).await else {
        return world.violation(format!("the queue {queue} is gone"));
    };
    let names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ];
    let counts = names.map(|name| answer["Attributes"][name].as_str().unwrap_or("?").to_owned());
    // What was taken off a queue by a client that was then ended, at the very end, is in flight and no more than that.
    if counts != ["0", "0", "0"] && !load::is_accounted_for(client, world, queue).await {
        world.violation(format!(
            "the queue {queue} is not empty: {counts:?} messages are there, in flight, delayed"
        ));
    }
}

/// Nothing runs that nobody started, and what runs is what was started.
async fn list_executions(client: &mut Client, world: &World) {
    let mut listed: BTreeMap<String, u64> = BTreeMap::new();
    for machine in Kind::ALL.map(Kind::machine).into_iter().chain(["child"]) {
        let mut next = Value::Null;
        loop {
            let mut input = json!({"stateMachineArn": crate::site::machine_arn(machine), "maxResults": 1000});
            if next.is_string() {
                input["nextToken"] = next;
            }
            let Answer::Done(mut page) = client.states("ListExecutions", &input).await else {
                return world.violation(format!("the executions of {machine} can't be listed"));
            };
            for execution in page["executions"].as_array().into_iter().flatten() {
                *listed
                    .entry(execution["executionArn"].as_str().unwrap_or_default().to_owned())
                    .or_default() += 1;
            }
            next = page["nextToken"].take();
            if next.is_null() {
                break;
            }
        }
    }
    let ledgers = world.ledgers.borrow();
    let parents = ledgers.executions.iter().filter(|(_, execution)| execution.kind == Kind::Parent);
    let children = parents.flat_map(|(number, _)| children::of_parent(*number));
    let arns = ledgers.executions.values().map(|execution| execution.arn.clone()).chain(children);
    let began = arns.map(|arn| (arn, 1)).collect();
    if listed != began {
        let count = (listed.len(), began.len());
        world.violation(format!("{} executions are listed, {} were started", count.0, count.1));
    }
}

//! Clients that start executions under names of their own, and look until each has ended.

use crate::client::{Answer, Client};
use crate::ledger::Kind;
use crate::site::{execution_arn, machine_arn};
use crate::world::World;
use serde_json::json;
use std::rc::Rc;
use std::time::Duration;

/// How often a client looks whether its execution has ended.
const LOOK: Duration = Duration::from_millis(50);

/// One execution after the other. Some overlap: one that waits holds up no other.
pub async fn carry(world: Rc<World>, kind: Kind) {
    let mut client = Client::new(&world);
    let mut open = Vec::new();
    let most_open = match kind {
        Kind::Callback => 4,
        Kind::Timed | Kind::Worked | Kind::Parent => 2,
        Kind::Function | Kind::Heavy | Kind::Mapped => 1,
    };
    loop {
        if !world.ending.get() && open.len() < most_open {
            open.push(start(&mut client, &world, kind).await);
        }
        let mut still_open = Vec::new();
        for number in open {
            if !look(&mut client, &world, number).await {
                still_open.push(number);
            }
        }
        open = still_open;
        if world.ending.get() && open.is_empty() {
            return;
        }
        if open.len() == most_open || world.ending.get() {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Starts an execution: asked again under the same name until it is answered.
async fn start(client: &mut Client, world: &World, kind: Kind) -> u64 {
    let machine = kind.machine();
    let name = |number: u64| execution_arn(machine, &format!("e-{number}"));
    let number = world.ledgers.borrow_mut().begin(kind, name);
    let input = json!({"number": number.to_string(), "items": [1, 2, 3]}).to_string();
    let request =
        json!({"stateMachineArn": machine_arn(machine), "name": format!("e-{number}"), "input": input});
    let mut cut_off = false;
    loop {
        match client.states("StartExecution", &request).await {
            Answer::Done(_) => break,
            // The call that was cut off had started it, and it has ended meanwhile.
            Answer::Refused { code, .. } if code == "ExecutionAlreadyExists" && cut_off => break,
            Answer::Refused { code, message } => {
                world.violation(format!("the execution {number} can't be started: {code}: {message}"));
                break;
            }
            Answer::Unknown => {
                cut_off = true;
                world.ledgers.borrow_mut().unknown += 1;
            }
        }
    }
    if let Some(execution) = world.ledgers.borrow_mut().executions.get_mut(&number) {
        execution.started = true;
    }
    number
}

/// Whether it has ended; as it should, or that is a violation.
async fn look(client: &mut Client, world: &World, number: u64) -> bool {
    let arn = world.ledgers.borrow().executions[&number].arn.clone();
    let status = match client.states("DescribeExecution", &json!({"executionArn": arn})).await {
        Answer::Done(answer) => answer["status"].as_str().unwrap_or_default().to_owned(),
        Answer::Refused { code, message } => {
            world.violation(format!(
                "the execution {number} was acknowledged and isn't there: {code}: {message}"
            ));
            return true;
        }
        Answer::Unknown => return false,
    };
    match status.as_str() {
        "RUNNING" => return false,
        "SUCCEEDED" => {}
        other => world.violation(format!("the execution {number} ended as {other}")),
    }
    if let Some(execution) = world.ledgers.borrow_mut().executions.get_mut(&number) {
        execution.ended = true;
    }
    true
}

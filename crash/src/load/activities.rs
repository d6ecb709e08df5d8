//! Workers of an activity: each fetches a task under a name of its own, shows that it is alive, and ends it in one way or
//! another, asked again until it is known what came of it; or it leaves the task to its heartbeat.

use crate::client::{Answer, Client};
use crate::ledger::Task;
use crate::site::activity_arn;
use crate::world::World;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub async fn work(world: Rc<World>) {
    let mut client = Client::new(&world);
    loop {
        let poll = world.ledgers.borrow_mut().next_poll();
        let input = json!({"activityArn": activity_arn("work"), "workerName": poll});
        match client.states("GetActivityTask", &input).await {
            Answer::Done(task) => {
                if let Some(token) = take_in(&world, &task, poll) {
                    work_on(&mut client, &world, &token).await;
                }
            }
            Answer::Refused { code, message } => {
                return world.violation(format!("a worker is refused: {code}: {message}"));
            }
            Answer::Unknown => world.ledgers.borrow_mut().unknown += 1,
        }
    }
}

/// Writes a task down that was handed out: to one worker only.
fn take_in(world: &World, task: &Value, poll: String) -> Option<String> {
    let token = task["taskToken"].as_str()?;
    let input: Value =
        serde_json::from_str(task["input"].as_str().unwrap_or_default()).unwrap_or(Value::Null);
    let number = input["number"].as_str().and_then(|number| number.parse().ok());
    let Some(number) = number else {
        world.violation(format!("a task that no workflow gave: {task}"));
        return None;
    };
    let mut ledgers = world.ledgers.borrow_mut();
    let tag = format!("work-{}", ledgers.tasks.len());
    let told = Task { number, poll, tag, ..Task::default() };
    if let Some(first) = ledgers.tasks.insert(token.to_owned(), told) {
        world.violation(format!(
            "a task of the execution {number} was handed out twice, first to {}",
            first.poll
        ));
    }
    Some(token.to_owned())
}

async fn work_on(client: &mut Client, world: &World, token: &str) {
    if world.random(8) == 0 {
        return;
    }
    for _ in 0..world.random(3) {
        tokio::time::sleep(Duration::from_millis(world.random(300))).await;
        beat(client, world, token).await;
    }
    let tag = world.ledgers.borrow().tasks[token].tag.clone();
    let (operation, input) = match world.random(6) {
        0 => ("SendTaskFailure", json!({"taskToken": token, "error": "Again", "cause": tag})),
        _ => ("SendTaskSuccess", json!({"taskToken": token, "output": json!({"tag": tag}).to_string()})),
    };
    loop {
        let answer = client.states(operation, &input).await;
        let mut ledgers = world.ledgers.borrow_mut();
        let ledgers = &mut *ledgers;
        let Some(task) = ledgers.tasks.get_mut(token) else { return };
        match answer {
            Answer::Done(_) => {
                task.accepted += 1;
                return;
            }
            Answer::Refused { .. } => {
                task.refused = true;
                return;
            }
            Answer::Unknown => {
                task.unknown += 1;
                ledgers.unknown += 1;
            }
        }
    }
}

/// A sign of life: from when it was acknowledged, the task has its whole time again.
async fn beat(client: &mut Client, world: &World, token: &str) {
    let asked = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    if let Answer::Done(_) = client.states("SendTaskHeartbeat", &json!({"taskToken": token})).await
        && let Some(task) = world.ledgers.borrow_mut().tasks.get_mut(token)
    {
        task.last_beat = Some(asked);
    }
}

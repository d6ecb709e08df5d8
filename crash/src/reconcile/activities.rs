//! The tasks of an activity: each was handed out once, and ended as its worker was told, or by its heartbeat.

use crate::history::{self, details, kind};
use crate::ledger::Task;
use crate::site::HEARTBEAT_SECONDS;
use crate::world::World;
use serde_json::Value;

/// The server's clock is the host's, and counts in milliseconds.
const ROUNDED_SECONDS: f64 = 0.002;

pub fn check_worked(world: &World, number: u64, events: &[Value]) {
    let violation = |what: String| world.violation(format!("the activity's execution {number}: {what}"));
    history::check_worked(events).into_iter().for_each(violation);
    let ledgers = world.ledgers.borrow();
    for task in ledgers.tasks.values().filter(|task| task.number == number) {
        if let Err(what) = check(task, events) {
            violation(format!("the task of {} ({}): {what}", task.poll, task.tag));
        }
    }
}

fn check(task: &Task, events: &[Value]) -> Result<(), String> {
    let is_its_start = |event: &&Value| {
        kind(event) == "ActivityStarted" && details(event)["workerName"].as_str() == Some(&task.poll)
    };
    let started: Vec<u64> =
        events.iter().filter(is_its_start).filter_map(|event| event["id"].as_u64()).collect();
    let [started] = started.as_slice() else { return Err(format!("it was started at {started:?}")) };
    let end = events.iter().find(|event| event["previousEventId"].as_u64() == Some(*started));
    let end = end.ok_or("it never ended")?;
    let is_own = history::answer(end).as_deref() == Some(&task.tag);
    let is_late = kind(end) == "ActivityTimedOut";
    let is_right = match (task.accepted, task.unknown) {
        (1, _) => is_own,
        (0, 0) => is_late,
        (0, _) => is_own || is_late,
        _ => return Err("it was accepted twice".to_owned()),
    };
    if !is_right {
        return Err(format!("{task:?} ended with {end}"));
    }
    let until = task.last_beat.map(|asked| asked + HEARTBEAT_SECONDS as f64 - ROUNDED_SECONDS);
    match (is_late, until, end["timestamp"].as_f64()) {
        (true, Some(until), Some(ended)) if ended < until => {
            Err(format!("it showed that it was alive until {until}, and timed out at {ended}"))
        }
        _ => Ok(()),
    }
}

//! How long closed executions are kept, and how they go.

use super::*;
use crate::keys::{Family, Key};
use crate::settings::Settings;
use crate::states::{CreateStateMachine, DescribeExecution, StartExecution};
use crate::testing::{World, input};
use serde_json::{Value, json};

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
const DAY_MS: u64 = 86_400_000;
/// Sweeps of an hour's executions come together.
const HOUR_MS: u64 = 3_600_000;

fn world(settings: Settings, state: &Value) -> World {
    let mut world = World::with_settings(settings);
    world.create_role("r", "states.amazonaws.com");
    let definition = json!({"StartAt": "S", "States": {"S": state}}).to_string();
    let create =
        json!({"name": "m", "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/r"});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

fn passing(settings: Settings) -> World {
    world(settings, &json!({"Type": "Pass", "End": true}))
}

fn start(world: &mut World, name: &str) -> Result<String, String> {
    let start = json!({"stateMachineArn": MACHINE, "name": name});
    let answer = world.call(input::<StartExecution>(start)).map_err(|error| error.code.to_string())?;
    Ok(answer["executionArn"].as_str().unwrap().to_owned())
}

fn describe(world: &World, arn: &str) -> Result<Value, String> {
    let describe = input::<DescribeExecution>(json!({"executionArn": arn}));
    world.read(&describe).map_err(|error| error.code.to_string())
}

fn count(world: &World, family: Family) -> usize {
    let all = Key::new(family);
    world.store.scan(all.as_bytes(), &all.end(), Direction::Forward).count()
}

const OF_EXECUTIONS: [Family; 5] = [
    Family::Execution,
    Family::ExecutionState,
    Family::ExecutionName,
    Family::History,
    Family::ClosedExecutions,
];

#[test]
fn an_execution_that_ended_is_gone_after_ninety_days_and_its_name_is_free() {
    let mut world = passing(Settings::default());
    let arn = start(&mut world, "e").unwrap();
    assert_eq!(start(&mut world, "e").unwrap_err(), "ExecutionAlreadyExists");
    world.pass(90 * DAY_MS - 1);
    assert_eq!(describe(&world, &arn).unwrap()["status"], "SUCCEEDED");
    world.pass(HOUR_MS + 1);
    assert_eq!(describe(&world, &arn).unwrap_err(), "ExecutionDoesNotExist");
    assert_eq!(OF_EXECUTIONS.map(|family| count(&world, family)), [0; 5]);
    assert_eq!(count(&world, Family::Timer), 0, "an empty list has no sweep");
    start(&mut world, "e").unwrap();
}

#[test]
fn what_runs_is_kept_however_old_and_its_ninety_days_begin_when_it_ends() {
    let wait = json!({"Type": "Wait", "Seconds": 100 * 86_400, "End": true});
    let mut world = world(Settings::default(), &wait);
    let arn = start(&mut world, "e").unwrap();
    world.pass(99 * DAY_MS);
    assert_eq!(describe(&world, &arn).unwrap()["status"], "RUNNING");
    world.pass(90 * DAY_MS);
    assert_eq!(describe(&world, &arn).unwrap()["status"], "SUCCEEDED");
    world.pass(DAY_MS + HOUR_MS);
    assert_eq!(describe(&world, &arn).unwrap_err(), "ExecutionDoesNotExist");
}

#[test]
fn many_go_in_bounded_turns_and_a_restart_in_the_middle_changes_nothing() {
    let mut world = passing(Settings { rows_per_command: 7, ..Settings::default() });
    for index in 0..40 {
        start(&mut world, &format!("e{index}")).unwrap();
    }
    let commits = world.log.len();
    world.pass(90 * DAY_MS + HOUR_MS);
    assert_eq!(OF_EXECUTIONS.map(|family| count(&world, family)), [0; 5]);
    let swept = world.log.split_off(commits);
    assert!(swept.iter().all(|batch| batch.writes().len() < 20), "no commit sweeps more than a turn or two");
    assert!(swept.len() > 20);
}

#[test]
fn the_time_can_be_another_after_a_restart() {
    let mut world = passing(Settings::default());
    let arn = start(&mut world, "e").unwrap();
    world.pass(2 * DAY_MS);
    let world = world.restart_with(Settings { execution_retention_ms: DAY_MS, ..Settings::default() });
    assert_eq!(describe(&world, &arn).unwrap_err(), "ExecutionDoesNotExist");
}

#[test]
fn executions_that_end_together_are_listed_together() {
    let wait = json!({"Type": "Wait", "Timestamp": "2023-11-15T00:00:00Z", "End": true});
    let mut world = world(Settings::default(), &wait);
    for index in 0..16 {
        start(&mut world, &format!("e{index}")).unwrap();
    }
    world.pass(DAY_MS);
    assert_eq!(count(&world, Family::ExecutionState), 16);
    assert_eq!(count(&world, Family::ClosedExecutions), 1);
    assert_eq!(count(&world, Family::Timer), 1);
}

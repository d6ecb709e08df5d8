//! EXPRESS machines and their executions: what is refused, what is answered, and that nothing is written.

use crate::effect::{Effect, EffectResult};
use crate::kept::Definitions;
use crate::logs::{CreateLogGroup, FilterLogEvents};
use crate::operation::Execute;
use crate::sqs::{CreateQueue, ReceiveMessage};
use crate::states::express::ExpressExecution;
use crate::states::in_memory::{InMemory, Pace, PerformTask, Performance};
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use std::sync::Arc;
use stepwell_engine::Event;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
const ROLE: &str = "arn:aws:iam::000000000000:role/r";
const QUEUE: &str = "http://localhost:4566/000000000000/q";

fn world(definition: &Value, kind: &str) -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    create(&mut world, definition, kind).unwrap();
    world
}

fn create(world: &mut World, definition: &Value, kind: &str) -> Result<Value, stepwell_wire::ApiError> {
    let definition = definition.to_string();
    let create = json!({"name": "m", "definition": definition, "roleArn": ROLE, "type": kind});
    world.call(input::<CreateStateMachine>(create))
}

fn pass() -> Value {
    json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}})
}

fn task(resource: &str, parameters: Value) -> Value {
    let task = json!({"Type": "Task", "Resource": resource, "Parameters": parameters, "End": true});
    json!({"StartAt": "T", "States": {"T": task}})
}

/// Runs an execution to its end, as the server does: tasks are commands, waits are passed over.
fn run(world: &mut World, asked: Value) -> Value {
    let start = input::<StartSyncExecution>(asked);
    let mut execution = world.begin(&start, &Definitions::default()).unwrap();
    drive(world, &mut execution);
    serde_json::to_value(start.answer(execution).unwrap()).unwrap()
}

fn drive(world: &mut World, execution: &mut InMemory) {
    let mut events = vec![Event::Start];
    while execution.outcome().is_none() {
        let event = events.pop().unwrap_or(Event::Due);
        let progress = match execution.step(&event, Pace::Brief, world.now_ms) {
            Some(progress) => progress,
            None => execution.step(&event, Pace::Long, world.now_ms).unwrap(),
        };
        for task in progress.tasks {
            match world.perform(PerformTask(Arc::new(task))) {
                Performance::Done(event) => events.push(event),
                Performance::Outside(effect) => panic!("{effect:?}"),
            }
        }
        if progress.has_work {
            events.push(Event::Continue);
        }
        if let (Some(due_ms), true) = (progress.next_due_ms, events.is_empty()) {
            world.pass(due_ms.saturating_sub(world.now_ms));
        }
    }
}

#[test]
fn an_express_machine_is_made_and_shown_as_one() {
    let mut world = world(&pass(), "EXPRESS");
    let shown = world.read(&input::<DescribeStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
    assert_eq!(shown["type"], "EXPRESS");
    let listed = world.read(&input::<ListStateMachines>(json!({}))).unwrap();
    assert_eq!(listed["stateMachines"][0]["type"], "EXPRESS");
    assert_eq!(create(&mut world, &pass(), "STANDARD").unwrap_err().code, "StateMachineAlreadyExists");
    assert!(create(&mut world, &pass(), "EXPRESS").is_ok(), "idempotent");
}

#[test]
fn what_outlasts_five_minutes_is_refused() {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    let queue = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    let refused = create(&mut world, &task(queue, json!({"MessageBody.$": "$$.Task.Token"})), "EXPRESS");
    let message = "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Express state machine does not support \
        '.waitForTaskToken' service integration  at /States/T/Resource'";
    assert_eq!(refused.unwrap_err().message, message);
    create(&mut world, &pass(), "EXPRESS").unwrap();
    let update = json!({"stateMachineArn": MACHINE, "definition": task(queue, json!({})).to_string()});
    assert_eq!(world.call(input::<UpdateStateMachine>(update)).unwrap_err().code, "InvalidDefinition");
    let items = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}});
    let update = json!({"stateMachineArn": MACHINE, "definition": items.to_string()});
    assert_eq!(world.call(input::<UpdateStateMachine>(update)).unwrap_err().code, "InvalidDefinition");
}

#[test]
fn operations_of_the_other_type_are_refused() {
    let express = world(&pass(), "EXPRESS");
    let refused = express.read(&input::<ListExecutions>(json!({"stateMachineArn": MACHINE}))).unwrap_err();
    assert_eq!(refused.code, "StateMachineTypeNotSupported");
    assert_eq!(refused.message, "This operation is not supported by this type of state machine");
    let arn = "arn:aws:states:us-east-1:000000000000:express:m:x:y";
    let refused = express.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap_err();
    assert_eq!(refused.message, "Invalid Arn: 'Resource type not valid in this context: express'");
    let standard = world(&pass(), "STANDARD");
    let start = input::<StartSyncExecution>(json!({"stateMachineArn": MACHINE}));
    let refused = standard.begin(&start, &Definitions::default()).unwrap_err();
    assert_eq!(refused.code, "StateMachineTypeNotSupported");
}

#[test]
fn an_execution_is_answered_whole_and_leaves_nothing() {
    let mut world = world(&pass(), "EXPRESS");
    let commits = world.log.len();
    let answer =
        run(&mut world, json!({"stateMachineArn": MACHINE, "name": "n", "input": "[1]", "traceHeader": "t"}));
    assert_eq!(world.log.len(), commits);
    let arn = answer["executionArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:states:us-east-1:000000000000:express:m:n:"), "{arn}");
    let (started, stopped) = (answer["startDate"].clone(), answer["stopDate"].clone());
    let expected = json!({
        "executionArn": arn, "stateMachineArn": MACHINE, "name": "n", "startDate": started, "stopDate": stopped,
        "status": "SUCCEEDED", "input": "[1]", "inputDetails": {"included": true}, "output": "[1]",
        "outputDetails": {"included": true}, "traceHeader": "t",
        "billingDetails": {"billedDurationInMilliseconds": 100, "billedMemoryUsedInMB": 64},
    });
    assert_eq!(answer, expected);
    let bare = run(&mut world, json!({"stateMachineArn": MACHINE, "includedData": "METADATA_ONLY"}));
    assert_eq!((&bare["input"], &bare["output"]), (&Value::Null, &Value::Null));
    assert_eq!(bare["outputDetails"], json!({"included": false}));
}

#[test]
fn a_failure_is_an_answer_and_so_is_the_limit_of_five_minutes() {
    let fail = json!({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}});
    let answer = run(&mut world(&fail, "EXPRESS"), json!({"stateMachineArn": MACHINE}));
    assert_eq!(
        (&answer["status"], &answer["error"], &answer["cause"]),
        (&json!("FAILED"), &json!("E"), &json!("C"))
    );
    assert_eq!((answer.get("output"), &answer["outputDetails"]), (None, &json!({"included": true})));
    let wait = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "End": true}}});
    let answer = run(&mut world(&wait, "EXPRESS"), json!({"stateMachineArn": MACHINE}));
    assert_eq!((&answer["status"], &answer["error"]), (&json!("TIMED_OUT"), &json!("States.Timeout")));
    assert_eq!(answer["billingDetails"]["billedDurationInMilliseconds"], 300_000);
}

#[test]
fn branches_waits_and_long_expressions_run_to_their_end() {
    let long = "{% $sum([1..200000]) %}";
    let branch = |name: &str, state: Value| json!({"StartAt": name, "States": {name: state}});
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "Both", "States": {"Both": {
    "Type": "Parallel", "End": true, "Branches": [
        branch("W", json!({"Type": "Wait", "Seconds": 2, "End": true})),
        branch("L", json!({"Type": "Pass", "Output": long, "End": true})),
        branch("M", json!({"Type": "Map", "Items": [1, 2, 3], "End": true,
            "ItemProcessor": branch("P", json!({"Type": "Pass", "Output": "{% $states.input + 1 %}", "End": true}))})),
    ]}}});
    let answer = run(&mut world(&definition, "EXPRESS"), json!({"stateMachineArn": MACHINE}));
    assert_eq!(answer["output"], json!("[{},20000100000,[2,3,4]]"), "{answer}");
    assert_eq!(answer["billingDetails"]["billedDurationInMilliseconds"], 2000);
}

#[test]
fn a_task_is_a_command_as_the_machines_role() {
    let send =
        task("arn:aws:states:::sqs:sendMessage", json!({"QueueUrl": QUEUE, "MessageBody.$": "$.text"}));
    let mut world = world(&send, "EXPRESS");
    let missing = run(&mut world, json!({"stateMachineArn": MACHINE, "input": r#"{"text": "lost"}"#}));
    assert_eq!(missing["status"], "FAILED");
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    let sent = run(&mut world, json!({"stateMachineArn": MACHINE, "input": r#"{"text": "kept"}"#}));
    assert_eq!(sent["status"], "SUCCEEDED", "{sent}");
    let received = world.call(input::<ReceiveMessage>(json!({"QueueUrl": QUEUE}))).unwrap();
    assert_eq!(received["Messages"][0]["Body"], "kept");
}

#[test]
fn a_call_of_another_service_and_a_started_execution_are_made_at_once() {
    let parameters = json!({"QueueName.$": "$"});
    let mut world = world(&task("arn:aws:states:::aws-sdk:sqs:createQueue", parameters), "EXPRESS");
    let made = run(&mut world, json!({"stateMachineArn": MACHINE, "input": r#""q""#}));
    assert!(made["output"].as_str().unwrap().contains("000000000000/q"), "{made}");
    let standard = json!({"name": "s", "definition": pass().to_string(), "roleArn": ROLE});
    let child = world.call(input::<CreateStateMachine>(standard)).unwrap()["stateMachineArn"].clone();
    let start =
        task("arn:aws:states:::states:startExecution", json!({"StateMachineArn": child, "Input": {}}));
    let update = json!({"stateMachineArn": MACHINE, "definition": start.to_string()});
    world.call(input::<UpdateStateMachine>(update)).unwrap();
    assert_eq!(run(&mut world, json!({"stateMachineArn": MACHINE}))["status"], "SUCCEEDED");
    let listed = world.read(&input::<ListExecutions>(json!({"stateMachineArn": child}))).unwrap();
    assert_eq!(listed["executions"][0]["status"], "SUCCEEDED");
}

/// The execution that is owed, and the number of its effect.
fn owed(world: &World) -> (u64, ExpressExecution) {
    let owed = world.owed.iter().find_map(|owed| match &owed.effect {
        Effect::Execute(execution) => Some((owed.id, execution.clone())),
        _ => None,
    });
    owed.expect("an owed execution")
}

fn start(world: &mut World, asked: Value) -> String {
    let started = world.call(input::<StartExecution>(asked)).unwrap();
    started["executionArn"].as_str().unwrap().to_owned()
}

/// Runs the owed execution to its end, and has the end taken in.
fn run_owed(world: &mut World) -> InMemory {
    let (id, execution) = owed(world);
    let mut running =
        execution.begin(&Definitions::default(), &world.store.snapshot(), [9; 32]).unwrap().unwrap();
    drive(world, &mut running);
    let log = running.take_log().map(Box::new);
    world.complete(id, EffectResult::Executed(log));
    running
}

#[test]
fn an_asynchronous_execution_is_one_row_until_it_ended() {
    let mut world = world(&pass(), "EXPRESS");
    let rows = |world: &World| {
        world.store.snapshot().scan(&[], &[0xFF; 4], stepwell_store::Direction::Forward).count()
    };
    let before = rows(&world);
    let first = start(&mut world, json!({"stateMachineArn": MACHINE, "name": "n", "input": "[1]"}));
    assert!(first.starts_with("arn:aws:states:us-east-1:000000000000:express:m:n:"), "{first}");
    assert_eq!(rows(&world), before + 1);
    // A crash before its end leaves it owed: it runs again, from its beginning.
    let mut world = world.restart();
    let ended = run_owed(&mut world);
    assert_eq!(
        (ended.identity().actor.execution_arn.as_str(), ended.status()),
        (first.as_str(), "SUCCEEDED")
    );
    assert_eq!((rows(&world), world.owed.len()), (before, 0));
    // Nothing is idempotent about them: a name may be used again.
    let second = start(&mut world, json!({"stateMachineArn": MACHINE, "name": "n", "input": "[1]"}));
    assert_ne!(first, second);
    run_owed(&mut world);
}

#[test]
fn an_execution_whose_machine_is_gone_is_not_run() {
    let mut world = world(&pass(), "EXPRESS");
    start(&mut world, json!({"stateMachineArn": MACHINE}));
    world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
    let (id, execution) = owed(&world);
    let begun = execution.begin(&Definitions::default(), &world.store.snapshot(), [9; 32]).unwrap();
    assert!(begun.is_none());
    world.complete(id, EffectResult::Executed(None));
}

#[test]
fn an_express_execution_is_told_of_in_its_log_alone() {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.call(input::<CreateLogGroup>(json!({"logGroupName": "g"}))).unwrap();
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:g:*";
    let logging = json!({"level": "ALL", "includeExecutionData": true,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]});
    let create = json!({"name": "m", "definition": pass().to_string(), "roleArn": ROLE, "type": "EXPRESS",
        "loggingConfiguration": logging});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    let arn = start(&mut world, json!({"stateMachineArn": MACHINE, "input": "[1]"}));
    run_owed(&mut world);
    let read = world.read(&input::<FilterLogEvents>(json!({"logGroupName": "g"}))).unwrap();
    let events = read["events"].as_array().unwrap();
    let lines: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_str(event["message"].as_str().unwrap()).unwrap())
        .collect();
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]);
    assert_eq!(lines[3]["execution_arn"], arn);
    assert_eq!(lines[3]["details"], json!({"output": "[1]", "outputDetails": {"truncated": false}}));
    assert!(events[0]["logStreamName"].as_str().unwrap().starts_with("states/m/2023-11-14-22-00/"));
}

#[test]
fn nobody_can_wait_for_the_end_of_an_express_execution() {
    let mut world = world(&pass(), "EXPRESS");
    let wait =
        task("arn:aws:states:::states:startExecution.sync", json!({"StateMachineArn": MACHINE, "Input": {}}));
    let parent = json!({"name": "p", "definition": wait.to_string(), "roleArn": ROLE});
    let parent = world.call(input::<CreateStateMachine>(parent)).unwrap()["stateMachineArn"].clone();
    let execution = start(&mut world, json!({"stateMachineArn": parent}));
    let ended = world.read(&input::<DescribeExecution>(json!({"executionArn": execution}))).unwrap();
    assert_eq!(ended["status"], "FAILED");
    assert!(ended["cause"].as_str().unwrap().contains("not supported by this type"), "{ended}");
    assert!(world.owed.is_empty());
}

//! Executions through the shard: the callback's whole truth table, restarts, timeouts, and what each step writes.

mod tokens;

use crate::keys::Family;
use crate::rows::Rows;
use crate::sns::{CreateTopic, Subscribe};
use crate::sqs::{CreateQueue, DeleteMessageBatch, ReceiveMessage};
use crate::states::open_callbacks::ListCallbacks;
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

const QUEUE: &str = "http://localhost:4566/000000000000/q";
const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

fn callback_definition(more: Value) -> Value {
    let mut task = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": QUEUE, "MessageBody": {"TaskToken.$": "$$.Task.Token", "Input.$": "$"}},
        "End": true
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"StartAt": "Wait For Callback", "States": {
        "Wait For Callback": task,
        "Caught": {"Type": "Pass", "End": true}
    }})
}

/// A world with a queue and a state machine.
fn world(definition: &Value) -> World {
    let mut definition = definition.clone();
    if !definition.to_string().contains("\"Next\":\"Caught\"") {
        definition["States"].as_object_mut().unwrap().shift_remove("Caught");
    }
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": "arn:aws:iam::000000000000:role/r"});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

fn start(world: &mut World, text: &str) -> String {
    let output =
        world.call(input::<StartExecution>(json!({"stateMachineArn": MACHINE, "input": text}))).unwrap();
    output["executionArn"].as_str().unwrap().to_owned()
}

/// The token in the next message of the queue.
fn token(world: &mut World) -> String {
    let answer = world.call(input::<ReceiveMessage>(json!({"QueueUrl": QUEUE}))).unwrap();
    let body: Value =
        serde_json::from_str(answer["Messages"][0]["Body"].as_str().expect("a message")).unwrap();
    body["TaskToken"].as_str().unwrap().to_owned()
}

fn succeed(world: &mut World, token: &str, output: &str) -> Result<Value, ApiError> {
    world.call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": output})))
}

fn fail(world: &mut World, token: &str) -> Result<Value, ApiError> {
    world.call(input::<SendTaskFailure>(json!({"taskToken": token, "error": "E", "cause": "because"})))
}

fn heartbeat(world: &mut World, token: &str) -> Result<Value, ApiError> {
    world.call(input::<SendTaskHeartbeat>(json!({"taskToken": token})))
}

fn describe(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()
}

fn event_types(world: &World, arn: &str) -> Vec<String> {
    let history = world.read(&input::<GetExecutionHistory>(json!({"executionArn": arn}))).unwrap();
    let events = history["events"].as_array().unwrap();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["id"], index + 1, "event ids have no gap");
    }
    events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

const TIMED_OUT: &str = "Task Timed Out: 'Provided task does not exist anymore'";
const INVALID: &str = "Invalid Token: 'Invalid token'";

#[track_caller]
fn assert_refused(answer: Result<Value, ApiError>, code: &str, message: &str) {
    let error = answer.unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), (code, message));
}

#[test]
fn a_callback_succeeds_once() {
    let mut world = world(&callback_definition(json!({})));
    let arn = start(&mut world, r#"{"order": 1}"#);
    assert_eq!(describe(&world, &arn)["status"], "RUNNING");
    let token = token(&mut world);
    succeed(&mut world, &token, r#"{"approved": true}"#).unwrap();
    let described = describe(&world, &arn);
    assert_eq!(described["status"], "SUCCEEDED");
    assert_eq!(described["output"], r#"{"approved":true}"#);
    assert_eq!(
        event_types(&world, &arn),
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
    assert_refused(succeed(&mut world, &token, r#"{"approved": true}"#), "TaskTimedOut", TIMED_OUT);
    assert_refused(succeed(&mut world, &token, "2"), "TaskTimedOut", TIMED_OUT);
    assert_refused(fail(&mut world, &token), "TaskTimedOut", TIMED_OUT);
    assert_refused(heartbeat(&mut world, &token), "TaskTimedOut", TIMED_OUT);
    assert_eq!(describe(&world, &arn)["output"], r#"{"approved":true}"#);
}

#[test]
fn a_failed_callback_takes_its_catch() {
    let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]);
    let mut world = world(&callback_definition(json!({"Catch": catch})));
    let arn = start(&mut world, "{}");
    let token = token(&mut world);
    fail(&mut world, &token).unwrap();
    let described = describe(&world, &arn);
    assert_eq!(described["status"], "SUCCEEDED");
    assert_eq!(described["output"], r#"{"Error":"E","Cause":"because"}"#);
}

#[test]
fn tokens_that_we_never_made_are_invalid() {
    let mut world = world(&callback_definition(json!({})));
    start(&mut world, "{}");
    let good = token(&mut world);
    let mut touched = good.clone().into_bytes();
    touched[10] = if touched[10] == b'A' { b'B' } else { b'A' };
    let touched = String::from_utf8(touched).unwrap();
    let longer = format!("{good}A");
    for bad in ["garbage", touched.as_str(), longer.as_str(), &good[1..], "ü", &"A".repeat(2048)] {
        assert_refused(succeed(&mut world, bad, "1"), "InvalidToken", INVALID);
        assert_refused(fail(&mut world, bad), "InvalidToken", INVALID);
        assert_refused(heartbeat(&mut world, bad), "InvalidToken", INVALID);
    }
    assert_eq!(succeed(&mut world, "", "1").unwrap_err().code, "ValidationException");
    assert_eq!(succeed(&mut world, &"A".repeat(2049), "1").unwrap_err().code, "ValidationException");
    succeed(&mut world, &good, "1").unwrap();
}

#[test]
fn an_output_that_is_no_json_or_too_large_leaves_the_task_open() {
    let mut world = world(&callback_definition(json!({})));
    start(&mut world, "{}");
    let token = token(&mut world);
    assert_eq!(succeed(&mut world, &token, "not json").unwrap_err().code, "InvalidOutput");
    let large = format!("\"{}\"", "x".repeat(262_144));
    assert_eq!(succeed(&mut world, &token, &large).unwrap_err().code, "ValidationException");
    succeed(&mut world, &token, "null").unwrap();
}

#[test]
fn a_timeout_closes_the_task_and_a_heartbeat_does_not_put_it_off() {
    let mut world = world(&callback_definition(json!({"TimeoutSeconds": 100, "HeartbeatSeconds": 30})));
    let arn = start(&mut world, "{}");
    let token = token(&mut world);
    for _ in 0..4 {
        world.pass(24_000);
        heartbeat(&mut world, &token).unwrap();
    }
    world.pass(3_999);
    assert_eq!(describe(&world, &arn)["status"], "RUNNING");
    world.pass(1);
    let described = describe(&world, &arn);
    assert_eq!((&described["status"], &described["error"]), (&json!("FAILED"), &json!("States.Timeout")));
    assert_refused(succeed(&mut world, &token, "1"), "TaskTimedOut", TIMED_OUT);
    assert_refused(heartbeat(&mut world, &token), "TaskTimedOut", TIMED_OUT);
}

#[test]
fn a_missed_heartbeat_closes_the_task() {
    let mut world = world(&callback_definition(json!({"HeartbeatSeconds": 30})));
    let arn = start(&mut world, "{}");
    world.pass(29_999);
    assert_eq!(describe(&world, &arn)["status"], "RUNNING");
    world.pass(1);
    assert_eq!(describe(&world, &arn)["error"], "States.Timeout");
}

#[test]
fn a_retry_has_a_token_of_its_own_and_the_old_one_is_dead() {
    let retry = json!([{"ErrorEquals": ["E"], "IntervalSeconds": 5, "MaxAttempts": 1}]);
    let mut world = world(&callback_definition(json!({"Retry": retry})));
    let arn = start(&mut world, "{}");
    let first = token(&mut world);
    fail(&mut world, &first).unwrap();
    assert_refused(succeed(&mut world, &first, "1"), "TaskTimedOut", TIMED_OUT);
    world.pass(5_000);
    let second = token(&mut world);
    assert_ne!(first, second);
    assert_refused(succeed(&mut world, &first, "1"), "TaskTimedOut", TIMED_OUT);
    succeed(&mut world, &second, "2").unwrap();
    assert_eq!(describe(&world, &arn)["output"], "2");
}

#[test]
fn a_parked_execution_goes_on_after_a_restart() {
    let mut world = world(&callback_definition(json!({"TimeoutSeconds": 100})));
    let (answered, timed_out) = (start(&mut world, "{}"), start(&mut world, "{}"));
    let first = token(&mut world);
    let mut world = world.restart();
    let second = token(&mut world);
    succeed(&mut world, &first, "1").unwrap();
    assert_eq!(describe(&world, &answered)["status"], "SUCCEEDED");
    let mut world = world.restart();
    assert_refused(succeed(&mut world, &first, "1"), "TaskTimedOut", TIMED_OUT);
    world.pass(100_000);
    assert_eq!(describe(&world, &timed_out)["error"], "States.Timeout");
    assert_refused(succeed(&mut world, &second, "1"), "TaskTimedOut", TIMED_OUT);
    event_types(&world, &timed_out);
}

#[test]
fn a_stopped_execution_answers_no_token_any_more() {
    let mut world = world(&callback_definition(json!({})));
    let arn = start(&mut world, "{}");
    let token = token(&mut world);
    world.call(input::<StopExecution>(json!({"executionArn": arn, "error": "Stopped"}))).unwrap();
    let described = describe(&world, &arn);
    assert_eq!((&described["status"], &described["error"]), (&json!("ABORTED"), &json!("Stopped")));
    assert_refused(succeed(&mut world, &token, "1"), "TaskTimedOut", TIMED_OUT);
    let again = world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    assert_eq!(again["stopDate"], described["stopDate"]);
}

#[test]
fn a_task_whose_queue_is_missing_fails_and_leaves_no_message() {
    let mut definition = callback_definition(json!({}));
    definition["States"]["Wait For Callback"]["Parameters"]["QueueUrl"] =
        json!("http://x/000000000000/nowhere");
    let mut world = world(&definition);
    let arn = start(&mut world, "{}");
    let described = describe(&world, &arn);
    assert_eq!(described["error"], "SQS.QueueDoesNotExistException");
    assert!(
        described["cause"].as_str().unwrap().contains("Error Code: AWS.SimpleQueueService.NonExistentQueue")
    );
}

#[test]
fn starting_again_is_the_same_while_it_runs_and_an_error_after() {
    let mut world = world(&callback_definition(json!({})));
    let start = |world: &mut World, text: &str| {
        world.call(input::<StartExecution>(json!({"stateMachineArn": MACHINE, "name": "n", "input": text})))
    };
    let first = start(&mut world, "{}").unwrap();
    assert_eq!(start(&mut world, "{}").unwrap(), first);
    assert_eq!(start(&mut world, "{ }").unwrap_err().code, "ExecutionAlreadyExists");
    let token = token(&mut world);
    succeed(&mut world, &token, "1").unwrap();
    assert_eq!(start(&mut world, "{}").unwrap_err().code, "ExecutionAlreadyExists");
}

#[test]
fn open_callbacks_are_listed_until_they_are_answered() {
    let mut world = world(&callback_definition(json!({"TimeoutSeconds": 60})));
    let arns: Vec<_> = (0..3).map(|_| start(&mut world, "{}")).collect();
    let list = |world: &World, more: Value| world.read(&input::<ListCallbacks>(more)).unwrap();
    let all = list(&world, json!({}));
    assert_eq!(all["callbacks"].as_array().unwrap().len(), 3);
    let one = list(&world, json!({"executionArn": arns[1]}));
    let open = &one["callbacks"][0];
    assert_eq!(open["state"], "Wait For Callback");
    assert_eq!(open["resource"], "sqs:sendMessage.waitForTaskToken");
    assert_eq!(open["deadline"].as_f64().unwrap() - open["since"].as_f64().unwrap(), 60.0);
    let token = open["taskToken"].as_str().unwrap().to_owned();
    succeed(&mut world, &token, "1").unwrap();
    assert_eq!(list(&world, json!({"executionArn": arns[1]}))["callbacks"], json!([]));
    let page = list(&world, json!({"maxResults": 1}));
    let rest = list(&world, json!({"nextToken": page["nextToken"]}));
    assert_eq!(page["callbacks"].as_array().unwrap().len() + rest["callbacks"].as_array().unwrap().len(), 2);
}

#[test]
fn executions_are_listed_newest_first_by_status_and_page() {
    let mut world = world(&callback_definition(json!({})));
    let arns: Vec<_> = (0..5).map(|_| start(&mut world, "{}")).collect();
    world.call(input::<StopExecution>(json!({"executionArn": arns[2]}))).unwrap();
    let list = |more: Value| {
        let mut request = json!({"stateMachineArn": MACHINE});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.read(&input::<ListExecutions>(request)).unwrap()
    };
    let listed = |page: &Value| -> Vec<Value> {
        page["executions"].as_array().unwrap().iter().map(|item| item["executionArn"].clone()).collect()
    };
    let newest_first: Vec<_> = arns.iter().rev().map(|arn| json!(arn)).collect();
    assert_eq!(listed(&list(json!({}))), newest_first);
    assert_eq!(listed(&list(json!({"statusFilter": "ABORTED"}))), [json!(arns[2])]);
    let (mut paged, mut more) = (Vec::new(), json!({"maxResults": 2}));
    loop {
        let page = list(more);
        paged.extend(listed(&page));
        match page.get("nextToken") {
            Some(token) => more = json!({"maxResults": 2, "nextToken": token}),
            None => break,
        }
    }
    assert_eq!(paged, newest_first);
    let wrong = json!({"stateMachineArn": MACHINE, "nextToken": "garbage"});
    let refused = world.read(&input::<ListExecutions>(wrong)).unwrap_err();
    assert_eq!(refused.message, INVALID);
}

#[test]
fn a_history_is_paged_both_ways() {
    let mut world = world(&callback_definition(json!({})));
    let arn = start(&mut world, "{}");
    let token = token(&mut world);
    succeed(&mut world, &token, "1").unwrap();
    for reverse in [false, true] {
        let (mut ids, mut next) = (Vec::new(), Value::Null);
        loop {
            let request =
                json!({"executionArn": arn, "maxResults": 3, "reverseOrder": reverse, "nextToken": next});
            let page = world.read(&input::<GetExecutionHistory>(request)).unwrap();
            ids.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].as_u64().unwrap()));
            match page.get("nextToken") {
                Some(token) => next = token.clone(),
                None => break,
            }
        }
        if reverse {
            ids.reverse();
        }
        assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}

#[test]
fn an_endless_loop_ends_at_the_limit_of_its_history_in_bounded_turns() {
    let endless = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.end", "IsPresent": true, "Next": "End"}], "Default": "A"},
        "End": {"Type": "Succeed"}
    }});
    let mut world = world(&callback_definition(json!({})));
    let create = json!({"name": "endless", "definition": endless.to_string(), "roleArn": "arn:aws:iam::000000000000:role/r"});
    let machine = world.call(input::<CreateStateMachine>(create)).unwrap()["stateMachineArn"].clone();
    let looping = world.call(input::<StartExecution>(json!({"stateMachineArn": machine}))).unwrap();
    let arn = start(&mut world, "{}");
    let token = token(&mut world);
    succeed(&mut world, &token, "1").unwrap();
    assert_eq!(describe(&world, &arn)["status"], "SUCCEEDED");
    // 25,000 events are the end of it, in some sixty turns.
    let looped = describe(&world, looping["executionArn"].as_str().unwrap());
    assert_eq!((&looped["status"], &looped["error"]), (&json!("FAILED"), &json!("States.Runtime")));
}

#[test]
fn a_long_expression_is_evaluated_out_of_the_way_and_holds_up_nobody() {
    let long = json!({"QueryLanguage": "JSONata", "StartAt": "Short", "States": {
        "Short": {"Type": "Pass", "Output": {"n": "{% $states.input.n %}", "id": "{% $uuid() & $now() %}"}, "Next": "Long"},
        "Long": {"Type": "Pass", "Output": "{% $sum([1..$states.input.n].($ + 1)) %}", "Next": "Longer"},
        "Longer": {"Type": "Pass", "Output": "{% $string($states.input) & $sum([1..90000].$) %}", "End": true}}});
    let mut world = world(&long);
    world.evaluator_is_busy = true;
    let start = |name: &str, n: u64| {
        input::<StartExecution>(
            json!({"stateMachineArn": MACHINE, "name": name, "input": json!({"n": n}).to_string()}),
        )
    };
    let slow = world.send(start("slow", 60_000));
    assert!(slow.answer().is_none(), "nothing of it is there before its expressions have values");
    world.call(input::<CreateQueue>(json!({"QueueName": "meanwhile"}))).unwrap();
    // Two expressions are too long, one after the other; what was evaluated is not evaluated again, whatever the time is then.
    let mut rounds = Vec::new();
    for _ in 0..4 {
        world.now_ms += 7;
        rounds.push(world.evaluate());
    }
    assert_eq!(rounds, [1, 1, 0, 0]);
    let arn = slow.answer().expect("an answer").unwrap()["executionArn"].as_str().unwrap().to_owned();
    assert_eq!(describe(&world, &arn)["output"], json!("18000900004050045000").to_string());
    assert_eq!(event_types(&world, &arn).len(), 8);
}

#[test]
fn more_long_expressions_than_may_be_out_stand_in_line() {
    let long = json!({"QueryLanguage": "JSONata", "StartAt": "Long", "States": {
        "Long": {"Type": "Pass", "Output": "{% ($f := function($n) { $n = 0 ? 'done' : $f($n - 1) }; $f(9000 + $states.input.n)) %}", "End": true}}});
    let mut world = world(&long);
    world.evaluator_is_busy = true;
    let pending: Vec<_> = (0..150)
        .map(|n| {
            let text = json!({"n": n}).to_string();
            world.send(input::<StartExecution>(json!({"stateMachineArn": MACHINE, "input": text})))
        })
        .collect();
    assert_eq!(world.evaluate(), 64);
    let rounds = std::iter::from_fn(|| Some(world.evaluate()).filter(|count| *count > 0));
    assert_eq!(rounds.sum::<usize>(), 86);
    assert!(pending.iter().all(|pending| pending.answer().is_some_and(|answer| answer.is_ok())));
}

#[test]
fn a_deleted_state_machine_leaves_no_rows_and_its_tokens_die() {
    let mut world = world(&callback_definition(json!({"TimeoutSeconds": 50})));
    for _ in 0..300 {
        start(&mut world, "{}");
    }
    let token = token(&mut world);
    world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
    assert_refused(succeed(&mut world, &token, "1"), "TaskTimedOut", TIMED_OUT);
    use crate::keys::{Family, Key};
    for family in [
        Family::StateMachine,
        Family::Revision,
        Family::Execution,
        Family::ExecutionState,
        Family::ExecutionName,
        Family::History,
        Family::Effect,
    ] {
        let all = Key::new(family);
        let rows = Rows::scan(
            &world.store.snapshot(),
            all.as_bytes(),
            &all.end(),
            stepwell_store::Direction::Forward,
            9,
        );
        assert_eq!(rows.unwrap().len(), 0, "{family:?}");
    }
    let timers = Key::new(Family::Timer);
    let timers = world.store.scan(timers.as_bytes(), &timers.end(), stepwell_store::Direction::Forward);
    assert_eq!(timers.count(), 1, "the sweep of the queue");
    world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
}

#[test]
fn creating_again_is_the_same_or_refused() {
    let definition = callback_definition(json!({}));
    let mut world = world(&definition);
    let mut definition = definition;
    definition["States"].as_object_mut().unwrap().shift_remove("Caught");
    let create = |world: &mut World, text: String, more: Value| {
        let mut request =
            json!({"name": "m", "definition": text, "roleArn": "arn:aws:iam::000000000000:role/other"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.call(input::<CreateStateMachine>(request))
    };
    assert_eq!(create(&mut world, definition.to_string(), json!({})).unwrap()["stateMachineArn"], MACHINE);
    let formatted = serde_json::to_string_pretty(&definition).unwrap();
    assert_refused(
        create(&mut world, formatted, json!({})),
        "StateMachineAlreadyExists",
        &format!("State Machine Already Exists: '{MACHINE}'"),
    );
    assert_eq!(create(&mut world, "{}".to_owned(), json!({})).unwrap_err().code, "InvalidDefinition");
    let tracing = json!({"tracingConfiguration": {"enabled": true}});
    assert_eq!(
        create(&mut world, definition.to_string(), tracing).unwrap_err().code,
        "StateMachineAlreadyExists"
    );
}

/// The budget of the design, for the benchmark's round trip: four commands for the workflow and its queue, two for the queue that
/// is told of its end, none of the shard's own; and at most sixteen puts.
#[test]
fn a_round_trip_is_few_commands_and_writes_few_rows() {
    let mut definition = callback_definition(json!({}));
    let publish = json!({
        "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true,
        "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Message.$": "$"}
    });
    let task = definition["States"]["Wait For Callback"].as_object_mut().unwrap();
    task.shift_remove("End");
    task.insert("Next".to_owned(), json!("Tell"));
    definition["States"]["Tell"] = publish;
    let mut world = world(&definition);
    let told = "http://localhost:4566/000000000000/told";
    world.call(input::<CreateQueue>(json!({"QueueName": "told"}))).unwrap();
    let topic = world.call(input::<CreateTopic>(json!({"Name": "t"}))).unwrap();
    let endpoint = "arn:aws:sqs:us-east-1:000000000000:told";
    let subscribe = json!({"TopicArn": topic["TopicArn"], "Protocol": "sqs", "Endpoint": endpoint});
    world.call(input::<Subscribe>(subscribe)).unwrap();
    // The first message of a queue sets the sweep of its old ones.
    round_trip(&mut world, told);

    let (commits, commands) = (world.log.len(), world.commands);
    round_trip(&mut world, told);
    assert_eq!(world.commands - commands, 6);
    // Each commit writes the shard's own row, the counts that change, and the list of those that ended once, however many
    // commands it holds.
    let is_shared = |key: &[u8]| {
        [Family::Meta as u8, Family::Count as u8, Family::ClosedExecutions as u8].contains(&key[2])
    };
    let writes = world.log[commits..].iter().flat_map(|batch| batch.writes());
    let (puts, removals): (Vec<_>, Vec<_>) =
        writes.filter(|(key, _)| !is_shared(key)).partition(|(_, value)| value.is_some());
    assert!(puts.len() <= 16 && removals.len() <= 7, "{} puts, {} removals", puts.len(), removals.len());
}

/// Starts an execution, answers its token, takes the message and the notification away.
fn round_trip(world: &mut World, told: &str) {
    start(world, r#"{"order": 1}"#);
    let received = world.call(input::<ReceiveMessage>(json!({"QueueUrl": QUEUE}))).unwrap();
    let body: Value = serde_json::from_str(received["Messages"][0]["Body"].as_str().unwrap()).unwrap();
    succeed(world, body["TaskToken"].as_str().unwrap(), "1").unwrap();
    let notified = world.call(input::<ReceiveMessage>(json!({"QueueUrl": told}))).unwrap();
    for (url, received) in [(QUEUE, received), (told, notified)] {
        let entry = json!({"Id": "1", "ReceiptHandle": received["Messages"][0]["ReceiptHandle"]});
        let delete = json!({"QueueUrl": url, "Entries": [entry]});
        let deleted = world.call(input::<DeleteMessageBatch>(delete)).unwrap();
        assert_eq!(deleted["Successful"][0]["Id"], "1");
    }
}

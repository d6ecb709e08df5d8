//! Operations by their names in the SDK: parameters in, outputs and errors out, and calls that come back to their own execution.

use crate::effect::{Effect, EffectResult, FunctionAnswer, InvokeFunction, Owed};
use crate::lambda::tests as lambda;
use crate::sqs::{CreateQueue, ReceiveMessage, SendMessage};
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
const QUEUE: &str = "http://localhost:4566/000000000000/q";

fn task(resource: &str, parameters: Value) -> Value {
    json!({"Type": "Task", "Resource": format!("arn:aws:states:::aws-sdk:{resource}"), "Parameters": parameters, "End": true})
}

fn world_of(definition: &Value) -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
    let role = "arn:aws:iam::000000000000:role/r";
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": role});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    world
}

fn start(world: &mut World, text: &str) -> String {
    let start = json!({"stateMachineArn": MACHINE, "name": "e", "input": text});
    world.call(input::<StartExecution>(start)).unwrap()["executionArn"].as_str().unwrap().to_owned()
}

fn describe(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()
}

fn output(world: &World, arn: &str) -> Value {
    let described = describe(world, arn);
    serde_json::from_str(described["output"].as_str().unwrap_or_else(|| panic!("{described}"))).unwrap()
}

/// What an execution of this one call comes to.
fn called(resource: &str, parameters: Value) -> (World, Value) {
    let mut world = world_of(&json!({"StartAt": "S", "States": {"S": task(resource, parameters)}}));
    let arn = start(&mut world, "{}");
    let described = describe(&world, &arn);
    (world, described)
}

fn result(resource: &str, parameters: Value) -> Value {
    let (_, described) = called(resource, parameters);
    serde_json::from_str(described["output"].as_str().unwrap_or_else(|| panic!("{described}"))).unwrap()
}

fn error(resource: &str, parameters: Value) -> (String, String) {
    let (_, described) = called(resource, parameters);
    let text = |name: &str| described[name].as_str().unwrap_or_else(|| panic!("{described}")).to_owned();
    (text("error"), text("cause"))
}

#[test]
fn an_operation_gets_its_parameters_and_its_output_has_no_metadata() {
    let sent = result("sqs:sendMessage", json!({"QueueUrl": QUEUE, "MessageBody": {"a": 1}}));
    let mut names: Vec<_> = sent.as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["Md5OfMessageBody", "MessageId"].map(str::to_owned));
    assert_eq!(result("sqs:getQueueUrl", json!({"QueueName": "q"})), json!({"QueueUrl": QUEUE}));
    assert_eq!(result("sqs:receiveMessage", json!({"QueueUrl": QUEUE})), json!({}));
    assert_eq!(result("sqs:purgeQueue", json!({"QueueUrl": QUEUE})), json!({}));
}

#[test]
fn names_that_begin_small_are_written_large() {
    let machine = result("sfn:describeStateMachine", json!({"StateMachineArn": MACHINE}));
    assert_eq!((&machine["Name"], &machine["CreationDate"]), (&json!("m"), &json!("2023-11-14T22:13:20Z")));
    let tags = json!([{"Key": "k", "Value": "v"}]);
    let (mut world, described) = called("sfn:tagResource", json!({"ResourceArn": MACHINE, "Tags": tags}));
    assert_eq!(described["output"], "{}");
    let listed = world.read(&input::<ListTagsForResource>(json!({"resourceArn": MACHINE}))).unwrap();
    assert_eq!(listed, json!({"tags": [{"key": "k", "value": "v"}]}));
    world.pass(1);
}

#[test]
fn services_of_all_protocols_are_called() {
    let identity = result("sts:getCallerIdentity", json!({}));
    assert!(identity["Arn"].as_str().unwrap().contains(":assumed-role/r/"), "the role calls: {identity}");
    assert_eq!(result("iam:getRole", json!({"RoleName": "r"}))["Role"]["RoleName"], "r");
    let topic = result("sns:createTopic", json!({"Name": "t"}));
    assert_eq!(topic, json!({"TopicArn": "arn:aws:sns:us-east-1:000000000000:t"}));
    assert_eq!(result("cloudformation:listStacks", json!({})), json!({"StackSummaries": []}));
    assert_eq!(result("lambda:listFunctions", json!({}))["Functions"], json!([]));
    let tags = json!({"LogGroupName": "g", "Tags": {"Lower": "v"}});
    assert_eq!(result("cloudwatchlogs:createLogGroup", tags), json!({}));
}

#[test]
fn errors_have_the_names_and_causes_of_the_sdk() {
    let (name, cause) = error("sfn:sendTaskFailure", json!({"TaskToken": "NoSuchTaskToken"}));
    assert_eq!(name, "Sfn.InvalidTokenException");
    let begin = "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: ";
    assert!(cause.starts_with(begin) && cause.ends_with(") (SDK Attempt Count: 1)"), "{cause}");
    let gone = format!("{QUEUE}-gone");
    assert_eq!(error("sqs:receiveMessage", json!({"QueueUrl": gone})).0, "Sqs.QueueDoesNotExistException");
    let missing = "arn:aws:states:us-east-1:000000000000:execution:m:none";
    let describe = json!({"ExecutionArn": missing});
    assert_eq!(error("sfn:describeExecution", describe).0, "Sfn.ExecutionDoesNotExistException");
    assert_eq!(error("iam:getRole", json!({"RoleName": "none"})).0, "Iam.NoSuchEntityException");
    let stack = json!({"StackName": "none"});
    assert_eq!(error("cloudformation:describeStacks", stack).0, "CloudFormation.CloudFormationException");
    let topic = json!({"TopicArn": "arn:aws:sns:us-east-1:000000000000:none"});
    assert_eq!(error("sns:getTopicAttributes", topic).0, "Sns.NotFoundException");
}

#[test]
fn parameters_that_do_not_fit_are_the_definitions_mistake() {
    let (name, cause) = error("sfn:describeExecution", json!({"ExecutionArn": 1}));
    assert_eq!(name, "States.Runtime");
    assert!(
        cause.starts_with(r#"The Parameters '{"ExecutionArn":1}' could not be used to start the Task: ["#)
    );
}

#[test]
fn what_is_not_here_fails_when_it_is_reached_and_can_be_caught() {
    let mut state = task("s3vectors:listVectors", json!({}));
    state["Catch"] = json!([{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]);
    let states = json!({"S": state, "Caught": {"Type": "Pass", "End": true}});
    let mut world = world_of(&json!({"StartAt": "S", "States": states}));
    let arn = start(&mut world, "{}");
    let caught = output(&world, &arn);
    assert!(caught["Cause"].as_str().unwrap().contains("`aws-sdk:s3vectors:listVectors`"), "{caught}");
}

#[test]
fn an_execution_may_answer_and_stop_itself() {
    let branch = |state: Value| json!({"StartAt": "S", "States": {"S": state}});
    let send = json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
        "Parameters": {"QueueUrl": QUEUE, "MessageBody.$": "$$.Task.Token"}
    });
    let receive = json!({"StartAt": "Receive", "States": {
        "Receive": {
            "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:receiveMessage",
            "Parameters": {"QueueUrl": QUEUE, "WaitTimeSeconds": 20}, "Next": "Answer"
        },
        "Answer": task("sfn:sendTaskSuccess", json!({"TaskToken.$": "$.Messages[0].Body", "Output": {"own": true}}))
    }});
    let both = json!({"Type": "Parallel", "Branches": [receive, branch(send)], "End": true});
    let mut world = world_of(&json!({"StartAt": "P", "States": {"P": both}}));
    let arn = start(&mut world, "{}");
    assert_eq!(output(&world, &arn), json!([{}, {"own": true}]));

    let stop = task("sfn:stopExecution", json!({"ExecutionArn.$": "$$.Execution.Id", "Error": "Own"}));
    let mut world = world_of(&json!({"StartAt": "S", "States": {"S": stop}}));
    let arn = start(&mut world, "{}");
    assert_eq!(describe(&world, &arn)["status"], "ABORTED");
}

#[test]
fn a_long_poll_waits_for_its_message_and_ends_without_one() {
    let poll = task("sqs:receiveMessage", json!({"QueueUrl": QUEUE, "WaitTimeSeconds": 10}));
    let definition = json!({"StartAt": "S", "States": {"S": poll}});
    let mut world = world_of(&definition);
    let arn = start(&mut world, "{}");
    world.pass(9_000);
    let mut world = world.restart();
    assert_eq!(describe(&world, &arn)["status"], "RUNNING");
    world.call(input::<SendMessage>(json!({"QueueUrl": QUEUE, "MessageBody": "late"}))).unwrap();
    assert_eq!(output(&world, &arn)["Messages"][0]["Body"], "late");

    let mut world = world_of(&definition);
    let arn = start(&mut world, "{}");
    world.pass(10_000);
    assert_eq!(output(&world, &arn), json!({}));
}

#[test]
fn a_poll_of_an_execution_that_was_stopped_takes_nothing() {
    let poll = task("sqs:receiveMessage", json!({"QueueUrl": QUEUE, "WaitTimeSeconds": 10}));
    let mut world = world_of(&json!({"StartAt": "S", "States": {"S": poll}}));
    let arn = start(&mut world, "{}");
    world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    world.call(input::<SendMessage>(json!({"QueueUrl": QUEUE, "MessageBody": "m"}))).unwrap();
    let received = world.call(input::<ReceiveMessage>(json!({"QueueUrl": QUEUE}))).unwrap();
    assert_eq!(received["Messages"][0]["Attributes"], Value::Null);
    assert_eq!(received["Messages"][0]["Body"], "m");
}

#[test]
fn a_worker_can_be_a_state_machine() {
    let activity = "arn:aws:states:us-east-1:000000000000:activity:a";
    let worker = json!({"StartAt": "Poll", "States": {
        "Poll": {
            "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:getActivityTask",
            "Parameters": {"ActivityArn": activity, "WorkerName": "w"}, "Next": "Done"
        },
        "Done": task("sfn:sendTaskSuccess", json!({"TaskToken.$": "$.TaskToken", "Output.$": "$.Input"}))
    }});
    let mut world = world_of(&worker);
    world.call(input::<CreateActivity>(json!({"name": "a"}))).unwrap();
    let arn = start(&mut world, "{}");
    let state = json!({"Type": "Task", "Resource": activity, "End": true});
    let definition = json!({"StartAt": "T", "States": {"T": state}}).to_string();
    let create =
        json!({"name": "t", "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/r"});
    let machine = world.call(input::<CreateStateMachine>(create)).unwrap()["stateMachineArn"].clone();
    let begin = json!({"stateMachineArn": machine, "name": "e", "input": r#"{"x":1}"#});
    let task = world.call(input::<StartExecution>(begin)).unwrap()["executionArn"].clone();
    assert_eq!(output(&world, task.as_str().unwrap()), json!({"x": 1}));
    assert_eq!(output(&world, &arn), json!({}));
}

/// An execution that waits for a function's run; its answer is the test's to give.
fn invoking(resource: &str, parameters: Value) -> (World, String, InvokeFunction, u64) {
    let mut world = lambda::with_function(json!({}));
    let definition = json!({"StartAt": "S", "States": {"S": task(resource, parameters)}}).to_string();
    let role = "arn:aws:iam::000000000000:role/other";
    let create = json!({"name": "m", "definition": definition, "roleArn": role});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    let arn = start(&mut world, "{}");
    let (id, invoke) = match &world.owed[..] {
        [Owed { id, effect: Effect::Invoke(invoke) }] => (*id, invoke.clone()),
        other => panic!("{other:?}"),
    };
    (world, arn, invoke, id)
}

#[test]
fn a_functions_run_is_answered_as_the_api_answers_errors_included() {
    let parameters = json!({"FunctionName": "f", "Payload": {"a": 1}});
    for (error, shown) in [(None, Value::Null), (Some("Unhandled".to_owned()), json!("Unhandled"))] {
        let (mut world, arn, invoke, id) = invoking("lambda:invoke", parameters.clone());
        assert_eq!(invoke.payload, r#"{"a":1}"#);
        let payload = r#"{"x":1}"#.to_owned();
        let executed_version = "$LATEST".to_owned();
        let ran = FunctionAnswer::Ran { payload, error, executed_version, log_tail: None };
        world.complete(id, EffectResult::Invoked(ran));
        let result = output(&world, &arn);
        assert_eq!((&result["Payload"], &result["StatusCode"]), (&json!(r#"{"x":1}"#), &json!(200)));
        assert_eq!((&result["ExecutedVersion"], &result["FunctionError"]), (&json!("$LATEST"), &shown));
    }
}

#[test]
fn a_function_that_can_not_be_run_fails_the_task() {
    let (mut world, arn, _, id) = invoking("lambda:invoke", json!({"FunctionName": "f"}));
    let (code, message) = ("TooManyRequestsException".to_owned(), "Rate Exceeded.".to_owned());
    let refused = FunctionAnswer::Refused { code, status: 429, message };
    world.complete(id, EffectResult::Invoked(refused));
    assert_eq!(describe(&world, &arn)["error"], "Lambda.TooManyRequestsException");
    assert_eq!(error("lambda:invoke", json!({"FunctionName": "none"})).0, "Lambda.ResourceNotFoundException");
}

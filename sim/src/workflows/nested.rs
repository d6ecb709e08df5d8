//! State machines that start others: waiting for their ends in both ways, with a token that the child answers, or not at all.

use super::{ask_queue, chain, seconds, wait};
use crate::ask::{activity_arn, machine_arn};
use crate::setting::ACTIVITY;
use serde_json::{Value, json};

/// A child that ends in every way: asked and answered, refused, too late, or stopped.
pub fn child() -> Value {
    json!({"StartAt": "Sleep", "States": {
        "Sleep": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "AskChild"},
        "AskChild": with_end(ask_queue(600, 200)),
    }})
}

/// A child that answers the token of the task that started it.
pub fn answerer() -> Value {
    let answer = json!({
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Parameters": {"TaskToken.$": "$.token", "Output": {"by.$": "$$.Execution.Name"}}
    });
    chain(vec![("Think", seconds(2)), ("Answer", answer)])
}

/// Three children at a time, each awaited in another way.
pub fn parent() -> Value {
    let token = json!({"token.$": "$$.Task.Token"});
    json!({"StartAt": "Children", "States": {
        "Children": {
            "Type": "Parallel", "End": true,
            "Branches": [
                chain(vec![("Sync", retried(start("sync", "child", "sync", pass_on())))]),
                chain(vec![("Sync2", start("sync:2", "child", "sync2", pass_on()))]),
                chain(vec![("Token", start("waitForTaskToken", "answerer", "token", token))])
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Childless"}]
        },
        "Childless": {"Type": "Fail", "Error": "Childless"}
    }})
}

/// Waits for one that waits.
pub fn grandparent() -> Value {
    let input = json!({"wait.$": "$.wait", "n.$": "$.n"});
    chain(vec![("Sleep", wait()), ("Generation", start("sync:2", "parent", "next", input))])
}

/// A task that a worker of an activity does.
pub fn activity() -> Value {
    let work = json!({
        "Type": "Task", "Resource": activity_arn(ACTIVITY), "TimeoutSeconds": 900, "HeartbeatSeconds": 150,
        "Parameters": {"n.$": "$.n"},
        "Retry": [{"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout", "Declined"],
                   "IntervalSeconds": 3, "MaxAttempts": 2, "BackoffRate": 2.0}]
    });
    chain(vec![("Work", work)])
}

fn pass_on() -> Value {
    json!({"wait.$": "$.wait"})
}

/// A child has the name of its parent, so that clients can stop it, and one for each attempt.
fn start(how: &str, machine: &str, suffix: &str, input: Value) -> Value {
    let name = format!("States.Format('{{}}-{suffix}-{{}}', $$.Execution.Name, $$.State.RetryCount)");
    json!({
        "Type": "Task", "Resource": format!("arn:aws:states:::states:startExecution.{how}"),
        "Parameters": {"StateMachineArn": machine_arn(machine), "Name.$": name, "Input": input},
        "TimeoutSeconds": 1500
    })
}

fn retried(mut task: Value) -> Value {
    task["Retry"] = json!([{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 5, "MaxAttempts": 1}]);
    task
}

fn with_end(mut state: Value) -> Value {
    state["End"] = json!(true);
    state
}

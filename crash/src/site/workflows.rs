//! The state machines of the load. What each of them must do is counted in its history.

use super::{BUCKET, ITEMS, activity_arn, machine_arn, queue_url};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Seconds after which a worker that shows no sign of life has lost its task.
pub const HEARTBEAT_SECONDS: u64 = 2;
/// What the heavy expression comes to: more work than a command may do.
pub const WEIGHT: &str = "$sum($map([1..12000], function($v) { $v % 7 }))";

/// All of them, by name.
pub fn all(address: SocketAddr, topic: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("callback", callback(address, topic)),
        ("timed", timed(address)),
        ("function", function()),
        ("heavy", heavy(topic)),
        ("child", child()),
        ("parent", parent()),
        ("worked", worked()),
        ("mapped", mapped()),
    ]
}

/// What [`WEIGHT`] is.
pub fn weight() -> u64 {
    (1..=12_000_u64).map(|value| value % 7).sum()
}

/// A task that sends its token to a queue, again after a failure of the name `Again`; then a notification, however it ended.
fn callback(address: SocketAddr, topic: &str) -> Value {
    json!({"StartAt": "Ask", "States": {
        "Ask": {
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": queue_url(address, "tasks"),
                "MessageBody": {"number.$": "$.number", "token.$": "$$.Task.Token"}
            },
            "ResultPath": "$.answer",
            "Retry": [{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1.0}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Tell"}],
            "Next": "Tell"
        },
        "Tell": {
            "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true,
            "Parameters": {"TopicArn": topic, "Message.$": "$.number"}
        }
    }})
}

/// Waits, branches, iterations, and a task that nobody answers in time.
fn timed(address: SocketAddr) -> Value {
    json!({"StartAt": "First", "States": {
        "First": {"Type": "Wait", "Seconds": 1, "Next": "Both"},
        "Both": {"Type": "Parallel", "Next": "Late", "ResultPath": "$.both", "Branches": [
            {"StartAt": "Second", "States": {"Second": {"Type": "Wait", "Seconds": 1, "End": true}}},
            {"StartAt": "Each", "States": {"Each": {
                "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
                "ItemProcessor": {"StartAt": "Rest", "States": {
                    "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Item"},
                    "Item": {"Type": "Pass", "End": true}
                }}
            }}}
        ]},
        "Late": {
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 1,
            "Parameters": {
                "QueueUrl": queue_url(address, "unanswered"),
                "MessageBody": {"number.$": "$.number", "token.$": "$$.Task.Token"}
            },
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Enough"}],
            "Next": "Never"
        },
        "Enough": {"Type": "Succeed"},
        "Never": {"Type": "Fail", "Error": "Answered"}
    }})
}

fn function() -> Value {
    json!({"StartAt": "Run", "States": {"Run": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Parameters": {"FunctionName": "worker", "Payload": {"task.$": "$.number"}},
        "OutputPath": "$.Payload"
    }}})
}

/// Expressions that leave the shard to be evaluated, one of them in the arguments of a notification that must go out once.
fn heavy(topic: &str) -> Value {
    let message = format!("{{% {WEIGHT} > 0 ? $states.input.number : 'nothing' %}}");
    json!({"QueryLanguage": "JSONata", "StartAt": "Tell", "States": {
        "Tell": {
            "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "Weigh",
            "Arguments": {"TopicArn": topic, "Message": message}, "Output": "{% $states.input %}"
        },
        "Weigh": {"Type": "Pass", "End": true, "Output": {"weight": format!("{{% {WEIGHT} %}}")}}
    }})
}

fn child() -> Value {
    json!({"StartAt": "Rest", "States": {
        "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Grown"},
        "Grown": {"Type": "Pass", "End": true}
    }})
}

/// Two children at a time, whose ends are awaited in both ways.
fn parent() -> Value {
    let branch = |state: &str, how: &str, name: &str| {
        json!({"StartAt": state, "States": {state: {
            "Type": "Task", "Resource": format!("arn:aws:states:::states:startExecution.{how}"), "End": true,
            "Parameters": {
                "StateMachineArn": machine_arn("child"), "Input": {"number.$": "$.number"},
                "Name.$": format!("States.Format('{{}}-{name}', $$.Execution.Name)")
            }
        }}})
    };
    json!({"StartAt": "Children", "States": {"Children": {
        "Type": "Parallel", "End": true,
        "Branches": [branch("First", "sync", "first"), branch("Second", "sync:2", "second")]
    }}})
}

/// A task that some worker does, after some tries.
fn worked() -> Value {
    json!({"StartAt": "Work", "States": {
        "Work": {
            "Type": "Task", "Resource": activity_arn("work"), "HeartbeatSeconds": HEARTBEAT_SECONDS,
            "Parameters": {"number.$": "$.number"}, "Next": "Done",
            "Retry": [{
                "ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout", "Again"],
                "IntervalSeconds": 1, "MaxAttempts": 1000, "BackoffRate": 1.0
            }]
        },
        "Done": {"Type": "Pass", "End": true}
    }})
}

/// A map run over items of an object, whose results are written to objects.
fn mapped() -> Value {
    json!({"StartAt": "Each", "States": {"Each": {
        "Type": "Map", "End": true, "MaxConcurrency": 3,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": BUCKET, "Key": ITEMS}
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Rest", "States": {
                "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Item"},
                "Item": {"Type": "Pass", "End": true}
            }
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": BUCKET, "Prefix.$": "$$.Execution.Name"}
        }
    }}})
}

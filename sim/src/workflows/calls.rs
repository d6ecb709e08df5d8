//! State machines that call: operations of the services here as AWS's SDK names them, and one that fails until its retries are
//! over.

use super::chain;
use crate::ask::{function_arn, machine_arn, queue_url, topic_arn};
use serde_json::{Value, json};

/// The state whose call never succeeds.
pub const NEVER: &str = "Never";

/// One operation after the other, among them the start and the end of another execution.
pub fn sdk() -> Value {
    let began = "$.begin.ExecutionArn";
    let tagged = |which: &str| format!("States.Format('<<{{}}-{which}>>', $$.Execution.Name)");
    let send = json!({"QueueUrl": queue_url("work-0"), "MessageBody.$": tagged("sdk")});
    let publish = json!({"TopicArn": topic_arn("news"), "Message.$": tagged("sdk-news")});
    let begin = json!({
        "StateMachineArn": machine_arn("callback"),
        "Name.$": "States.Format('{}-begun', $$.Execution.Name)", "Input": {"wait": 1}
    });
    chain(vec![
        ("SdkSend", call("sqs:sendMessage", send)),
        ("SdkPublish", call("sns:publish", publish)),
        (
            "SdkInvoke",
            call("lambda:invoke", json!({"FunctionName": function_arn("task"), "Payload": {"n": 1}})),
        ),
        ("Begin", call("sfn:startExecution", begin)),
        ("Describe", call("sfn:describeExecution", json!({"ExecutionArn.$": began}))),
        ("Halt", call("sfn:stopExecution", json!({"ExecutionArn.$": began, "Error": "Halted"}))),
    ])
}

/// A call that fails each time: all retries are made, in their time, and then the error is caught.
pub fn never() -> Value {
    let mut call = call("sfn:startExecution", json!({"StateMachineArn": machine_arn("nowhere")}));
    call["Retry"] = json!([{
        "ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "BackoffRate": 2.5, "MaxDelaySeconds": 15,
        "MaxAttempts": 3
    }]);
    chain(vec![(NEVER, call)])
}

fn call(operation: &str, parameters: Value) -> Value {
    json!({
        "Type": "Task", "Resource": format!("arn:aws:states:::aws-sdk:{operation}"), "Parameters": parameters
    })
}

//! The state machines of a world: every kind of state, each way to wait, and loops longer than one command's budget.
//!
//! All of them end by themselves: what waits for someone has a timeout. What a state sends carries `<<execution-…>>`, so that
//! a message sent twice is seen.

mod calls;
pub mod expressions;
mod nested;
pub mod retriers;

use crate::ask::{ACCOUNT, REGION, function_arn, queue_url, topic_arn};
use serde_json::{Value, json};

pub use calls::NEVER;

/// Branches that a Parallel state has.
pub const BRANCHES: u64 = 3;
/// Iterations that an inline Map state has at a time.
pub const AT_A_TIME: u64 = 3;

/// State machines that only others start.
pub const CALLED: [&str; 1] = ["answerer"];

/// A state machine's name and definition.
pub type Workflow = (&'static str, Value);

/// All of them. Executions are started with `{"n": …, "wait": …, "items": […]}`.
#[must_use]
pub fn all() -> Vec<Workflow> {
    vec![
        ("callback", chain(vec![("Ask", ask_queue(900, 200))])),
        ("patient", chain(vec![("Sleep", wait()), ("Ask", ask_queue(7200, 1800)), ("Rest", seconds(5))])),
        ("loop", counting_loop()),
        ("parallel", parallel()),
        ("map", map()),
        ("each", distributed_map()),
        ("function", chain(vec![("Run", run_function()), ("Tell", ask_function())])),
        ("topic", chain(vec![("Publish", publish()), ("AskTopic", ask_topic())])),
        ("starter", chain(vec![("Begin", begin_express())])),
        ("fragile", fragile()),
        ("background", chain(vec![("Begin", begin_function()), ("Send", send("$$.State.EnteredTime"))])),
        ("activity", nested::activity()),
        ("child", nested::child()),
        ("answerer", nested::answerer()),
        ("parent", nested::parent()),
        ("grandparent", nested::grandparent()),
        ("sdk", calls::sdk()),
        ("never", calls::never()),
        (expressions::WEIGH, expressions::weigh()),
    ]
}

/// One state after the other.
fn chain(states: Vec<(&str, Value)>) -> Value {
    let caught = format!("{} failed", states[0].0);
    let names: Vec<_> = states.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut all = serde_json::Map::new();
    for (index, (name, mut state)) in states.into_iter().enumerate() {
        match names.get(index + 1) {
            Some(next) => state["Next"] = json!(next),
            None => state["End"] = json!(true),
        }
        if state["Type"] == "Task" {
            state["ResultPath"] = json!(format!("$.{}", name.to_lowercase()));
            state["Catch"] =
                json!([{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": caught}]);
        }
        all.insert(name.to_owned(), state);
    }
    if all.values().any(|state| state["Type"] == "Task") {
        all.insert(caught, json!({"Type": "Pass", "End": true}));
    }
    json!({"StartAt": names[0], "States": all})
}

/// A body with a tag of its own, the attempt's token, and who sends it.
fn token_body() -> Value {
    json!({"TaskToken.$": "$$.Task.Token", "Execution.$": "$$.Execution.Name"})
}

fn ask_queue(timeout_s: u64, heartbeat_s: u64) -> Value {
    json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue_url("callbacks"), "MessageBody": token_body()},
        "TimeoutSeconds": timeout_s, "HeartbeatSeconds": heartbeat_s,
        "Retry": [{"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"],
                   "IntervalSeconds": 7, "MaxAttempts": 2, "BackoffRate": 2.0}]
    })
}

fn ask_topic() -> Value {
    json!({
        "Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken",
        "Parameters": {"TopicArn": topic_arn("requests"), "Message": token_body()},
        "TimeoutSeconds": 600
    })
}

fn ask_function() -> Value {
    json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": function_arn("task"), "Payload": token_body()},
        "TimeoutSeconds": 600,
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "MaxAttempts": 2}]
    })
}

fn run_function() -> Value {
    json!({
        "Type": "Task", "Resource": function_arn("task"),
        "Parameters": {"n.$": "$.n"}, "TimeoutSeconds": 300,
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 4, "BackoffRate": 1.5}]
    })
}

/// The EXPRESS state machine that others start: one of its executions is owed until it has run.
#[must_use]
pub fn express() -> Workflow {
    ("express", json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}))
}

fn begin_express() -> Value {
    let machine = format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{}", express().0);
    json!({
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {"StateMachineArn": machine, "Input": {"n.$": "$.n"}}
    })
}

fn begin_function() -> Value {
    json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function_arn("event"), "InvocationType": "Event",
                       "Payload": {"tag.$": "States.Format('<<{}-event>>', $$.Execution.Name)"}}
    })
}

fn publish() -> Value {
    json!({
        "Type": "Task", "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": topic_arn("news"),
                       "Message.$": "States.Format('<<{}-news>>', $$.Execution.Name)"}
    })
}

/// A message without a token, once for each value of `which`.
fn send(which: &str) -> Value {
    json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue_url("work-0"),
                       "MessageBody.$": format!("States.Format('<<{{}}-{{}}>>', $$.Execution.Name, {which})")}
    })
}

fn wait() -> Value {
    json!({"Type": "Wait", "SecondsPath": "$.wait"})
}

fn seconds(seconds: u64) -> Value {
    json!({"Type": "Wait", "Seconds": seconds})
}

/// Counts up to `$.n`, which may be far more than one command's budget.
fn counting_loop() -> Value {
    json!({"StartAt": "Zero", "States": {
        "Zero": {"Type": "Pass", "Result": 0, "ResultPath": "$.i", "Next": "Done?"},
        "Done?": {"Type": "Choice", "Default": "Add",
                  "Choices": [{"Variable": "$.i", "NumericGreaterThanEqualsPath": "$.n", "Next": "Rest"}]},
        "Add": {"Type": "Pass", "Parameters": {"value.$": "States.MathAdd($.i, 1)"},
                "ResultPath": "$.sum", "Next": "Keep"},
        "Keep": {"Type": "Pass", "InputPath": "$.sum.value", "ResultPath": "$.i", "Next": "Done?"},
        "Rest": {"Type": "Wait", "Seconds": 3, "Next": "End"},
        "End": {"Type": "Succeed"}
    }})
}

/// Children that ask, a few at a time; some are never answered and time out, which is tolerated.
fn distributed_map() -> Value {
    let mut children =
        chain(vec![("AskEach", ask_queue(900, 300)), ("SendEach", send("$$.State.EnteredTime"))]);
    children["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    json!({"StartAt": "Each", "States": {
        "Each": {
            "Type": "Map", "End": true, "Label": "each", "ItemsPath": "$.items", "MaxConcurrency": 3,
            "ToleratedFailurePercentage": 100, "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "ItemProcessor": children
        }
    }})
}

fn parallel() -> Value {
    json!({"StartAt": "All", "States": {
        "All": {
            "Type": "Parallel", "End": true,
            "Branches": [
                chain(vec![("Ask", ask_queue(1200, 400))]),
                chain(vec![("Sleep", wait()), ("Send", send("$$.State.EnteredTime"))]),
                chain(vec![("Run", run_function())])
            ],
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
        },
        "Caught": {"Type": "Fail", "Error": "Caught"}
    }})
}

/// What nobody catches: it ends by the first answer that isn't a success, and whoever redrives it goes on with the rest.
fn fragile() -> Value {
    let unguarded = |mut definition: Value| {
        for state in definition["States"].as_object_mut().into_iter().flat_map(|states| states.values_mut()) {
            for handler in ["Catch", "Retry"] {
                state.as_object_mut().and_then(|state| state.shift_remove(handler));
            }
        }
        definition
    };
    let ask = |name: &str| {
        let mut state = ask_queue(1200, 400);
        state["End"] = json!(true);
        unguarded(json!({"StartAt": name, "States": {name: state}}))
    };
    let mut each = distributed_map();
    each["States"]["Each"]["ToleratedFailurePercentage"] = json!(0);
    each["States"]["Each"]["ItemProcessor"]["StartAt"] = json!("AskItem");
    each["States"]["Each"]["ItemProcessor"]["States"] =
        json!({"AskItem": unguarded(ask("AskItem"))["States"]["AskItem"]});
    let branches = json!([ask("AskOne"), ask("AskTwo"), each]);
    json!({"StartAt": "All", "States": {"All": {"Type": "Parallel", "End": true, "Branches": branches}}})
}

fn map() -> Value {
    let steps = vec![("Send", send("$.index")), ("Run", run_function()), ("Rest", seconds(2))];
    json!({"StartAt": "Each", "States": {
        "Each": {
            "Type": "Map", "End": true, "ItemsPath": "$.items", "MaxConcurrency": AT_A_TIME,
            "ItemSelector": {"n.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
            "ItemProcessor": chain(steps)
        }
    }})
}

//! What clients ask for: a closed list, and how each is said in the services' own inputs.

use serde_json::{Value, json};
use stepwell_services::operation::{AnyCommand, Command, Payload, Prepared};
use stepwell_services::{cloudformation, iam, lambda, sns, sqs, states};
use stepwell_wire::rest_json;
use stepwell_wire::{Request, Service};

pub const ACCOUNT: &str = "000000000000";
pub const REGION: &str = "us-east-1";

/// A message for a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Stands in the body as `<<tag>>`: nobody else sends it.
    pub tag: String,
    pub group: Option<String>,
    pub delay_s: u64,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    Start {
        machine: String,
        name: String,
        input: String,
    },
    Stop {
        machine: String,
        name: String,
    },
    Redrive {
        machine: String,
        name: String,
        /// The client's, by which the same request is known again.
        token: String,
    },
    Succeed {
        token: String,
        tag: String,
    },
    Fail {
        token: String,
        tag: String,
    },
    Beat {
        token: String,
    },
    /// A worker's poll for a task of an activity.
    Fetch {
        activity: String,
        worker: String,
    },
    Send {
        queue: String,
        entry: Entry,
    },
    SendBatch {
        queue: String,
        entries: Vec<Entry>,
    },
    Receive {
        queue: String,
        wait_s: u64,
        visibility_s: Option<u64>,
        most: u64,
    },
    Delete {
        queue: String,
        handle: String,
        message: String,
    },
    Hide {
        queue: String,
        handle: String,
        seconds: u64,
    },
    Purge {
        queue: String,
    },
    Move {
        queue: String,
        per_second: Option<u64>,
    },
    Publish {
        topic: String,
        tag: String,
    },
    Invoke {
        function: String,
        tag: String,
    },
    Stack {
        verb: StackVerb,
        name: String,
        template: String,
    },
    /// Part of the setting of a world: an operation and its input.
    Make {
        service: Service,
        operation: &'static str,
        input: Value,
    },
}

/// What is done with a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackVerb {
    Create,
    Update,
    Delete,
}

#[must_use]
pub fn queue_url(queue: &str) -> String {
    format!("http://localhost:4566/{ACCOUNT}/{queue}")
}

#[must_use]
pub fn queue_arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

#[must_use]
pub fn topic_arn(topic: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:{topic}")
}

#[must_use]
pub fn function_arn(function: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}")
}

#[must_use]
pub fn machine_arn(machine: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}")
}

fn execution_arn(machine: &str, name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{name}")
}

#[must_use]
pub fn activity_arn(activity: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:activity:{activity}")
}

#[must_use]
pub fn role_arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{role}")
}

impl Ask {
    /// The command, as the pipeline would hand it to the shard.
    #[must_use]
    pub fn command(&self) -> Box<dyn AnyCommand> {
        match self {
            Self::Start { machine, name, input } => typed::<states::StartExecution>(
                json!({"stateMachineArn": machine_arn(machine), "name": name, "input": input}),
            ),
            Self::Stop { machine, name } => typed::<states::StopExecution>(
                json!({"executionArn": execution_arn(machine, name), "error": "Stopped"}),
            ),
            Self::Redrive { machine, name, token } => typed::<states::RedriveExecution>(
                json!({"executionArn": execution_arn(machine, name), "clientToken": token}),
            ),
            Self::Succeed { token, tag } => typed::<states::SendTaskSuccess>(
                json!({"taskToken": token, "output": json!({"by": tag}).to_string()}),
            ),
            Self::Fail { token, tag } => typed::<states::SendTaskFailure>(
                json!({"taskToken": token, "error": "Declined", "cause": tag}),
            ),
            Self::Beat { token } => typed::<states::SendTaskHeartbeat>(json!({"taskToken": token})),
            Self::Fetch { activity, worker } => typed::<states::GetActivityTask>(
                json!({"activityArn": activity_arn(activity), "workerName": worker}),
            ),
            Self::Send { queue, entry } => {
                typed::<sqs::SendMessage>(with(entry.input(), "QueueUrl", queue_url(queue)))
            }
            Self::SendBatch { queue, entries } => {
                let entries = entries.iter().enumerate();
                let entries: Vec<_> =
                    entries.map(|(index, entry)| with(entry.input(), "Id", format!("e{index}"))).collect();
                typed::<sqs::SendMessageBatch>(json!({"QueueUrl": queue_url(queue), "Entries": entries}))
            }
            Self::Receive { queue, wait_s, visibility_s, most } => typed::<sqs::ReceiveMessage>(json!({
                "QueueUrl": queue_url(queue), "WaitTimeSeconds": wait_s, "VisibilityTimeout": visibility_s,
                "MaxNumberOfMessages": most, "AttributeNames": ["All"]
            })),
            Self::Delete { queue, handle, .. } => {
                typed::<sqs::DeleteMessage>(json!({"QueueUrl": queue_url(queue), "ReceiptHandle": handle}))
            }
            Self::Hide { queue, handle, seconds } => typed::<sqs::ChangeMessageVisibility>(
                json!({"QueueUrl": queue_url(queue), "ReceiptHandle": handle, "VisibilityTimeout": seconds}),
            ),
            Self::Purge { queue } => typed::<sqs::PurgeQueue>(json!({"QueueUrl": queue_url(queue)})),
            Self::Move { queue, per_second } => typed::<sqs::StartMessageMoveTask>(
                json!({"SourceArn": queue_arn(queue), "MaxNumberOfMessagesPerSecond": per_second}),
            ),
            Self::Publish { topic, tag } => {
                typed::<sns::Publish>(json!({"TopicArn": topic_arn(topic), "Message": format!("<<{tag}>>")}))
            }
            Self::Invoke { function, tag } => invoke(function, tag),
            Self::Stack { verb, name, template } => stack(*verb, name, template),
            Self::Make { service, operation, input } => make(*service, operation, input.clone()),
        }
    }
}

impl Entry {
    fn input(&self) -> Value {
        let body = format!("<<{}>>", self.tag);
        match &self.group {
            None => json!({"MessageBody": body, "DelaySeconds": self.delay_s}),
            Some(group) => {
                json!({"MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": self.tag})
            }
        }
    }
}

fn with(mut input: Value, name: &str, value: String) -> Value {
    input[name] = Value::String(value);
    input
}

fn typed<C: Command>(input: Value) -> Box<dyn AnyCommand> {
    let command: C = serde_json::from_value(input).expect("an input of this operation");
    Box::new(command)
}

/// An asynchronous invocation, by the way of its route.
fn invoke(function: &str, tag: &str) -> Box<dyn AnyCommand> {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let body = json!({"tag": format!("<<{tag}>>")}).to_string();
    let headers = vec![("X-Amz-Invocation-Type", "Event")];
    let request = Request { method: "POST", path: &path, query: "", headers, body: body.as_bytes() };
    let matched = rest_json::find(lambda::ROUTES, "POST", &path).expect("a route");
    let operation = lambda::OPERATIONS.iter().find(|operation| operation.name == "Invoke");
    let prepare = operation.expect("an operation").prepare;
    match prepare(&Payload::Rest(Service::Lambda, &matched, &request)).expect("an input") {
        Prepared::Command(command) => command,
        _ => unreachable!("an event is a command"),
    }
}

fn stack(verb: StackVerb, name: &str, template: &str) -> Box<dyn AnyCommand> {
    let input =
        json!({"StackName": name, "TemplateBody": template, "Capabilities": ["CAPABILITY_NAMED_IAM"]});
    match verb {
        StackVerb::Create => typed::<cloudformation::CreateStack>(input),
        StackVerb::Update => typed::<cloudformation::UpdateStack>(input),
        StackVerb::Delete => typed::<cloudformation::DeleteStack>(json!({"StackName": name})),
    }
}

/// The operations of which a setting is made.
fn make(service: Service, operation: &str, input: Value) -> Box<dyn AnyCommand> {
    match (service, operation) {
        (Service::Iam, "CreateRole") => typed::<iam::CreateRole>(input),
        (Service::Sqs, "CreateQueue") => typed::<sqs::CreateQueue>(input),
        (Service::Sns, "CreateTopic") => typed::<sns::CreateTopic>(input),
        (Service::Sns, "Subscribe") => typed::<sns::Subscribe>(input),
        (Service::Sns, "ConfirmSubscription") => typed::<sns::ConfirmSubscription>(input),
        (Service::Lambda, "CreateFunction") => typed::<lambda::CreateFunction>(input),
        (Service::Lambda, "CreateEventSourceMapping") => typed::<lambda::CreateEventSourceMapping>(input),
        (Service::Lambda, "PutFunctionEventInvokeConfig") => {
            typed::<lambda::PutFunctionEventInvokeConfig>(input)
        }
        (Service::States, "CreateStateMachine") => typed::<states::CreateStateMachine>(input),
        (Service::States, "CreateActivity") => typed::<states::CreateActivity>(input),
        (service, operation) => unreachable!("{service:?} {operation} is no part of a setting"),
    }
}

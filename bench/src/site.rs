//! What the workflows need, set up as a customer would: a role, queues, a topic, a subscription, state machines.
//!
//! The workflow is the one that the server is made for: a task that sends its token to a queue and waits, then a notification.

use crate::http::{Connection, Prepared};
use crate::trouble::{Doing, Trouble};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// A server that is set up.
pub struct Site {
    pub address: SocketAddr,
    /// The queue to which the workflow sends its tokens.
    pub tasks: Queue,
    /// The queue that is subscribed to the topic on which the workflow tells its end.
    pub told: Queue,
    /// ARN of the callback workflow.
    pub callback: String,
    /// ARN of the chain of Pass states.
    pub chain: String,
    /// ARN of a Map state with a Pass state for each of [`MAP_LENGTH`] items.
    pub map: String,
    pub start_execution: Prepared,
    pub send_task_success: Prepared,
    pub describe_execution: Prepared,
    pub receive: Prepared,
    pub delete_batch: Prepared,
    pub send_batch: Prepared,
}

/// A queue, and the bodies of requests to it that never change.
pub struct Queue {
    pub url: String,
    /// Up to ten messages, as soon as there is one.
    pub receive_body: Vec<u8>,
}

/// The version of SNS's protocol.
const SNS: &str = "2010-03-31";
/// States of the chain.
pub const CHAIN_LENGTH: usize = 20;
/// Items of the Map state: as many as an intrinsic function makes.
pub const MAP_LENGTH: usize = 1000;
/// Its two states, and one for each item.
pub const MAP_TRANSITIONS: usize = MAP_LENGTH + 2;

impl Site {
    /// # Errors
    /// What the server refused.
    pub async fn set_up(address: SocketAddr) -> Result<Self, Trouble> {
        let mut setting_up = SettingUp::at(address).await?;
        let role = setting_up.role().await?;
        let tasks = setting_up.queue("tasks").await?;
        let told = setting_up.queue("told").await?;
        let topic = setting_up.topic("ends", &told).await?;
        let callback = setting_up.machine("callback", &role, &callback(&tasks.url, &topic)).await?;
        let chain = setting_up.machine("chain", &role, &chain()).await?;
        let map = setting_up.machine("thousand", &role, &each()).await?;
        let states = |operation| Prepared::json(address, "states", "AWSStepFunctions", operation);
        let sqs = |operation| Prepared::json(address, "sqs", "AmazonSQS", operation);
        Ok(Self {
            address,
            tasks,
            told,
            callback,
            chain,
            map,
            start_execution: states("StartExecution"),
            send_task_success: states("SendTaskSuccess"),
            describe_execution: states("DescribeExecution"),
            receive: sqs("ReceiveMessage"),
            delete_batch: sqs("DeleteMessageBatch"),
            send_batch: sqs("SendMessageBatch"),
        })
    }
}

/// The token goes to the queue, and the number of the execution's input to the topic, whatever the task was answered.
#[must_use]
pub fn callback(queue_url: &str, topic: &str) -> Value {
    json!({
        "StartAt": "Start Task And Wait For Callback",
        "States": {
            "Start Task And Wait For Callback": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {
                    "QueueUrl": queue_url,
                    "MessageBody": {
                        "MessageTitle": "Task started by Step Functions. Waiting for callback with task token.",
                        "Number.$": "$.number",
                        "TaskToken.$": "$$.Task.Token"
                    }
                },
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Notify Failure"}],
                "Next": "Notify Success"
            },
            "Notify Success": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Parameters": {"TopicArn": topic, "Message.$": "$$.Execution.Input.number"},
                "End": true
            },
            "Notify Failure": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Parameters": {"TopicArn": topic, "Message": "failed"},
                "End": true
            }
        }
    })
}

/// A chain of Pass states.
#[must_use]
pub fn chain() -> Value {
    pass_chain(CHAIN_LENGTH)
}

/// The same of another length.
#[must_use]
pub fn pass_chain(length: usize) -> Value {
    let name = |index: usize| format!("Pass {index}");
    let state = |index: usize| match index + 1 {
        next if next == length => json!({"Type": "Pass", "End": true}),
        next => json!({"Type": "Pass", "Next": name(next)}),
    };
    let states = (0..length).map(|index| (name(index), state(index)));
    json!({"StartAt": name(0), "States": states.collect::<serde_json::Map<_, _>>()})
}

/// A Map state over the items of the input, which brings them forth itself.
#[must_use]
pub fn each() -> Value {
    let items = json!({"items.$": format!("States.ArrayRange(1, {MAP_LENGTH}, 1)")});
    json!({"StartAt": "Items", "States": {
        "Items": {"Type": "Pass", "Parameters": items, "Next": "Each"},
        "Each": {
            "Type": "Map", "ItemsPath": "$.items", "End": true,
            "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}
        }
    }})
}

/// Sets things up, one request after the other.
pub struct SettingUp {
    connection: Connection,
    address: SocketAddr,
}

impl SettingUp {
    /// # Errors
    /// If nobody listens.
    pub async fn at(address: SocketAddr) -> Result<Self, Trouble> {
        Ok(Self { connection: Connection::open(address).await?, address })
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    async fn role(&mut self) -> Result<String, Trouble> {
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": "states.amazonaws.com"},
                "Action": "sts:AssumeRole"
            }]
        });
        let fields = [("RoleName", "workflow"), ("AssumeRolePolicyDocument", &trust.to_string())];
        self.query("iam", "CreateRole", "2010-05-08", &fields, "Arn").await
    }

    /// # Errors
    /// What the server refused.
    pub async fn queue(&mut self, name: &str) -> Result<Queue, Trouble> {
        let answer = self.json("sqs", "AmazonSQS", "CreateQueue", json!({"QueueName": name})).await?;
        let url = text(&answer, "QueueUrl")?;
        let receive = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20});
        Ok(Queue { url, receive_body: receive.to_string().into_bytes() })
    }

    async fn topic(&mut self, name: &str, subscriber: &Queue) -> Result<String, Trouble> {
        let topic = self.bare_topic(name).await?;
        let asked = json!({"QueueUrl": subscriber.url, "AttributeNames": ["QueueArn"]});
        let answer = self.json("sqs", "AmazonSQS", "GetQueueAttributes", asked).await?;
        let queue_arn = text(answer.get("Attributes").unwrap_or(&Value::Null), "QueueArn")?;
        self.subscribe(&topic, "sqs", &queue_arn).await?;
        Ok(topic)
    }

    /// A topic without subscribers.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn bare_topic(&mut self, name: &str) -> Result<String, Trouble> {
        self.query("sns", "CreateTopic", SNS, &[("Name", name)], "TopicArn").await
    }

    /// # Errors
    /// What the server refused.
    pub async fn subscribe(&mut self, topic: &str, protocol: &str, endpoint: &str) -> Result<(), Trouble> {
        let fields = [("TopicArn", topic), ("Protocol", protocol), ("Endpoint", endpoint)];
        self.query("sns", "Subscribe", SNS, &fields, "SubscriptionArn").await.map(drop)
    }

    /// # Errors
    /// What the server refused.
    pub async fn confirm_subscription(&mut self, topic: &str, token: &str) -> Result<(), Trouble> {
        let fields = [("TopicArn", topic), ("Token", token)];
        self.query("sns", "ConfirmSubscription", SNS, &fields, "SubscriptionArn").await.map(drop)
    }

    /// A state machine whose states need no rights.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn plain_machine(&mut self, name: &str, definition: &Value) -> Result<String, Trouble> {
        self.machine(name, "arn:aws:iam::000000000000:role/workflow", definition).await
    }

    /// An EXPRESS state machine, with a role of its own.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn express_machine(&mut self, name: &str, definition: &Value) -> Result<String, Trouble> {
        let role = self.role().await?;
        let definition = definition.to_string();
        let input = json!({"name": name, "roleArn": role, "definition": definition, "type": "EXPRESS"});
        let answer = self.json("states", "AWSStepFunctions", "CreateStateMachine", input).await?;
        text(&answer, "stateMachineArn")
    }

    async fn machine(&mut self, name: &str, role: &str, definition: &Value) -> Result<String, Trouble> {
        let input = json!({"name": name, "roleArn": role, "definition": definition.to_string()});
        let answer = self.json("states", "AWSStepFunctions", "CreateStateMachine", input).await?;
        text(&answer, "stateMachineArn")
    }

    /// An operation of awsJson.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn json(
        &mut self,
        service: &str,
        prefix: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, Trouble> {
        let request = Prepared::json(self.address, service, prefix, operation);
        let answer = self.connection.call(&request, input.to_string().as_bytes()).await?;
        serde_json::from_slice(answer).doing(operation)
    }

    /// An operation of the query protocol; the text of one element of its answer.
    async fn query(
        &mut self,
        service: &str,
        operation: &str,
        version: &str,
        fields: &[(&str, &str)],
        element: &str,
    ) -> Result<String, Trouble> {
        let mut body = format!("Action={operation}&Version={version}");
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
        let request = Prepared::form(self.address, service, operation);
        let answer = self.connection.call(&request, body.as_bytes()).await?;
        let answer = String::from_utf8_lossy(answer);
        let found = element_text(&answer, element);
        found.ok_or_else(|| Trouble::other(format!("{operation}: no {element} in {answer}")))
    }
}

/// # Errors
/// If the answer has no such text.
pub fn text(answer: &Value, member: &str) -> Result<String, Trouble> {
    let found = answer.get(member).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| Trouble::other(format!("no {member} in {answer}")))
}

/// The text of the first element of that name: names and ARNs, which need no unescaping.
fn element_text(xml: &str, element: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{element}>"))?;
    Some(rest.split_once('<')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_has_its_length_and_one_end() {
        let chain = chain();
        let states = chain["States"].as_object().unwrap();
        assert_eq!(states.len(), CHAIN_LENGTH);
        assert_eq!(states.values().filter(|state| state["End"] == true).count(), 1);
        let mut next = chain["StartAt"].as_str();
        let mut visited = 0;
        while let Some(name) = next {
            visited += 1;
            next = states[name]["Next"].as_str();
        }
        assert_eq!(visited, CHAIN_LENGTH);
    }

    #[test]
    fn an_element_is_found_in_xml() {
        assert_eq!(element_text("<A><Arn>x</Arn></A>", "Arn"), Some("x".to_owned()));
        for xml in ["", "<Arn>", "<Arn/>"] {
            assert_eq!(element_text(xml, "Arn"), None, "{xml}");
        }
    }
}

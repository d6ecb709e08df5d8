//! Topics and subscriptions, and what reaches whom.

mod deliveries;
mod endpoints;
mod topics;

use crate::sns::*;
use crate::sqs::{CreateQueue, ReceiveMessage};
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:us-east-1:000000000000:{name}")
}

fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

fn create_topic(world: &mut World, name: &str, attributes: Value) -> Result<Value, ApiError> {
    world.call(input::<CreateTopic>(json!({"Name": name, "Attributes": attributes})))
}

fn create_queue(world: &mut World, name: &str) {
    let attributes = if name.ends_with(".fifo") { json!({"FifoQueue": "true"}) } else { json!({}) };
    world.call(input::<CreateQueue>(json!({"QueueName": name, "Attributes": attributes}))).unwrap();
}

/// Subscribes and gives the subscription's ARN.
fn subscribe(
    world: &mut World,
    topic: &str,
    protocol: &str,
    endpoint: &str,
    attributes: Value,
) -> Result<String, ApiError> {
    let request = json!({
        "TopicArn": topic_arn(topic), "Protocol": protocol, "Endpoint": endpoint,
        "Attributes": attributes, "ReturnSubscriptionArn": true,
    });
    let answer = world.call(input::<Subscribe>(request))?;
    Ok(answer["SubscriptionArn"].as_str().unwrap().to_owned())
}

fn publish(world: &mut World, topic: &str, mut request: Value) -> Result<Value, ApiError> {
    request["TopicArn"] = topic_arn(topic).into();
    world.call(input::<Publish>(request))
}

/// All that can be received from a queue now.
fn receive(world: &mut World, queue: &str) -> Vec<Value> {
    let request = json!({
        "QueueUrl": format!("http://localhost:4566/000000000000/{queue}"), "MaxNumberOfMessages": 10,
        "AttributeNames": ["All"], "MessageAttributeNames": ["All"],
    });
    let mut messages = Vec::new();
    loop {
        let answer = world.call(input::<ReceiveMessage>(request.clone())).unwrap();
        match answer["Messages"].as_array() {
            Some(more) => messages.extend(more.iter().cloned()),
            None => return messages,
        }
    }
}

fn body(message: &Value) -> Value {
    serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()
}

/// How many rows of these families there are.
fn rows(world: &World, families: std::ops::RangeInclusive<u8>) -> usize {
    let (start, end) = ([0, 0, *families.start()], [0, 0, families.end() + 1]);
    world.store.scan(&start, &end, stepwell_store::Direction::Forward).count()
}

//! Stacks through the shard: made, changed, replaced, rolled back and taken away, in the middle of it all restarted.

use super::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

mod change_sets;
mod creating;
mod deleting;
mod exporting;
mod functions;
mod permissions;
mod restarting;
mod state_machines;
mod updating;

/// A queue, a role that Step Functions may take on, and a state machine that sends to the queue.
const CALLBACK: &str = r#"
Parameters:
  Delay: {Type: Number, Default: 0}
Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      DefinitionSubstitutions: {Queue: !Ref Jobs}
      Definition:
        StartAt: Send
        States:
          Send:
            Type: Task
            Resource: arn:aws:states:::sqs:sendMessage
            Parameters: {QueueUrl: "${Queue}", MessageBody: hello}
            End: true
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Delay
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead: {Type: 'AWS::SQS::Queue'}
Outputs:
  Url: {Value: !Ref Jobs}
  Machine: {Value: !Ref Machine, Description: The machine}
"#;

const ALL: [&str; 2] = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"];

fn create_input(name: &str, template: &str) -> Value {
    json!({"StackName": name, "TemplateBody": template, "Capabilities": ALL})
}

/// The input of a request with some more members.
fn with(mut input: Value, more: Value) -> Value {
    if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
        input.extend(more);
    }
    input
}

fn create(world: &mut World, name: &str, template: &str) -> String {
    let answer = world.call(input::<CreateStack>(create_input(name, template)));
    answer.expect("a stack")["StackId"].as_str().unwrap().to_owned()
}

fn try_create(world: &mut World, name: &str, template: &str) -> Result<Value, ApiError> {
    world.call(input::<CreateStack>(create_input(name, template)))
}

fn update(world: &mut World, name: &str, template: &str) -> Result<Value, ApiError> {
    world.call(input::<UpdateStack>(create_input(name, template)))
}

fn delete(world: &mut World, name: &str) -> Result<Value, ApiError> {
    world.call(input::<DeleteStack>(json!({"StackName": name})))
}

fn describe(world: &World, name: &str) -> Value {
    let answer = world.read(&input::<DescribeStacks>(json!({"StackName": name})));
    answer.expect("a stack")["Stacks"][0].clone()
}

fn status(world: &World, name: &str) -> String {
    let stack = describe(world, name);
    stack["StackStatus"].as_str().unwrap().to_owned()
}

/// The events of a stack, the oldest first: `Logical STATUS reason`.
fn events(world: &World, name: &str) -> Vec<String> {
    let mut told = Vec::new();
    let mut token = Value::Null;
    loop {
        let answer = world
            .read(&input::<DescribeStackEvents>(json!({"StackName": name, "NextToken": token})))
            .unwrap();
        for event in answer["StackEvents"].as_array().unwrap() {
            let text = |member: &str| event[member].as_str().unwrap_or_default();
            let line = format!(
                "{} {} {}",
                text("LogicalResourceId"),
                text("ResourceStatus"),
                text("ResourceStatusReason")
            );
            told.push(line.trim_end().to_owned());
        }
        token = answer["NextToken"].clone();
        if token.is_null() {
            told.reverse();
            return told;
        }
    }
}

/// The events after the last one that begins a stack operation.
fn last_events(world: &World, name: &str) -> Vec<String> {
    let all = events(world, name);
    let begin = all.iter().rposition(|event| event.ends_with("User Initiated")).unwrap();
    all[begin..].to_vec()
}

/// Logical id, status and physical id of a stack's resources.
fn resources(world: &World, name: &str) -> Vec<(String, String, String)> {
    let answer = world.read(&input::<DescribeStackResources>(json!({"StackName": name}))).unwrap();
    let resources = answer["StackResources"].as_array().unwrap().iter();
    let text = |resource: &Value, member: &str| resource[member].as_str().unwrap_or_default().to_owned();
    resources
        .map(|resource| {
            (
                text(resource, "LogicalResourceId"),
                text(resource, "ResourceStatus"),
                text(resource, "PhysicalResourceId"),
            )
        })
        .collect()
}

fn physical_id(world: &World, name: &str, logical_id: &str) -> String {
    let found = resources(world, name).into_iter().find(|(own, ..)| own == logical_id);
    found.unwrap_or_else(|| panic!("no {logical_id}")).2
}

fn queues(world: &World) -> Vec<String> {
    let answer = world.read(&input::<crate::sqs::ListQueues>(json!({}))).unwrap();
    let urls = answer["QueueUrls"].as_array().cloned().unwrap_or_default();
    urls.iter().map(|url| url.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}

fn queue_attributes(world: &World, url: &str) -> Value {
    let read = json!({"QueueUrl": url, "AttributeNames": ["All"]});
    world.read(&input::<crate::sqs::GetQueueAttributes>(read)).unwrap()["Attributes"].clone()
}

fn output(world: &World, name: &str, key: &str) -> String {
    let stack = describe(world, name);
    let outputs = stack["Outputs"].as_array().unwrap();
    let found = outputs.iter().find(|output| output["OutputKey"] == key);
    found.unwrap_or_else(|| panic!("no output {key}"))["OutputValue"].as_str().unwrap().to_owned()
}

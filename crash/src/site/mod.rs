//! What the load needs, deployed as a customer would: one stack of queues, topics, functions, state machines, a mapping.

mod workflows;

pub use workflows::{HEARTBEAT_SECONDS, weight};

use crate::client::{Answer, Client, element};
use crate::world::World;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};
use stepwell_bench::trouble::{Doing, Trouble};

const STACK: &str = "site";
/// Time for the set-up, which includes making the function ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the items of map runs are, and what was written of them.
pub const BUCKET: &str = "mapped-items";
pub const ITEMS: &str = "items.json";
pub const ITEM_COUNT: u64 = 7;

/// Seconds after which a message that was received and not deleted comes again.
pub const VISIBILITY_SECONDS: u64 = 2;

pub fn queue_url(address: SocketAddr, name: &str) -> String {
    format!("http://{address}/000000000000/{name}")
}

pub fn machine_arn(name: &str) -> String {
    format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}")
}

pub fn execution_arn(machine: &str, name: &str) -> String {
    format!("arn:aws:states:us-east-1:000000000000:execution:{machine}:{name}")
}

pub fn activity_arn(name: &str) -> String {
    format!("arn:aws:states:us-east-1:000000000000:activity:{name}")
}

pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

/// Deploys the stack and waits until the function can run.
///
/// # Errors
/// What the server refused.
pub async fn deploy(world: &Rc<World>) -> Result<(), Trouble> {
    let mut client = Client::new(world);
    let template = template(world.address)?.to_string();
    let fields = [
        ("StackName", STACK),
        ("TemplateBody", template.as_str()),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
    ];
    match client.cloudformation("CreateStack", &fields).await {
        Answer::Done(_) => {}
        other => return Err(Trouble::other(format!("the site can't be deployed: {other:?}"))),
    }
    let began = Instant::now();
    loop {
        let answer = client.cloudformation("DescribeStacks", &[("StackName", STACK)]).await;
        let Answer::Done(xml) = answer else {
            return Err(Trouble::other(format!("the site can't be looked at: {answer:?}")));
        };
        match element(&xml, "StackStatus").as_deref() {
            Some("CREATE_COMPLETE") => return put_items(&mut client).await,
            Some("CREATE_IN_PROGRESS") if began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            _ => return Err(Trouble::other(format!("the site was not deployed: {xml}"))),
        }
    }
}

/// Writes the object of which map runs have their items: numbers from 0.
async fn put_items(client: &mut Client) -> Result<(), Trouble> {
    let items = Value::from_iter(0..ITEM_COUNT).to_string();
    match client.s3("PUT", &format!("/{BUCKET}/{ITEMS}"), items.as_bytes()).await {
        Answer::Done(_) => Ok(()),
        other => Err(Trouble::other(format!("the items can't be written: {other:?}"))),
    }
}

/// What functions of the host's own Python are called, such as `python3.11`.
fn python_runtime() -> Result<String, Trouble> {
    let asked = Command::new("python3").arg("--version").output().doing("asking for Python's version")?;
    let text = String::from_utf8_lossy(&asked.stdout).into_owned();
    let minor = text.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    let minor = minor.ok_or_else(|| Trouble::other(format!("no version of Python: {text}")))?;
    Ok(format!("python3.{minor}"))
}

fn template(address: SocketAddr) -> Result<Value, Trouble> {
    let trust = |service: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        ]})
    };
    let role = |service: &str| {
        json!({"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": trust(service),
            "Policies": [{"PolicyName": "all", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "*", "Resource": "*"}
            ]}}]
        }})
    };
    let queue = |name: &str, more: Value| {
        let mut properties = json!({"QueueName": name, "VisibilityTimeout": VISIBILITY_SECONDS});
        if let (Value::Object(properties), Value::Object(more)) = (&mut properties, more) {
            properties.extend(more);
        }
        json!({"Type": "AWS::SQS::Queue", "Properties": properties})
    };
    let machine = |name: &str, definition: &Value| {
        json!({"Type": "AWS::StepFunctions::StateMachine", "DependsOn": ["Worker", "EndsToTold"], "Properties": {
            "StateMachineName": name,
            "RoleArn": {"Fn::GetAtt": ["WorkflowRole", "Arn"]},
            "DefinitionString": definition.to_string()
        }})
    };
    let topic = "arn:aws:sns:us-east-1:000000000000:ends";
    let deliver = json!({"Queues": [queue_url(address, "told")], "PolicyDocument": {
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": queue_arn("told"), "Condition": {"ArnEquals": {"aws:SourceArn": topic}}
        }]
    }});
    let redrive = json!({"RedrivePolicy": {"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 3}});
    let mut work = queue("standard", redrive);
    work["DependsOn"] = json!("Dead");
    let to_parked =
        json!({"RedrivePolicy": {"deadLetterTargetArn": queue_arn("parked"), "maxReceiveCount": 100}});
    let mut returned = queue("returned", to_parked);
    returned["DependsOn"] = json!("Parked");
    let mut template = json!({"Resources": {
        "WorkflowRole": role("states.amazonaws.com"),
        "FunctionRole": role("lambda.amazonaws.com"),
        "Tasks": queue("tasks", json!({})),
        "Unanswered": queue("unanswered", json!({})),
        "Told": queue("told", json!({})),
        "Dead": queue("dead", json!({})),
        "Work": work,
        "Parked": queue("parked", json!({})),
        "Returned": returned,
        "Items": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}},
        "Activity": {"Type": "AWS::StepFunctions::Activity", "Properties": {"Name": "work"}},
        "Fifo": queue("ordered.fifo", json!({"FifoQueue": true})),
        "Feed": queue("feed", json!({"VisibilityTimeout": 4})),
        "Reports": queue("reports", json!({})),
        "Ends": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "ends"}},
        "ToldPolicy": {"Type": "AWS::SQS::QueuePolicy", "DependsOn": "Told", "Properties": deliver},
        "EndsToTold": {"Type": "AWS::SNS::Subscription", "DependsOn": ["ToldPolicy"], "Properties": {
            "TopicArn": {"Ref": "Ends"}, "Protocol": "sqs", "Endpoint": queue_arn("told")
        }},
        "Worker": {"Type": "AWS::Lambda::Function", "DependsOn": "Reports", "Properties": {
            "FunctionName": "worker", "Runtime": python_runtime()?, "Handler": "index.handler", "Timeout": 3,
            "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
            "Environment": {"Variables": {"REPORTS": queue_url(address, "reports")}},
            "Code": {"ZipFile": include_str!("worker.py")}
        }},
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["Feed", "Arn"]}, "FunctionName": {"Ref": "Worker"}, "BatchSize": 5
        }}
    }});
    for (name, definition) in workflows::all(address, topic) {
        template["Resources"][format!("Machine{name}")] = machine(name, &definition);
    }
    Ok(template)
}

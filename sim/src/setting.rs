//! What is there when a world begins: roles, queues, topics, functions, mappings and state machines.

use crate::ask::{Ask, function_arn, queue_arn, role_arn, topic_arn};
use crate::random::Random;
use crate::workflows::{self, retriers, retriers::Retrier};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stepwell_services::lambda::Package;
use stepwell_wire::{Blob, Service};

/// Pollers of a mapping.
pub const CONCURRENCY: usize = 2;

/// The activity whose workers are among the clients.
pub const ACTIVITY: &str = "craft";

/// An event source mapping, as checkers know it.
#[derive(Debug, Clone)]
pub struct MappingPlan {
    pub queue: String,
    pub window_s: u64,
}

/// The names that clients use.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// Standard queues that producers and workers use.
    pub work: Vec<String>,
    pub fifo: Vec<String>,
    /// All queues that workers take from.
    pub served: Vec<String>,
    pub mappings: Vec<MappingPlan>,
    pub topics: Vec<String>,
    pub machines: Vec<String>,
    /// Of the tasks in all state machines, by the names of states.
    pub retriers: BTreeMap<String, Retrier>,
    /// What makes it, in order.
    pub steps: Vec<Ask>,
}

/// How many subscribers the wide topic has: more than one turn serves.
const WIDE: usize = 120;

impl Setting {
    /// A setting of this size; the seed decides the rest.
    #[must_use]
    pub fn new(crowd: u64, random: &mut Random) -> Self {
        let mut setting = Self::default();
        setting.role("states", "states.amazonaws.com");
        setting.role("lambda", "lambda.amazonaws.com");
        setting.queues(crowd, random);
        setting.functions();
        setting.mappings(crowd, random);
        setting.topics(random);
        let (name, definition) = workflows::express();
        let input = json!({"name": name, "definition": definition.to_string(), "type": "EXPRESS",
            "roleArn": role_arn("states")});
        setting.make(Service::States, "CreateStateMachine", input);
        setting.make(Service::States, "CreateActivity", json!({"name": ACTIVITY}));
        for (name, definition) in workflows::all() {
            retriers::gather(&definition, &mut setting.retriers);
            if !workflows::CALLED.contains(&name) {
                setting.machines.push(name.to_owned());
            }
            let input =
                json!({"name": name, "definition": definition.to_string(), "roleArn": role_arn("states")});
            setting.make(Service::States, "CreateStateMachine", input);
        }
        setting
    }

    fn make(&mut self, service: Service, operation: &'static str, input: Value) {
        self.steps.push(Ask::Make { service, operation, input });
    }

    fn role(&mut self, name: &str, service: &str) {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        ]});
        let input = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
        self.make(Service::Iam, "CreateRole", input);
    }

    fn queue(&mut self, name: &str, attributes: Value) {
        self.make(Service::Sqs, "CreateQueue", json!({"QueueName": name, "Attributes": attributes}));
    }

    fn queues(&mut self, crowd: u64, random: &mut Random) {
        for name in ["dead", "batch-dead", "news", "news-raw", "done", "failed"] {
            self.queue(name, json!({}));
        }
        self.queue("dead.fifo", json!({"FifoQueue": "true"}));
        self.queue("short", json!({"MessageRetentionPeriod": "60", "VisibilityTimeout": "5"}));
        let redrive = |dead: &str, most: u64| {
            json!({"deadLetterTargetArn": queue_arn(dead), "maxReceiveCount": most}).to_string()
        };
        let mut with_redrive = |setting: &mut Self, name: &str, dead: &str| {
            let (visibility_s, most) = (random.between(2, 40).to_string(), random.between(2, 5));
            let mut attributes =
                json!({"VisibilityTimeout": visibility_s, "RedrivePolicy": redrive(dead, most)});
            if name.ends_with(".fifo") {
                attributes["FifoQueue"] = json!("true");
            }
            setting.queue(name, attributes);
        };
        with_redrive(self, "callbacks", "dead");
        for index in 0..2 + crowd / 4 {
            let name = format!("work-{index}");
            with_redrive(self, &name, "dead");
            self.work.push(name);
            let name = format!("order-{index}.fifo");
            with_redrive(self, &name, "dead.fifo");
            self.fifo.push(name);
        }
        self.work.push("short".to_owned());
        let others = ["callbacks", "dead", "dead.fifo", "batch-dead", "news", "news-raw", "done", "failed"];
        self.served = others.map(str::to_owned).to_vec();
        self.served.extend(self.work.iter().chain(&self.fifo).cloned());
    }

    fn functions(&mut self) {
        for name in ["task", "event", "batch"] {
            let code = Package::inline("index.py", "def handler(event, context): pass").expect("a package");
            let input = json!({
                "FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler",
                "Role": role_arn("lambda"), "Code": {"ZipFile": Blob(code.bytes)},
            });
            self.make(Service::Lambda, "CreateFunction", input);
        }
        let destinations = json!({
            "OnSuccess": {"Destination": queue_arn("done")}, "OnFailure": {"Destination": queue_arn("failed")}
        });
        let input = json!({"FunctionName": "event", "DestinationConfig": destinations});
        self.make(Service::Lambda, "PutFunctionEventInvokeConfig", input);
    }

    fn mappings(&mut self, crowd: u64, random: &mut Random) {
        for index in 0..1 + crowd / 10 + random.below(2) {
            let queue = format!("batch-{index}");
            let redrive = json!({"deadLetterTargetArn": queue_arn("batch-dead"), "maxReceiveCount": 3});
            self.queue(&queue, json!({"VisibilityTimeout": "30", "RedrivePolicy": redrive.to_string()}));
            let window_s = random.below(2) * 3;
            let mut input = json!({
                "FunctionName": "batch", "EventSourceArn": queue_arn(&queue), "BatchSize": random.between(1, 10),
                "ScalingConfig": {"MaximumConcurrency": CONCURRENCY}, "MaximumBatchingWindowInSeconds": window_s,
            });
            if random.percent(50) {
                input["FunctionResponseTypes"] = json!(["ReportBatchItemFailures"]);
            }
            self.make(Service::Lambda, "CreateEventSourceMapping", input);
            self.mappings.push(MappingPlan { queue: queue.clone(), window_s });
            self.work.push(queue);
        }
    }

    fn topics(&mut self, random: &mut Random) {
        for topic in ["news", "requests"] {
            self.make(Service::Sns, "CreateTopic", json!({"Name": topic}));
        }
        self.subscribe("requests", "sqs", queue_arn("callbacks"), json!({"RawMessageDelivery": "true"}));
        self.subscribe("news", "sqs", queue_arn("news"), json!({}));
        self.subscribe("news", "sqs", queue_arn("news-raw"), json!({"RawMessageDelivery": "true"}));
        self.subscribe("news", "lambda", function_arn("event"), json!({}));
        self.subscribe("news", "http", "http://endpoint.test/news".to_owned(), json!({}));
        self.topics.push("news".to_owned());
        if random.percent(25) {
            self.make(Service::Sns, "CreateTopic", json!({"Name": "wide"}));
            for index in 0..WIDE {
                let queue = format!("wide-{index}");
                self.queue(&queue, json!({"MessageRetentionPeriod": "3600"}));
                self.subscribe("wide", "sqs", queue_arn(&queue), json!({}));
            }
            self.topics.push("wide".to_owned());
        }
    }

    fn subscribe(&mut self, topic: &str, protocol: &str, endpoint: String, attributes: Value) {
        let input = json!({
            "TopicArn": topic_arn(topic), "Protocol": protocol, "Endpoint": endpoint, "Attributes": attributes
        });
        self.make(Service::Sns, "Subscribe", input);
    }
}

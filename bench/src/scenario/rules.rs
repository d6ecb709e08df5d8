//! The rules by themselves: callback round trips through one shard over a store in memory, on one core, without HTTP or disk.
//!
//! It is what the writer's thread does, whatever the machine's disk and network are like today, and can be counted in
//! instructions (`perf stat`, `valgrind --tool=callgrind`).

use crate::figures::Figures;
use crate::site;
use crate::trouble::{Doing, Trouble};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use stepwell_services::context::{Caller, Request};
use stepwell_services::iam::CreateRole;
use stepwell_services::keys::Scope;
use stepwell_services::operation::{Answer, AnyCommand};
use stepwell_services::secrets::Secrets;
use stepwell_services::settings::Settings;
use stepwell_services::shard::{Clock, ReplyTo, Shard, Submission};
use stepwell_services::sns::{CreateTopic, Subscribe};
use stepwell_services::sqs::{CreateQueue, DeleteMessageBatch, ReceiveMessage};
use stepwell_services::states::{CreateStateMachine, SendTaskSuccess, StartExecution};
use stepwell_store::Store;
use stepwell_wire::{Envelope, Protocol, Service};

/// The figure is taken for so long.
const TIME: Duration = Duration::from_secs(2);
/// Clients that do the same at the same time: about as many commands as a batch has under load.
const CLIENTS: usize = 16;
/// As many messages as one `ReceiveMessage` brings.
const RECEIVED: usize = 8;
const ROLE: &str = "arn:aws:iam::000000000000:role/workflow";
const TASKS: &str = "http://localhost:4566/000000000000/tasks";
const TOLD: &str = "http://localhost:4566/000000000000/told";

/// # Errors
/// What the rules refused: a defect of this benchmark.
pub fn run() -> Result<Figures, Trouble> {
    let mut alone = Alone::new()?;
    alone.set_up()?;
    alone.round_trips()?;
    let (begin, mut done) = (Instant::now(), 0);
    while begin.elapsed() < TIME {
        done += alone.round_trips()?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let mut figures = Figures::default();
    figures.add("callback round trips", "/s a core", done as f64 / seconds);
    figures.add("… each", "µs", 1e6 * seconds / done as f64);
    Ok(figures)
}

/// A shard that nobody else uses.
struct Alone {
    shard: Shard,
    store: Store,
    seeds: u64,
    now_ms: u64,
    answered: Receiver<Answer>,
    answers: Sender<Answer>,
    machine: String,
}

struct Line(Sender<Answer>);

impl ReplyTo for Line {
    fn is_gone(&self) -> bool {
        false
    }

    fn answer(self: Box<Self>, answer: Answer) {
        // Nobody drops the other end while commands are out.
        drop(self.0.send(answer));
    }
}

impl Alone {
    fn new() -> Result<Self, Trouble> {
        let store = Store::in_memory();
        let drawn = Mutex::new(0_u64);
        let draw = Box::new(move || {
            let mut drawn = drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *drawn += 1;
            seed(1 << 32 | *drawn)
        });
        let (settings, secrets) = (Arc::new(Settings::default()), Arc::new(Secrets::new([7; 32])));
        let shard = Shard::open(store.clone(), settings, secrets, draw)
            .map_err(|failure| Trouble::other(format!("the shard: {failure:?}")))?;
        let (answers, answered) = channel();
        let machine = String::new();
        Ok(Self { shard, store, seeds: 0, now_ms: 1_700_000_000_000, answered, answers, machine })
    }

    fn set_up(&mut self) -> Result<(), Trouble> {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]});
        let role = json!({"RoleName": "workflow", "AssumeRolePolicyDocument": trust.to_string()});
        self.call::<CreateRole>(role)?;
        for name in ["tasks", "told"] {
            self.call::<CreateQueue>(json!({"QueueName": name}))?;
        }
        let topic = site::text(&self.call::<CreateTopic>(json!({"Name": "ends"}))?, "TopicArn")?;
        let endpoint = "arn:aws:sqs:us-east-1:000000000000:told";
        self.call::<Subscribe>(json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint}))?;
        let definition = site::callback(TASKS, &topic).to_string();
        let machine = json!({"name": "callback", "definition": definition, "roleArn": ROLE});
        self.machine = site::text(&self.call::<CreateStateMachine>(machine)?, "stateMachineArn")?;
        Ok(())
    }

    /// Each client's round trip; says how many that were.
    fn round_trips(&mut self) -> Result<usize, Trouble> {
        for number in 0..CLIENTS {
            let input = format!(r#"{{"number":"{number}"}}"#);
            self.send::<StartExecution>(json!({"stateMachineArn": self.machine, "input": input}))?;
        }
        self.commit(CLIENTS)?;
        let tasks = self.take(TASKS)?;
        for body in &tasks {
            let body: Value = serde_json::from_str(body).doing("a message's body")?;
            let token = site::text(&body, "TaskToken")?;
            self.send::<SendTaskSuccess>(json!({"taskToken": token, "output": r#"{"approved":true}"#}))?;
        }
        self.commit(tasks.len())?;
        Ok(self.take(TOLD)?.len())
    }

    /// Receives one message for each client, and deletes them; gives their bodies.
    fn take(&mut self, queue: &str) -> Result<Vec<String>, Trouble> {
        let polls = CLIENTS / RECEIVED;
        for _ in 0..polls {
            let poll = json!({"QueueUrl": queue, "MaxNumberOfMessages": RECEIVED, "WaitTimeSeconds": 20});
            self.send::<ReceiveMessage>(poll)?;
        }
        let mut bodies = Vec::new();
        let received = self.commit(polls)?;
        for batch in &received {
            let messages = batch["Messages"].as_array().map(Vec::as_slice).unwrap_or_default();
            let entry = |(index, message): (usize, &Value)| json!({"Id": index.to_string(), "ReceiptHandle": message["ReceiptHandle"]});
            let entries: Vec<Value> = messages.iter().enumerate().map(entry).collect();
            self.send::<DeleteMessageBatch>(json!({"QueueUrl": queue, "Entries": entries}))?;
            bodies.extend(messages.iter().filter_map(|message| message["Body"].as_str().map(str::to_owned)));
        }
        self.commit(polls)?;
        if bodies.len() == CLIENTS {
            Ok(bodies)
        } else {
            Err(Trouble::other(format!("{} messages for {CLIENTS} clients", bodies.len())))
        }
    }

    fn call<C: AnyCommand + DeserializeOwned + 'static>(&mut self, input: Value) -> Result<Value, Trouble> {
        self.send::<C>(input)?;
        Ok(self.commit(1)?.pop().unwrap_or_default())
    }

    fn send<C: AnyCommand + DeserializeOwned + 'static>(&mut self, input: Value) -> Result<(), Trouble> {
        self.seeds += 1;
        let submission = Submission {
            command: Box::new(C::deserialize(input).doing("an input")?),
            action: None,
            request: Request {
                caller: Caller::root("000000000000"),
                scope: Scope::new("000000000000", "us-east-1"),
                request_id: "request".into(),
                base_url: "http://localhost:4566".into(),
            },
            seed: seed(self.seeds),
            reply: Some(Box::new(Line(self.answers.clone()))),
        };
        self.shard.apply(submission, self.clock());
        Ok(())
    }

    /// Commits what is open, and gives so many answers.
    fn commit(&mut self, answers: usize) -> Result<Vec<Value>, Trouble> {
        self.now_ms += 1;
        self.shard
            .take_turns(self.clock())
            .map_err(|failure| Trouble::other(format!("the shard's turns: {failure:?}")))?;
        let sealed =
            self.shard.seal().ok_or_else(|| Trouble::other("a batch without anything in it".to_owned()))?;
        self.store.commit(&sealed.batch).map_err(|error| Trouble::other(format!("a commit: {error}")))?;
        self.shard.settled();
        for (reply, answer) in sealed.replies {
            reply.answer(answer);
        }
        let envelope = Envelope::new(Service::Sqs, Protocol::AwsJson10, "Bench", "request");
        let shown = |answer: Answer| {
            let reply = answer.map_err(|error| Trouble::other(format!("refused: {error:?}")))?;
            let response =
                reply.render(&envelope).map_err(|error| Trouble::other(format!("an answer: {error}")))?;
            serde_json::from_slice(&response.body).doing("an answer")
        };
        let values: Result<Vec<Value>, Trouble> = self.answered.try_iter().map(shown).collect();
        let values = values?;
        if values.len() == answers {
            Ok(values)
        } else {
            Err(Trouble::other(format!("{} answers to {answers} commands", values.len())))
        }
    }

    fn clock(&self) -> Clock {
        Clock { stored_ms: self.now_ms, wall_ms: self.now_ms, steady_ms: self.now_ms }
    }
}

fn seed(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    seed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_trip_ends() {
        let mut alone = Alone::new().unwrap();
        alone.set_up().unwrap();
        for _ in 0..3 {
            assert_eq!(alone.round_trips().unwrap(), CLIENTS);
        }
    }
}

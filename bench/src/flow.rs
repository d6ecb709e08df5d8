//! The callback workflow under load: clients that start and complete executions, consumers between them, and the count.
//!
//! A client carries one round trip at a time: it starts an execution, waits until a consumer of the queue hands it the token,
//! and completes the task. Consumers delete a batch when all its tokens are answered. That an execution has succeeded is seen
//! by the notification that it sends at its end; each must come exactly once.

use crate::consumer::Consumer;
use crate::figures::Latency;
use crate::http::Connection;
use crate::ledger::{Ledger, Verdict};
use crate::site::Site;
use crate::trouble::{Doing, Trouble};
use serde::Deserialize;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;

/// Time for what is under way to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time in which a second notification of the same execution would come.
const AFTERMATH: Duration = Duration::from_millis(500);
/// Clients for one consumer of each queue: few enough that batches fill, enough that nobody waits for them.
const CLIENTS_PER_CONSUMER: usize = 4;

/// When clients start their next execution.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// As soon as the last one is completed.
    Closed,
    /// So many a second, whether or not earlier ones are completed.
    PerSecond(f64),
}

/// What was seen while it was measured.
#[derive(Default)]
pub struct Seen {
    pub start_execution: Latency,
    pub send_task_success: Latency,
    pub round_trip: Latency,
    /// Receives that brought something, and what they brought.
    pub batches: u64,
    pub messages: u64,
    /// Times that a client was told to slow down.
    pub refused: u64,
}

struct Handed {
    token: String,
    /// The batch is deleted when all of these are dropped.
    _answered: mpsc::UnboundedSender<()>,
}

/// The load. All of it runs on one thread.
pub struct Load {
    flow: Rc<Flow>,
    tasks: JoinSet<Result<(), Trouble>>,
}

/// What clients and consumers share.
struct Flow {
    site: Site,
    ledger: RefCell<Ledger>,
    seen: RefCell<Seen>,
    waiting: RefCell<HashMap<u64, oneshot::Sender<Handed>>>,
    measuring: Cell<bool>,
    stopping: Cell<bool>,
}

impl Load {
    /// Starts the load. To be called within a [`tokio::task::LocalSet`].
    #[must_use]
    pub fn start(site: Site, clients: usize, pace: Pace) -> Self {
        let flow = Rc::new(Flow {
            site,
            ledger: RefCell::default(),
            seen: RefCell::default(),
            waiting: RefCell::default(),
            measuring: Cell::new(false),
            stopping: Cell::new(false),
        });
        let mut tasks = JoinSet::new();
        for _ in 0..clients.div_ceil(CLIENTS_PER_CONSUMER) {
            tasks.spawn_local(flow.clone().hand_tokens());
            tasks.spawn_local(flow.clone().count_ends());
        }
        let gate = Rc::new(match pace {
            Pace::Closed => Gate::Open,
            Pace::PerSecond(rate) => {
                let (tickets, taken) = mpsc::unbounded_channel();
                tasks.spawn_local(flow.clone().give_tickets(rate, tickets));
                Gate::Tickets(Mutex::new(taken))
            }
        });
        for _ in 0..clients {
            tasks.spawn_local(flow.clone().carry(gate.clone()));
        }
        Self { flow, tasks }
    }

    /// Lets the load run for some time.
    ///
    /// # Errors
    /// If a client fails meanwhile.
    pub async fn run_for(&mut self, time: Duration) -> Result<(), Trouble> {
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return Ok(()),
                Some(ended) = self.tasks.join_next() => ended_well(ended)?,
            }
        }
    }

    /// From now on, or up to now, latencies are recorded.
    pub fn measure(&self, measuring: bool) {
        self.flow.measuring.set(measuring);
    }

    /// Lets the load run for some time, and says what was seen in it.
    ///
    /// # Errors
    /// If a client fails meanwhile.
    pub async fn watch(&mut self, time: Duration) -> Result<Seen, Trouble> {
        self.measure(true);
        self.run_for(time).await?;
        self.measure(false);
        Ok(self.flow.seen.take())
    }

    /// Executions that were seen to succeed.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.flow.ledger.borrow().ended()
    }

    /// Starts no more executions, waits for those under way, and says what came of all.
    ///
    /// # Errors
    /// If a client fails meanwhile.
    pub async fn finish(mut self) -> Result<(Seen, Verdict), Trouble> {
        self.flow.stopping.set(true);
        let began = Instant::now();
        while !self.flow.ledger.borrow().is_complete() && began.elapsed() < PATIENCE {
            self.run_for(Duration::from_millis(10)).await?;
        }
        self.run_for(AFTERMATH).await?;
        let verdict = self.flow.ledger.borrow().verdict();
        Ok((self.flow.seen.take(), verdict))
    }
}

impl Flow {
    fn record(&self, record: impl FnOnce(&mut Seen)) {
        if self.measuring.get() {
            record(&mut self.seen.borrow_mut());
        }
    }

    /// A client: one round trip after the other.
    async fn carry(self: Rc<Self>, gate: Rc<Gate>) -> Result<(), Trouble> {
        let mut connection = Connection::open(self.site.address).await?;
        while !self.stopping.get() {
            let Some(began) = gate.pass().await else { break };
            let number = self.ledger.borrow_mut().begin(began);
            let (hand, handed) = oneshot::channel();
            self.waiting.borrow_mut().insert(number, hand);
            let body = start_body(&self.site.callback, number);
            connection.insist(&self.site.start_execution, body.as_bytes()).await?;
            self.record(|seen| seen.start_execution.record(began.elapsed()));
            let handed = handed.await.map_err(|_| Trouble::other("the consumers are gone"))?;
            let began = Instant::now();
            let body = success_body(&handed.token, number);
            connection.insist(&self.site.send_task_success, body.as_bytes()).await?;
            let refused = connection.take_refused();
            self.record(|seen| {
                seen.send_task_success.record(began.elapsed());
                seen.refused += refused;
            });
        }
        Ok(())
    }

    /// A consumer of the queue of tasks: gives each token to the client that waits for it.
    async fn hand_tokens(self: Rc<Self>) -> Result<(), Trouble> {
        let mut consumer = Consumer::new(&self.site, &self.site.tasks).await?;
        loop {
            let messages = consumer.receive().await?;
            let (answered, mut all_answered) = mpsc::unbounded_channel();
            for message in &messages {
                let task = read_task(&message.body)?;
                let waiting = self.waiting.borrow_mut().remove(&task.number);
                let handed = Handed { token: task.token, _answered: answered.clone() };
                // A token that nobody waits for came a second time; its client is gone only when all ends.
                if waiting.and_then(|waiting| waiting.send(handed).ok()).is_none() {
                    self.ledger.borrow_mut().count_doubled();
                }
            }
            drop(answered);
            all_answered.recv().await;
            consumer.delete(&messages).await?;
            self.count_batch(messages.len());
        }
    }

    /// A consumer of the notifications: counts the executions that have succeeded.
    async fn count_ends(self: Rc<Self>) -> Result<(), Trouble> {
        let mut consumer = Consumer::new(&self.site, &self.site.told).await?;
        loop {
            let messages = consumer.receive().await?;
            for message in &messages {
                let number = read_notification(&message.body)?;
                let took = self.ledger.borrow_mut().end(number, Instant::now());
                if let Some(took) = took {
                    self.record(|seen| seen.round_trip.record(took));
                }
            }
            consumer.delete(&messages).await?;
            self.count_batch(messages.len());
        }
    }

    fn count_batch(&self, messages: usize) {
        self.record(|seen| {
            seen.batches += 1;
            seen.messages += messages as u64;
        });
    }

    /// Lets clients start at a steady rate, in bursts of what a millisecond gathers.
    async fn give_tickets(
        self: Rc<Self>,
        rate: f64,
        tickets: mpsc::UnboundedSender<Instant>,
    ) -> Result<(), Trouble> {
        let began = Instant::now();
        let mut given = 0_u64;
        let mut tick = tokio::time::interval(Duration::from_millis(1));
        while !self.stopping.get() {
            tick.tick().await;
            let due = (began.elapsed().as_secs_f64() * rate) as u64;
            while given < due {
                given += 1;
                if tickets.send(Instant::now()).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

enum Gate {
    Open,
    Tickets(Mutex<mpsc::UnboundedReceiver<Instant>>),
}

impl Gate {
    /// When the next round trip begins, or should have begun.
    async fn pass(&self) -> Option<Instant> {
        match self {
            Self::Open => Some(Instant::now()),
            Self::Tickets(tickets) => tickets.lock().await.recv().await,
        }
    }
}

fn ended_well(ended: Result<Result<(), Trouble>, tokio::task::JoinError>) -> Result<(), Trouble> {
    ended.unwrap_or_else(|error| Err(Trouble::other(format!("a client ended: {error}"))))
}

/// The input of `StartExecution`: the number as text, since a notification is one.
#[must_use]
pub fn start_body(machine: &str, number: u64) -> String {
    format!("{{\"stateMachineArn\":\"{machine}\",\"input\":\"{{\\\"number\\\":\\\"{number}\\\"}}\"}}")
}

/// The input of `SendTaskSuccess`. Tokens are text that JSON doesn't escape.
#[must_use]
pub fn success_body(token: &str, number: u64) -> String {
    format!("{{\"taskToken\":\"{token}\",\"output\":\"{{\\\"done\\\":{number}}}\"}}")
}

/// What the workflow sends to the queue.
#[derive(Debug, PartialEq, Eq)]
pub struct Task {
    pub number: u64,
    pub token: String,
}

/// # Errors
/// If it is not the workflow's message.
pub fn read_task(body: &str) -> Result<Task, Trouble> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'b> {
        number: &'b str,
        task_token: &'b str,
    }
    let task: Body = serde_json::from_str(body).doing("a message with a token")?;
    Ok(Task { number: read_number(task.number)?, token: task.task_token.to_owned() })
}

fn read_notification(body: &str) -> Result<u64, Trouble> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Envelope<'b> {
        message: &'b str,
    }
    let envelope: Envelope = serde_json::from_str(body).doing("a notification")?;
    read_number(envelope.message)
}

fn read_number(text: &str) -> Result<u64, Trouble> {
    text.parse().map_err(|_| Trouble::other(format!("an execution without a number: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_json_in_json() {
        let start: serde_json::Value = serde_json::from_str(&start_body("arn", 7)).unwrap();
        assert_eq!(start["input"], "{\"number\":\"7\"}");
        let success: serde_json::Value = serde_json::from_str(&success_body("t-1", 7)).unwrap();
        assert_eq!(success, serde_json::json!({"taskToken": "t-1", "output": "{\"done\":7}"}));
    }

    #[test]
    fn messages_of_the_workflow_are_read_and_others_are_trouble() {
        let body = r#"{"MessageTitle":"x","Number":"12","TaskToken":"abc"}"#;
        assert_eq!(read_task(body).unwrap(), Task { number: 12, token: "abc".to_owned() });
        assert_eq!(read_notification(r#"{"Type":"Notification","Message":"12"}"#).unwrap(), 12);
        for broken in ["", "{}", "[]", r#"{"Message":"failed","Number":"","TaskToken":""}"#] {
            assert!(read_task(broken).is_err(), "{broken}");
            assert!(read_notification(broken).is_err(), "{broken}");
        }
    }
}

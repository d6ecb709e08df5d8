//! Executions that go round in Pass states until their history is full, and are begun anew then.

use super::Done;
use super::stop::{Stop, count};
use crate::http::{Connection, Prepared};
use crate::site::{SettingUp, text};
use crate::trouble::{Doing, Trouble};
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// How many go round at a time.
const LOOPS: usize = 16;
/// How often one is looked at.
const LOOK: Duration = Duration::from_millis(50);

pub struct PassLoop {
    address: SocketAddr,
    machine: String,
}

impl PassLoop {
    /// # Errors
    /// What the server refused.
    pub async fn prepare(set_up: &mut SettingUp) -> Result<Self, Trouble> {
        let definition = json!({
            "StartAt": "Round",
            "States": {
                "Round": {"Type": "Pass", "Next": "And Round"},
                "And Round": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.enough", "IsPresent": true, "Next": "Enough"}],
                    "Default": "Round"
                },
                "Enough": {"Type": "Succeed"}
            }
        });
        let machine = set_up.plain_machine("loop", &definition).await?;
        Ok(Self { address: set_up.address(), machine })
    }

    /// # Errors
    /// What the server refused.
    pub async fn disturb(self, stop: Stop) -> Result<Vec<Done>, Trouble> {
        let runner = Rc::new(Runner::new(self.address, self.machine, "{}"));
        let ended = stop.crowd(LOOPS, |_, counter| runner.clone().one_after_the_other(counter)).await?;
        Ok(vec![Done { what: "loops that ended", count: ended }])
    }
}

/// Runs executions of a state machine, each to its end.
pub struct Runner {
    address: SocketAddr,
    body: Vec<u8>,
    start: Prepared,
    describe: Prepared,
}

impl Runner {
    #[must_use]
    pub fn new(address: SocketAddr, machine: String, input: &str) -> Self {
        let states = |operation| Prepared::json(address, "states", "AWSStepFunctions", operation);
        let body = json!({"stateMachineArn": machine, "input": input}).to_string().into_bytes();
        Self { address, body, start: states("StartExecution"), describe: states("DescribeExecution") }
    }

    /// Starts an execution, waits for its end, counts it, and starts the next.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn one_after_the_other(self: Rc<Self>, counter: Rc<Cell<u64>>) -> Result<(), Trouble> {
        let mut connection = Connection::open(self.address).await?;
        loop {
            let answer = connection.insist(&self.start, &self.body).await?;
            let answer: Value = serde_json::from_slice(answer).doing("StartExecution")?;
            let described = json!({"executionArn": text(&answer, "executionArn")?}).to_string();
            loop {
                tokio::time::sleep(LOOK).await;
                let answer = connection.insist(&self.describe, described.as_bytes()).await?;
                let answer: Value = serde_json::from_slice(answer).doing("DescribeExecution")?;
                if text(&answer, "status")? != "RUNNING" {
                    break;
                }
            }
            count(&counter);
        }
    }
}

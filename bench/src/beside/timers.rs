//! Executions whose waits all end at the same moment, to the millisecond.

use super::Done;
use super::instant::timestamp;
use super::stop::{Stop, count};
use crate::http::{Connection, Prepared};
use crate::site::{SettingUp, text};
use crate::trouble::{Doing, Trouble};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

const STARTERS: usize = 32;
/// Executions by which it is found how long the start of all takes; their waits are over at once.
const PILOTS: u64 = 500;
/// How often it is asked whether the last one was woken.
const LOOK: Duration = Duration::from_millis(100);

pub struct Timers {
    address: SocketAddr,
    /// When all are due.
    pub due: Instant,
    count: u64,
    last: String,
}

impl Timers {
    /// Starts all executions, so that they are due `before` after the last was started, or later.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn prepare(set_up: &mut SettingUp, number: u64, before: Duration) -> Result<Self, Trouble> {
        let definition = json!({
            "StartAt": "Until",
            "States": {"Until": {"Type": "Wait", "TimestampPath": "$.at", "End": true}}
        });
        let machine = set_up.plain_machine("timers", &definition).await?;
        let address = set_up.address();
        let began = Instant::now();
        start(address, &machine, PILOTS, SystemTime::UNIX_EPOCH).await?;
        let each = began.elapsed().as_secs_f64() / PILOTS as f64;
        // The machine may get slower meanwhile: then it is tried with more time.
        for slack in [1.5, 4.0, 10.0] {
            let time = before + Duration::from_secs_f64(each * number as f64 * slack + 1.0);
            let (due, last) = start_all(address, &machine, number, time).await?;
            if due.checked_duration_since(Instant::now()).is_some_and(|left| left >= before) {
                return Ok(Self { address, due, count: number, last });
            }
        }
        Err(Trouble::other("the waits began too slowly: they would be over before they are looked at"))
    }

    /// # Errors
    /// What the server refused.
    pub async fn disturb(self, stop: Stop) -> Result<Vec<Done>, Trouble> {
        let describe = Prepared::json(self.address, "states", "AWSStepFunctions", "DescribeExecution");
        let mut connection = Connection::open(self.address).await?;
        let asked = json!({"executionArn": self.last}).to_string();
        let began = Instant::now();
        loop {
            let answer = connection.call(&describe, asked.as_bytes()).await?;
            let answer: Value = serde_json::from_slice(answer).doing("DescribeExecution")?;
            let is_over = text(&answer, "status")? == "SUCCEEDED";
            if is_over || !stop.sleep(LOOK).await {
                let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                return Ok(vec![
                    Done { what: "timers due at once", count: self.count },
                    Done { what: "whether the last one was fired", count: u64::from(is_over) },
                    Done { what: "ms until then", count: ms },
                ]);
            }
        }
    }
}

/// Starts so many executions that are due after this time, to the full second, as it is written; gives the ARN of the last.
async fn start_all(
    address: SocketAddr,
    machine: &str,
    number: u64,
    time: Duration,
) -> Result<(Instant, String), Trouble> {
    let at = SystemTime::now() + time;
    let into_second = at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let due = Instant::now() + time - Duration::from_nanos(u64::from(into_second));
    Ok((due, start(address, machine, number, at).await?))
}

/// Starts so many executions that wait until then; gives the ARN of the last.
async fn start(
    address: SocketAddr,
    machine: &str,
    number: u64,
    until: SystemTime,
) -> Result<String, Trouble> {
    let input = json!({"at": timestamp(until)}).to_string();
    let body = Rc::new(json!({"stateMachineArn": machine, "input": input}).to_string().into_bytes());
    let last = Rc::new(RefCell::new(String::new()));
    let (_running, never) = super::Stopper::new();
    let starting = |_, counter: Rc<Cell<u64>>| {
        let (body, last) = (body.clone(), last.clone());
        async move {
            let request = Prepared::json(address, "states", "AWSStepFunctions", "StartExecution");
            let mut connection = Connection::open(address).await?;
            while counter.get() < number {
                count(&counter);
                let answer = connection.insist(&request, &body).await?;
                let answer: Value = serde_json::from_slice(answer).doing("StartExecution")?;
                *last.borrow_mut() = text(&answer, "executionArn")?;
            }
            Ok(())
        }
    };
    never.crowd(STARTERS, starting).await?;
    Ok(last.take())
}

//! A server that has much to keep and nothing to do: executions that wait for their callback, long polls, subscribers.
//!
//! It is to use no CPU: nothing ticks, nothing is looked at before it is due.

use crate::figures::{Figures, Report};
use crate::flow::start_body;
use crate::http::{Connection, Prepared};
use crate::options::Options;
use crate::run::{Run, on_one_thread};
use crate::trouble::Trouble;
use std::time::Duration;
use tokio::task::JoinSet;

const PARKED: u64 = 500;
const POLLERS: usize = 50;
/// What was begun before has come to its end by then.
const SETTLING: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(5);
/// CPU in each second, at most: what a machine's clock ticks may charge to whoever is there.
const MOST_CPU_MS: f64 = 2.0;
/// Times that a thread goes to sleep in each second.
const MOST_SLEEPS: f64 = 5.0;

/// The report, and what is wrong with it.
///
/// # Errors
/// What went wrong.
pub fn run(options: &Options) -> Result<(Report, Vec<String>), Trouble> {
    let run = Run::start(options)?;
    let (cpu, sleeps) = on_one_thread(watch(&run))?;
    let mut figures = Figures::default();
    figures.add("CPU", "ms/s", cpu);
    figures.add("times that a thread goes to sleep", "/s", sleeps);
    let mut broken = Vec::new();
    if cpu > MOST_CPU_MS {
        broken.push(format!("idle: more than {MOST_CPU_MS} ms of CPU a second"));
    }
    if sleeps > MOST_SLEEPS {
        broken.push(format!("idle: more than {MOST_SLEEPS} wake-ups a second"));
    }
    let verdict = if broken.is_empty() { "within its bounds".to_owned() } else { broken.join("; ") };
    let name = format!("idle with {PARKED} parked executions, {POLLERS} long polls and a subscriber");
    Ok((Report::of(name, &[figures]).with_verdict(verdict), broken))
}

/// CPU in ms, and sleeps of threads, in each second.
async fn watch(run: &Run) -> Result<(f64, f64), Trouble> {
    let site = run.site().await?;
    let mut connection = Connection::open(site.address).await?;
    for number in 0..PARKED {
        let body = start_body(&site.callback, number);
        connection.call(&site.start_execution, body.as_bytes()).await?;
    }
    let mut polls = JoinSet::new();
    for _ in 0..POLLERS {
        // Nothing comes to this queue as long as nothing succeeds.
        let (address, body) = (site.address, site.told.receive_body.clone());
        polls.spawn_local(async move {
            let receive = Prepared::json(address, "sqs", "AmazonSQS", "ReceiveMessage");
            Connection::open(address).await?.call(&receive, &body).await.map(drop)
        });
    }
    tokio::time::sleep(SETTLING).await;
    let before = run.server.usage()?;
    tokio::time::sleep(IDLE).await;
    let used = run.server.usage()?.since(&before);
    match polls.try_join_next() {
        Some(_) => Err(Trouble::other("a long poll ended early: the server wasn't idle")),
        None => {
            let cpu: Duration = used.threads.values().sum();
            let seconds = IDLE.as_secs_f64();
            Ok((cpu.as_secs_f64() * 1000.0 / seconds, used.sleeps as f64 / seconds))
        }
    }
}

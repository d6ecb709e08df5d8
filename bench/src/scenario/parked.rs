//! Executions that wait for their callback: what each takes in memory and on the disk, how fast the server is there again
//! after a kill, and that the callbacks still work then.
//!
//! Their messages were received and deleted, as by a worker that passed the token on to a person; so a parked execution is
//! all that is left.

use super::callbacks::megabytes;
use crate::consumer::Consumer;
use crate::disk;
use crate::figures::{Figures, Latency};
use crate::flow::{read_task, success_body};
use crate::http::Connection;
use crate::options::Options;
use crate::run::{Run, Stretch, on_one_thread};
use crate::site::Site;
use crate::trouble::Trouble;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinSet;

const CLIENTS: usize = 64;
const CONSUMERS: usize = 8;
/// Tokens that are kept, to be answered after the restart: one of so many.
const ONE_OF: u64 = 1000;
/// Time for flushes and compactions that the load left behind.
const SETTLING: Duration = Duration::from_secs(2);

struct Shared {
    site: Site,
    most: u64,
    begun: Cell<u64>,
    handled: Cell<u64>,
    kept: RefCell<Vec<(String, u64)>>,
    latency: RefCell<Latency>,
    all_handled: Notify,
}

/// # Errors
/// What went wrong.
pub fn run(options: &Options) -> Result<Figures, Trouble> {
    let mut figures = Figures::default();
    let run = Run::start(options)?;
    let at_rest = run.server.resident_bytes()?;
    let kept = on_one_thread(park(&run, options.parked, &mut figures))?;
    figures.add("server memory at rest", "MB", megabytes(at_rest));
    figures.add("server memory while parking, at last", "MB", megabytes(run.server.resident_bytes()?));
    std::thread::sleep(SETTLING);
    figures.add("server memory with all parked", "MB", megabytes(run.server.resident_bytes()?));
    let on_disk = disk::space(&run.data_dir())?;
    figures.add("on disk", "MB", megabytes(on_disk));
    figures.add("on disk each", "B", on_disk as f64 / options.parked.max(1) as f64);

    let run = run.restart(options)?;
    figures.add("start-up after a kill", "ms", run.server.started_in().as_secs_f64() * 1000.0);
    figures.add("server memory after the start", "MB", megabytes(run.server.resident_bytes()?));
    let count = kept.len();
    let latency = on_one_thread(answer(&run, kept))?;
    figures.add("callbacks answered after the start", "", count as f64);
    figures.add_latency("SendTaskSuccess after the start, one by one", &latency);
    let run = run.restart(options)?;
    figures.add("start-up after a second kill", "ms", run.server.started_in().as_secs_f64() * 1000.0);
    run.add_sync_rate(&mut figures)?;
    Ok(figures)
}

/// Starts executions until all are parked; gives some of their tokens.
async fn park(run: &Run, most: u64, figures: &mut Figures) -> Result<Vec<(String, u64)>, Trouble> {
    let shared = Rc::new(Shared {
        site: run.site().await?,
        most,
        begun: Cell::new(0),
        handled: Cell::new(0),
        kept: RefCell::default(),
        latency: RefCell::default(),
        all_handled: Notify::new(),
    });
    let stretch = Stretch::begin(&run.server)?;
    let mut clients = JoinSet::new();
    (0..CLIENTS).for_each(|_| drop(clients.spawn_local(start(shared.clone()))));
    (0..CONSUMERS).for_each(|_| drop(clients.spawn_local(consume(shared.clone()))));
    let all_handled = shared.all_handled.notified();
    tokio::pin!(all_handled);
    while shared.handled.get() < most {
        tokio::select! {
            () = &mut all_handled => break,
            Some(ended) = clients.join_next() => {
                ended.map_err(|error| Trouble::other(format!("a client ended: {error}")))??;
            }
        }
    }
    stretch.end("executions parked", most, figures)?;
    figures.add_latency("StartExecution", &shared.latency.take());
    Ok(shared.kept.take())
}

async fn start(shared: Rc<Shared>) -> Result<(), Trouble> {
    let mut connection = Connection::open(shared.site.address).await?;
    while shared.begun.get() < shared.most {
        let number = shared.begun.get();
        shared.begun.set(number + 1);
        let body = start_body_of_200(&shared.site.callback, number);
        let at = Instant::now();
        // Sixty-four clients may write faster than the disk takes it in: then they are told to slow down, as on AWS.
        connection.insist(&shared.site.start_execution, body.as_bytes()).await?;
        shared.latency.borrow_mut().record(at.elapsed());
    }
    Ok(())
}

async fn consume(shared: Rc<Shared>) -> Result<(), Trouble> {
    let mut consumer = Consumer::new(&shared.site, &shared.site.tasks).await?;
    loop {
        let messages = consumer.receive().await?;
        for message in &messages {
            let task = read_task(&message.body)?;
            if task.number % ONE_OF == 0 {
                shared.kept.borrow_mut().push((task.token, task.number));
            }
        }
        consumer.delete(&messages).await?;
        shared.handled.set(shared.handled.get() + messages.len() as u64);
        if shared.handled.get() >= shared.most {
            shared.all_handled.notify_one();
        }
    }
}

/// Answers tokens that were given before the server was killed.
async fn answer(run: &Run, kept: Vec<(String, u64)>) -> Result<Latency, Trouble> {
    let address = run.server.address();
    let send_task_success =
        crate::http::Prepared::json(address, "states", "AWSStepFunctions", "SendTaskSuccess");
    let mut connection = Connection::open(address).await?;
    let mut latency = Latency::default();
    for (token, number) in kept {
        let body = success_body(&token, number);
        let at = Instant::now();
        connection.insist(&send_task_success, body.as_bytes()).await?;
        latency.record(at.elapsed());
    }
    Ok(latency)
}

/// `StartExecution` with an input of about 200 bytes.
fn start_body_of_200(machine: &str, number: u64) -> String {
    let payload = format!("order {number:012} ");
    format!(
        "{{\"stateMachineArn\":\"{machine}\",\"input\":\"{{\\\"number\\\":\\\"{number}\\\",\\\"payload\\\":\\\"{payload:.<160}\\\"}}\"}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_is_json_of_about_200_bytes() {
        let start: serde_json::Value = serde_json::from_str(&start_body_of_200("arn", 123_456)).unwrap();
        let input = start["input"].as_str().unwrap();
        assert!((190..=210).contains(&input.len()), "{}", input.len());
        let input: serde_json::Value = serde_json::from_str(input).unwrap();
        assert_eq!(input["number"], "123456");
    }
}

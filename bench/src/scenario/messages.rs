//! Queue messages in batches of ten: sent by some connections, received and deleted by others, each counted once.

use super::callbacks::add_verdict;
use super::{WARM_UP, seconds};
use crate::consumer::{Consumer, check_batch};
use crate::figures::{Figures, Latency};
use crate::http::Connection;
use crate::ledger::Ledger;
use crate::options::Options;
use crate::run::{Run, Stretch, on_one_thread};
use crate::site::Site;
use crate::trouble::Trouble;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Connections that send. A consumer has two requests a batch to make, so there are twice as many.
const SENDERS: usize = 16;
const CONSUMERS: usize = 32;
const BATCH: usize = 10;
/// Senders wait while this many messages are sent and not received: it is the throughput of the queue that is asked, not its
/// depth.
const MOST_UNDER_WAY: u64 = 10_000;
/// Time for what was sent to be received.
const PATIENCE: Duration = Duration::from_secs(30);

struct Shared {
    site: Site,
    stopping: Cell<bool>,
    sent: Cell<u64>,
    deleted: Cell<u64>,
    ledger: RefCell<Ledger>,
    latency: RefCell<Latency>,
}

/// # Errors
/// What went wrong.
pub fn run(options: &Options) -> Result<Figures, Trouble> {
    let run = Run::start(options)?;
    on_one_thread(async {
        let mut figures = Figures::default();
        let shared = Rc::new(Shared {
            site: run.site().await?,
            stopping: Cell::new(false),
            sent: Cell::new(0),
            deleted: Cell::new(0),
            ledger: RefCell::default(),
            latency: RefCell::default(),
        });
        let mut clients = JoinSet::new();
        (0..SENDERS).for_each(|_| drop(clients.spawn_local(send(shared.clone()))));
        (0..CONSUMERS).for_each(|_| drop(clients.spawn_local(consume(shared.clone()))));
        run_for(&mut clients, WARM_UP).await?;
        let (stretch, before) = (Stretch::begin(&run.server)?, shared.deleted.get());
        shared.latency.take();
        run_for(&mut clients, seconds(options)).await?;
        stretch.end("messages", shared.deleted.get() - before, &mut figures)?;
        figures.add_latency("from sent to received", &shared.latency.take());

        shared.stopping.set(true);
        let began = Instant::now();
        while !shared.ledger.borrow().is_complete() && began.elapsed() < PATIENCE {
            run_for(&mut clients, Duration::from_millis(10)).await?;
        }
        add_verdict(shared.ledger.borrow().verdict(), &mut figures);
        run.add_sync_rate(&mut figures)?;
        Ok(figures)
    })
}

/// Lets the clients run for some time; the end of one with trouble is the end of all.
async fn run_for(clients: &mut JoinSet<Result<(), Trouble>>, time: Duration) -> Result<(), Trouble> {
    let end = tokio::time::sleep(time);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return Ok(()),
            Some(ended) = clients.join_next() => {
                ended.map_err(|error| Trouble::other(format!("a client ended: {error}")))??;
            }
        }
    }
}

async fn send(shared: Rc<Shared>) -> Result<(), Trouble> {
    let mut connection = Connection::open(shared.site.address).await?;
    while !shared.stopping.get() {
        if shared.sent.get() - shared.ledger.borrow().ended() > MOST_UNDER_WAY {
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        }
        let body = batch(&shared.site.tasks.url, || shared.ledger.borrow_mut().begin(Instant::now()));
        check_batch(connection.call(&shared.site.send_batch, body.as_bytes()).await?)?;
        shared.sent.set(shared.sent.get() + BATCH as u64);
    }
    Ok(())
}

async fn consume(shared: Rc<Shared>) -> Result<(), Trouble> {
    let mut consumer = Consumer::new(&shared.site, &shared.site.tasks).await?;
    loop {
        let messages = consumer.receive().await?;
        for message in &messages {
            let number = message.body.split(' ').next().and_then(|number| number.parse().ok());
            let took = shared.ledger.borrow_mut().end(number.unwrap_or(u64::MAX), Instant::now());
            took.into_iter().for_each(|took| shared.latency.borrow_mut().record(took));
        }
        consumer.delete(&messages).await?;
        shared.deleted.set(shared.deleted.get() + messages.len() as u64);
    }
}

/// Ten messages of about a hundred bytes.
fn batch(url: &str, mut number: impl FnMut() -> u64) -> String {
    let mut body = format!("{{\"QueueUrl\":\"{url}\",\"Entries\":[");
    for index in 0..BATCH {
        let comma = if index == 0 { "" } else { "," };
        let number = number();
        body.push_str(&format!(
            "{comma}{{\"Id\":\"{index}\",\"MessageBody\":\"{number} {:.<90}\"}}",
            "a message "
        ));
    }
    body.push_str("]}");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_ten_numbered_messages() {
        let mut next = 5;
        let body = batch("http://q", || {
            next += 1;
            next
        });
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value["Entries"].as_array().unwrap().len(), BATCH);
        assert!(value["Entries"][9]["MessageBody"].as_str().unwrap().starts_with("15 a message ...."));
    }
}

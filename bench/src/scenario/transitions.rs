//! State transitions: executions of a chain of Pass states, started by 32 clients as fast as they are answered.

use super::{WARM_UP, seconds};
use crate::figures::{Figures, Latency};
use crate::flow::start_body;
use crate::http::Connection;
use crate::options::Options;
use crate::run::{Run, Stretch, on_one_thread};
use crate::site::{CHAIN_LENGTH, Site};
use crate::trouble::{Doing, Trouble};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;
use tokio::task::JoinSet;

const CLIENTS: usize = 32;

struct Shared {
    site: Site,
    stopping: Cell<bool>,
    started: Cell<u64>,
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
            started: Cell::new(0),
            latency: RefCell::default(),
        });
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn_local(client(shared.clone()));
        }
        tokio::time::sleep(WARM_UP).await;
        let (stretch, before) = (Stretch::begin(&run.server)?, shared.started.get());
        shared.latency.take();
        tokio::time::sleep(seconds(options)).await;
        let executions = shared.started.get() - before;
        stretch.end("transitions", executions * CHAIN_LENGTH as u64, &mut figures)?;
        figures.add_latency("StartExecution", &shared.latency.take());
        shared.stopping.set(true);
        while let Some(ended) = clients.join_next().await {
            ended.map_err(|error| Trouble::other(format!("a client ended: {error}")))??;
        }
        run.add_sync_rate(&mut figures)?;
        Ok(figures)
    })
}

/// Starts executions, and sees at last that such an execution goes through all of its states.
async fn client(shared: Rc<Shared>) -> Result<(), Trouble> {
    let site = &shared.site;
    let mut connection = Connection::open(site.address).await?;
    let mut last = Vec::new();
    while !shared.stopping.get() {
        let body = start_body(&site.chain, shared.started.get());
        let at = Instant::now();
        last.clear();
        last.extend_from_slice(connection.call(&site.start_execution, body.as_bytes()).await?);
        shared.latency.borrow_mut().record(at.elapsed());
        shared.started.set(shared.started.get() + 1);
    }
    let started: serde_json::Value = serde_json::from_slice(&last).doing("StartExecution")?;
    let asked = serde_json::json!({"executionArn": started["executionArn"]}).to_string();
    let answer = connection.call(&site.describe_execution, asked.as_bytes()).await?;
    let described: serde_json::Value = serde_json::from_slice(answer).doing("DescribeExecution")?;
    match described["status"] == "SUCCEEDED" {
        true => Ok(()),
        false => Err(Trouble::other(format!("an execution has not succeeded: {described}"))),
    }
}

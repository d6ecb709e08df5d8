//! State transitions: executions of a chain of Pass states, or of a Map state with many items, each started as soon as the
//! client's last one is done. A chain is done when it is started; a Map goes on by itself, and is asked for its end.

use super::{WARM_UP, seconds};
use crate::figures::{Figures, Latency};
use crate::flow::start_body;
use crate::http::Connection;
use crate::options::Options;
use crate::run::{Run, Stretch, on_one_thread};
use crate::site::{CHAIN_LENGTH, MAP_TRANSITIONS, Site};
use crate::trouble::{Doing, Trouble};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Chain,
    Map,
}

impl Kind {
    fn clients(self) -> usize {
        match self {
            Self::Chain => 32,
            Self::Map => 4,
        }
    }

    /// In one execution.
    fn transitions(self) -> usize {
        match self {
            Self::Chain => CHAIN_LENGTH,
            Self::Map => MAP_TRANSITIONS,
        }
    }

    fn machine(self, site: &Site) -> &str {
        match self {
            Self::Chain => &site.chain,
            Self::Map => &site.map,
        }
    }
}

/// How often the end of a Map is asked for.
const LOOK: Duration = Duration::from_millis(2);

struct Shared {
    site: Site,
    stopping: Cell<bool>,
    started: Cell<u64>,
    latency: RefCell<Latency>,
}

/// # Errors
/// What went wrong.
pub fn run(kind: Kind, options: &Options) -> Result<Figures, Trouble> {
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
        for _ in 0..kind.clients() {
            clients.spawn_local(client(kind, shared.clone()));
        }
        tokio::time::sleep(WARM_UP).await;
        let (stretch, before) = (Stretch::begin(&run.server)?, shared.started.get());
        shared.latency.take();
        tokio::time::sleep(seconds(options)).await;
        let executions = shared.started.get() - before;
        stretch.end("transitions", executions * kind.transitions() as u64, &mut figures)?;
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
async fn client(kind: Kind, shared: Rc<Shared>) -> Result<(), Trouble> {
    let site = &shared.site;
    let mut connection = Connection::open(site.address).await?;
    let mut last = Vec::new();
    while !shared.stopping.get() {
        let body = start_body(kind.machine(site), shared.started.get());
        let at = Instant::now();
        last.clear();
        last.extend_from_slice(connection.call(&site.start_execution, body.as_bytes()).await?);
        shared.latency.borrow_mut().record(at.elapsed());
        if kind == Kind::Map {
            while status(&mut connection, site, &last).await? == "RUNNING" {
                tokio::time::sleep(LOOK).await;
            }
        }
        shared.started.set(shared.started.get() + 1);
    }
    match status(&mut connection, site, &last).await?.as_str() {
        "SUCCEEDED" => Ok(()),
        other => Err(Trouble::other(format!("an execution has not succeeded: {other}"))),
    }
}

/// How an execution does that was started with this answer.
async fn status(connection: &mut Connection, site: &Site, started: &[u8]) -> Result<String, Trouble> {
    let started: serde_json::Value = serde_json::from_slice(started).doing("StartExecution")?;
    let asked = serde_json::json!({"executionArn": started["executionArn"]}).to_string();
    let answer = connection.call(&site.describe_execution, asked.as_bytes()).await?;
    let described: serde_json::Value = serde_json::from_slice(answer).doing("DescribeExecution")?;
    Ok(described["status"].as_str().unwrap_or_default().to_owned())
}

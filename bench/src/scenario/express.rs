//! EXPRESS executions of five Pass states, one after the other by each client: nothing is stored, so that this is what the way
//! of a request and the engine cost.

use super::{WARM_UP, seconds};
use crate::figures::{Figures, Latency};
use crate::flow::start_body;
use crate::http::{Connection, Prepared};
use crate::options::Options;
use crate::run::{Run, Stretch, on_one_thread};
use crate::site::{SettingUp, pass_chain};
use crate::trouble::{Doing, Trouble};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;
use tokio::task::JoinSet;

/// States of the machine.
pub const STATES: usize = 5;

struct Shared {
    address: SocketAddr,
    start: Prepared,
    machine: String,
    stopping: Cell<bool>,
    done: Cell<u64>,
    latency: RefCell<Latency>,
}

/// # Errors
/// What went wrong.
pub fn run(clients: usize, options: &Options) -> Result<Figures, Trouble> {
    let run = Run::start(options)?;
    on_one_thread(async {
        let mut figures = Figures::default();
        let address = run.server.address();
        let machine = SettingUp::at(address).await?.express_machine("five", &pass_chain(STATES)).await?;
        let shared = Rc::new(Shared {
            address,
            start: Prepared::json(address, "states", "AWSStepFunctions", "StartSyncExecution"),
            machine,
            stopping: Cell::new(false),
            done: Cell::new(0),
            latency: RefCell::default(),
        });
        let mut at_work = JoinSet::new();
        for _ in 0..clients {
            at_work.spawn_local(client(shared.clone()));
        }
        tokio::time::sleep(WARM_UP).await;
        let (stretch, before) = (Stretch::begin(&run.server)?, shared.done.get());
        shared.latency.take();
        tokio::time::sleep(seconds(options)).await;
        let done = shared.done.get() - before;
        stretch.end("executions", done, &mut figures)?;
        figures.add_latency("StartSyncExecution", &shared.latency.take());
        shared.stopping.set(true);
        while let Some(ended) = at_work.join_next().await {
            ended.map_err(|error| Trouble::other(format!("a client ended: {error}")))??;
        }
        Ok(figures)
    })
}

/// Runs executions, and sees at last that such an execution goes through all of its states.
async fn client(shared: Rc<Shared>) -> Result<(), Trouble> {
    let mut connection = Connection::open(shared.address).await?;
    let mut last = Vec::new();
    while !shared.stopping.get() {
        let body = start_body(&shared.machine, shared.done.get());
        let at = Instant::now();
        last.clear();
        last.extend_from_slice(connection.call(&shared.start, body.as_bytes()).await?);
        shared.latency.borrow_mut().record(at.elapsed());
        shared.done.set(shared.done.get() + 1);
    }
    let answer: Value = serde_json::from_slice(&last).doing("StartSyncExecution")?;
    match answer["status"].as_str() {
        Some("SUCCEEDED") => Ok(()),
        other => Err(Trouble::other(format!("an execution has not succeeded: {other:?}"))),
    }
}
